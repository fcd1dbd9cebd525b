/**
 * Encrypted private keys: PKCS#8's EncryptedPrivateKeyInfo (RFC 5958, section 3).
 *
 * @module
 */
import { Reader } from "../asn1/reader.ts";
import type { Budget } from "../encryption/limits.ts";
import { passwordForms } from "../encryption/passwords.ts";
import { decrypt, type Scheme } from "../encryption/scheme.ts";
import { readScheme } from "../encryption/schemes.ts";
import { type PrivateKey, readPrivateKeyInfo } from "./pkcs8.ts";

/** A key and the scheme that it is encrypted with. */
export interface EncryptedKey {
  readonly scheme: Scheme;
  readonly ciphertext: Uint8Array;
}

/**
 *     EncryptedPrivateKeyInfo ::= SEQUENCE {
 *         encryptionAlgorithm  AlgorithmIdentifier,
 *         encryptedData        OCTET STRING
 *     }
 *
 * @param reader Its next element is the EncryptedPrivateKeyInfo
 * @param budget What the file may cost
 */
export function readEncryptedKey(reader: Reader, budget: Budget): EncryptedKey {
  const info = reader.sequence("EncryptedPrivateKeyInfo");
  const scheme = readScheme(info.sequence("encryption algorithm"), budget);
  const ciphertext = info.octets("encrypted data");
  info.end();
  return { scheme, ciphertext };
}

/** Decrypts an EncryptedPrivateKeyInfo. */
export async function decryptKey(
  der: Uint8Array,
  passphrase: string | undefined,
  budget: Budget,
): Promise<PrivateKey> {
  const outer = new Reader(der, budget.file, "the file");
  const { scheme, ciphertext } = readEncryptedKey(outer, budget);
  outer.end();
  const passwords = passwordForms(passphrase);
  const info = await decrypt(scheme, ciphertext, "private key", passwords, budget);
  return readPrivateKeyInfo(info, budget.file);
}

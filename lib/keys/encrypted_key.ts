/**
 * Encrypted private keys (RFC 5958, section 3).
 *
 * @module
 */
import { Reader } from "../asn1/reader.ts";
import type { Opening } from "../encryption/opening.ts";
import { encodePassphrase } from "../encryption/passwords.ts";
import { decrypt, type Encrypted } from "../encryption/scheme.ts";
import { readScheme } from "../encryption/schemes.ts";
import { type PrivateKey, readPrivateKeyInfo } from "./pkcs8.ts";

/**
 * Reads an EncryptedPrivateKeyInfo.
 *
 *     EncryptedPrivateKeyInfo ::= SEQUENCE {
 *         encryptionAlgorithm  AlgorithmIdentifier,
 *         encryptedData        OCTET STRING
 *     }
 *
 * @param reader A reader whose next element is the EncryptedPrivateKeyInfo
 * @param opening The opening of the file
 */
export function readEncryptedKey(reader: Reader, opening: Opening): Encrypted {
  const info = reader.enterSequence("EncryptedPrivateKeyInfo");
  const scheme = readScheme(info.enterSequence("encryption algorithm"), opening);
  const ciphertext = info.readOctets("encrypted data");
  info.expectEnd();
  return { scheme, ciphertext, what: "private key" };
}

/** Decrypts an EncryptedPrivateKeyInfo. */
export async function decryptPrivateKey(der: Uint8Array, opening: Opening): Promise<PrivateKey> {
  const outer = new Reader(der, opening.file, "the file");
  const encrypted = readEncryptedKey(outer, opening);
  outer.expectEnd();
  const info = await decrypt(encrypted, encodePassphrase(opening.passphrase), opening);
  return await readPrivateKeyInfo(info, opening.file);
}

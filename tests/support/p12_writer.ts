/** Writes valid and invalid PKCS#12 files for tests, with the cryptography of node:crypto. */
import { createCipheriv, createHmac, pbkdf2Sync } from "node:crypto";
import { NULL } from "../../lib/asn1/tags.ts";
import { writeElement, writeOid, writeSequence } from "../../lib/asn1/writer.ts";
import { SHA256 } from "../../lib/crypto/hashes.ts";
import { encodePassphrase } from "../../lib/encryption/passwords.ts";
import { ID_MAC, pkcs12Kdf } from "../../lib/encryption/pkcs12_kdf.ts";
import { KEY_BAG } from "../../lib/pkcs12/identifiers.ts";
import {
  type EncryptedContent,
  HMAC_SHA256,
  writeEncryptedSafe,
  writeMacData,
  writePbes2,
  writePbkdf2,
  writePfx,
  writeSafeBag,
  writeShroudedKeyBag,
} from "../../lib/pkcs12/writer.ts";

export * from "../../lib/pkcs12/identifiers.ts";
export {
  writeInteger,
  writeOctets,
  writeOid as oid,
  writeSequence,
} from "../../lib/asn1/writer.ts";
export {
  writeAttribute,
  writeCertBag,
  writeContentInfo,
  writePlainSafe,
  writeSafeBag,
} from "../../lib/pkcs12/writer.ts";

export const keyBag = (pkcs8: Uint8Array, ...attributes: Uint8Array[]): Uint8Array =>
  writeSafeBag(KEY_BAG, pkcs8, ...attributes);

export interface Pbes2 {
  readonly password: Uint8Array;
  readonly iterations: number | bigint;
}

const SALT = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

/**
 * Encrypts with PBES2, AES-256 and HMAC-SHA-256. If the iterations are 0 or more than 100,000, the
 * number is only written, and one iteration is done.
 */
function encryptPbes2(
  plaintext: Uint8Array,
  { password, iterations }: Pbes2,
): EncryptedContent {
  const iv = new Uint8Array(16).fill(9);
  const key = pbkdf2Sync(
    password,
    SALT,
    iterations > 0 && iterations <= 100_000 ? Number(iterations) : 1,
    32,
    "sha256",
  );
  const cipher = createCipheriv("aes-256-cbc", key, iv);
  const ciphertext = new Uint8Array([...cipher.update(plaintext), ...cipher.final()]);
  return { algorithm: writePbes2(writePbkdf2(SALT, iterations), iv), ciphertext };
}

export function shroudedBag(
  pkcs8: Uint8Array,
  pbes2: Pbes2,
  ...attributes: Uint8Array[]
): Uint8Array {
  return writeShroudedKeyBag(encryptPbes2(pkcs8, pbes2), ...attributes);
}

export function encryptedSafe(pbes2: Pbes2, ...bags: Uint8Array[]): Uint8Array {
  return writeEncryptedSafe(encryptPbes2(writeSequence(...bags), pbes2));
}

export function pfx(safes: Uint8Array[], ...macData: Uint8Array[]): Uint8Array {
  return writePfx(writeSequence(...safes), ...macData);
}

/** A MacData over these safes, with SHA-256. */
export async function macData(
  safes: Uint8Array[],
  password: Uint8Array,
  iterations = 2048,
): Promise<Uint8Array> {
  const key = await pkcs12Kdf(SHA256, password, { salt: SALT, iterations }, ID_MAC, 32);
  const mac = createHmac("sha256", key).update(writeSequence(...safes)).digest();
  const algorithm = writeSequence(writeOid("2.16.840.1.101.3.4.2.1"), writeElement(NULL));
  return writeMacData(algorithm, mac, SALT, iterations);
}

/**
 * Writes a PBMAC1 over the safes (RFC 9579), with a key of this length. If `written` is 0, the file
 * omits the length.
 */
export function pbmac1(
  safes: Uint8Array[],
  password: string,
  keyLength: number,
  written: number | undefined = keyLength,
): Uint8Array {
  const key = pbkdf2Sync(password, SALT, 2048, keyLength, "sha256");
  const mac = createHmac("sha256", key).update(writeSequence(...safes)).digest();
  const parameters = writeSequence(
    writePbkdf2(SALT, 2048, written === 0 ? undefined : written),
    writeSequence(writeOid(HMAC_SHA256), writeElement(NULL)),
  );
  const algorithm = writeSequence(writeOid("1.2.840.113549.1.5.14"), parameters);
  return writeMacData(algorithm, mac, new TextEncoder().encode("NOT USED"), 1);
}

/** The forms of a password, for MAC and bags. */
export const bmp = (password: string): Uint8Array => encodePassphrase(password).bmp[0]!;
export const utf8 = (password: string): Uint8Array => new TextEncoder().encode(password);

/** Writes PKCS#12 files for tests, right ones and wrong ones, with node:crypto for the cryptography. */
import { createCipheriv, createHmac, pbkdf2Sync } from "node:crypto";
import { context, INTEGER, NULL, OCTET_STRING, SEQUENCE, SET } from "../lib/asn1.ts";
import { encode, encodeOid } from "../lib/der.ts";
import { SHA256 } from "../lib/pkcs12/hashes.ts";
import { pkcs12Kdf } from "../lib/pkcs12/kdf.ts";
import { passwordForms } from "../lib/pkcs12/password.ts";

export const DATA = "1.2.840.113549.1.7.1";
export const ENCRYPTED_DATA = "1.2.840.113549.1.7.6";
const HMAC_SHA256 = "1.2.840.113549.2.9";

export const sequence = (...parts: Uint8Array[]): Uint8Array => encode(SEQUENCE, ...parts);
export const octets = (bytes: Uint8Array): Uint8Array => encode(OCTET_STRING, bytes);
export const oid: (dotted: string) => Uint8Array = encodeOid;

export function integer(value: number | bigint): Uint8Array {
  const digits = value.toString(16);
  const padded = digits.padStart(digits.length + digits.length % 2, "0");
  const bytes = Uint8Array.from(padded.match(/../g)!, (pair) => parseInt(pair, 16));
  return bytes[0]! < 0x80 ? encode(INTEGER, bytes) : encode(INTEGER, Uint8Array.of(0), bytes);
}

export function contentInfo(type: string, content: Uint8Array): Uint8Array {
  return sequence(oid(type), encode(context(0), content));
}

/** A safe that is not encrypted. */
export function plainSafe(...bags: Uint8Array[]): Uint8Array {
  return contentInfo(DATA, octets(sequence(...bags)));
}

export function safeBag(type: string, value: Uint8Array, ...attributes: Uint8Array[]): Uint8Array {
  const set = attributes.length > 0 ? [encode(SET, ...attributes)] : [];
  return sequence(oid(`1.2.840.113549.1.12.10.1.${type}`), encode(context(0), value), ...set);
}

export const keyBag = (pkcs8: Uint8Array, ...attributes: Uint8Array[]): Uint8Array =>
  safeBag("1", pkcs8, ...attributes);

export function certBag(certificate: Uint8Array, ...attributes: Uint8Array[]): Uint8Array {
  const value = sequence(oid("1.2.840.113549.1.9.22.1"), encode(context(0), octets(certificate)));
  return safeBag("3", value, ...attributes);
}

export function attribute(type: string, value: Uint8Array): Uint8Array {
  return sequence(oid(type), encode(SET, value));
}

export interface Pbes2 {
  readonly password: Uint8Array;
  readonly iterations: number | bigint;
}

const SALT = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

export function pbkdf2Parameters(iterations: number | bigint, keyLength?: number): Uint8Array {
  const length = keyLength === undefined ? [] : [integer(keyLength)];
  const prf = sequence(oid(HMAC_SHA256), encode(NULL));
  return sequence(
    oid("1.2.840.113549.1.5.12"),
    sequence(octets(SALT), integer(iterations), ...length, prf),
  );
}

/** PBES2 with AES-256 and HMAC-SHA-256. Of more than 100,000 iterations, or none, only the number is written. */
export function encryptPbes2(
  plaintext: Uint8Array,
  { password, iterations }: Pbes2,
): [Uint8Array, Uint8Array] {
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
  const algorithm = sequence(
    oid("1.2.840.113549.1.5.13"),
    sequence(pbkdf2Parameters(iterations), sequence(oid("2.16.840.1.101.3.4.1.42"), octets(iv))),
  );
  return [algorithm, ciphertext];
}

export function shroudedBag(
  pkcs8: Uint8Array,
  pbes2: Pbes2,
  ...attributes: Uint8Array[]
): Uint8Array {
  const [algorithm, ciphertext] = encryptPbes2(pkcs8, pbes2);
  return safeBag("2", sequence(algorithm, octets(ciphertext)), ...attributes);
}

export function encryptedSafe(pbes2: Pbes2, ...bags: Uint8Array[]): Uint8Array {
  const [algorithm, ciphertext] = encryptPbes2(sequence(...bags), pbes2);
  const info = sequence(oid(DATA), algorithm, encode(0x80, ciphertext));
  return contentInfo(ENCRYPTED_DATA, sequence(integer(0), info));
}

export function pfx(safes: Uint8Array[], ...macData: Uint8Array[]): Uint8Array {
  return sequence(integer(3), contentInfo(DATA, octets(sequence(...safes))), ...macData);
}

/** A MacData over these safes, with SHA-256. */
export async function macData(
  safes: Uint8Array[],
  password: Uint8Array,
  iterations = 2048,
): Promise<Uint8Array> {
  const key = await pkcs12Kdf(SHA256, password, SALT, iterations, 3, 32);
  const mac = createHmac("sha256", key).update(sequence(...safes)).digest();
  const info = sequence(sequence(oid("2.16.840.1.101.3.4.2.1"), encode(NULL)), octets(mac));
  return sequence(info, octets(SALT), integer(iterations));
}

/** A PBMAC1 over these safes (RFC 9579), with a key of this length; the length itself can be left out. */
export function pbmac1(
  safes: Uint8Array[],
  password: string,
  keyLength: number,
  written: number | undefined = keyLength,
): Uint8Array {
  const key = pbkdf2Sync(password, SALT, 2048, keyLength, "sha256");
  const mac = createHmac("sha256", key).update(sequence(...safes)).digest();
  const parameters = sequence(
    pbkdf2Parameters(2048, written === 0 ? undefined : written),
    sequence(oid(HMAC_SHA256), encode(NULL)),
  );
  const info = sequence(sequence(oid("1.2.840.113549.1.5.14"), parameters), octets(mac));
  return sequence(info, octets(new TextEncoder().encode("NOT USED")), integer(1));
}

/** The forms of a password, for MAC and bags. */
export const bmp = (password: string): Uint8Array => passwordForms(password).bmp[0]!;
export const utf8 = (password: string): Uint8Array => new TextEncoder().encode(password);

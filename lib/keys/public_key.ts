/**
 * Names of public keys: equal keys have equal names, however their numbers are encoded.
 *
 * @module
 */
import { Reader } from "../asn1/reader.ts";
import { toHex } from "../crypto/bytes.ts";
import { EC, RSA, RSA_NAMES } from "./algorithms.ts";

/** Numbers of an RSA public key. */
interface RsaNumbers {
  readonly modulus: bigint;
  readonly publicExponent: bigint;
}

/** Returns the algorithm. All schemes of RSA have the same keys. */
export function mergeSchemes(algorithm: string): string {
  return RSA_NAMES.has(algorithm) ? RSA : algorithm;
}

/** Returns the name of an RSA public key. */
export function nameRsaKey({ modulus, publicExponent }: RsaNumbers): string {
  return `${modulus.toString(16)} ${publicExponent.toString(16)}`;
}

/**
 * Returns the name of a public key among the keys of its algorithm.
 *
 *     RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }
 *
 * @param algorithm The object identifier of its algorithm
 * @param publicKey The contents of subjectPublicKey
 */
export function namePublicKey(algorithm: string, publicKey: Uint8Array): string {
  if (algorithm === EC) return toHex(compressPoint(publicKey));
  if (RSA_NAMES.has(algorithm)) {
    try {
      const key = new Reader(publicKey, "", "").enterSequence("");
      return nameRsaKey({ modulus: key.readInteger(""), publicExponent: key.readInteger("") });
    } catch { // No private key belongs to a malformed public key.
    }
  }
  return toHex(publicKey);
}

/**
 * Compresses a point (SEC 1, section 2.3.3): 04 || x || y, or 06 or 07 for the hybrid form of
 * X9.62, becomes 02 or 03 || x.
 */
export function compressPoint(point: Uint8Array): Uint8Array {
  const [form = 0] = point;
  if ((form !== 4 && form !== 6 && form !== 7) || point.length % 2 === 0) return point;
  const compressed = point.slice(0, (point.length + 1) / 2);
  compressed[0] = 2 + ((point.at(-1) ?? 0) & 1);
  return compressed;
}

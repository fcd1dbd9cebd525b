/**
 * The key derivation of PKCS#12 (RFC 7292, appendix B).
 *
 * @module
 */
import type { Hash } from "../crypto/hashes.ts";
import { rehash } from "../crypto/rehash.ts";

/** RFC 7292, section B.3: the purpose of the derived bits. */
export const ID_KEY = 1;
export const ID_IV = 2;
export const ID_MAC = 3;

/** The parameters of a key derivation. */
export interface KdfParameters {
  readonly salt: Uint8Array;
  readonly iterations: number;
}

/**
 * Derives key material from a password (RFC 7292, section B.2). The RFC counts bits; this code
 * counts bytes.
 *
 * @param hash The hash function H
 * @param password The password as a BMPString with its terminator
 * @param parameters The salt, and the iteration count r
 * @param id The purpose: `ID_KEY`, `ID_IV` or `ID_MAC`
 * @param length The number of bytes to derive
 */
export async function pkcs12Kdf(
  hash: Hash,
  password: Uint8Array,
  { salt, iterations }: KdfParameters,
  id: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const { blockLen: v } = hash.noble;
  // Steps 1 to 4: D || I, where I is S || P.
  const s = v * Math.ceil(salt.length / v);
  const p = v * Math.ceil(password.length / v);
  const block = new Uint8Array(v + s + p);
  block.fill(id, 0, v);
  const I = block.subarray(v);
  fillRepeatedly(I.subarray(0, s), salt);
  fillRepeatedly(I.subarray(s), password);

  const derived = new Uint8Array(length);
  // Steps 5 and 6.
  for (let at = 0;;) {
    // Step 6A: A = H^r(D || I).
    const A = await rehash(hash, hash.noble(block), iterations - 1);
    // Steps 7 and 8.
    derived.set(A.subarray(0, length - at), at);
    at += A.length;
    if (at >= length) return derived;
    // Steps 6B and 6C: I_j = (I_j + B + 1) mod 2^v, where B is A repeated to a block.
    for (let j = 0; j < I.length; j += v) {
      let carry = 1;
      for (let i = v - 1; i >= 0; i--) {
        carry += (I[j + i] ?? 0) + (A[i % A.length] ?? 0);
        I[j + i] = carry;
        carry >>= 8;
      }
    }
  }
}

/** Fills the target with copies of the source. An empty source has an empty target. */
function fillRepeatedly(target: Uint8Array, source: Uint8Array): void {
  for (let at = 0; at < target.length; at += source.length) {
    target.set(source.subarray(0, target.length - at), at);
  }
}

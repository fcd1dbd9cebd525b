/**
 * The key derivation of PKCS#12: RFC 7292 appendix B.
 *
 * @module
 */
import type { Hash } from "../crypto/hashes.ts";
import { rehash } from "../crypto/rehash.ts";

/** RFC 7292 B.3: what the derived bits are for. */
export const ID_KEY = 1;
export const ID_IV = 2;
export const ID_MAC = 3;

/** The parameters of a key derivation. */
export interface KdfParameters {
  readonly salt: Uint8Array;
  readonly iterations: number;
}

/** Returns the hash rounds that it takes to derive `length` bytes. */
export function pkcs12KdfRounds(hash: Hash, iterations: number, length: number): number {
  return iterations * Math.ceil(length / hash.noble.outputLen);
}

/**
 * Derives key material from a password: RFC 7292 B.2, in bytes where the RFC counts bits.
 *
 * @param hash The hash function H
 * @param password The password as a BMPString with its terminator
 * @param parameters The salt, and the iteration count r
 * @param id What the bytes are for: `ID_KEY`, `ID_IV` or `ID_MAC`
 * @param length How many bytes
 */
export async function pkcs12Kdf(
  hash: Hash,
  password: Uint8Array,
  { salt, iterations }: KdfParameters,
  id: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const { blockLen: v } = hash.noble;
  // B.2 steps 1 to 4: D || I, where I is S || P
  const s = v * Math.ceil(salt.length / v);
  const p = v * Math.ceil(password.length / v);
  const block = new Uint8Array(v + s + p);
  block.fill(id, 0, v);
  for (let i = 0; i < s; i++) block[v + i] = salt[i % salt.length]!;
  for (let i = 0; i < p; i++) block[v + s + i] = password[i % password.length]!;
  const I = block.subarray(v);

  const derived = new Uint8Array(length);
  // B.2 steps 5 and 6
  for (let at = 0;;) {
    // step 6A: A = H^r(D || I)
    const A = await rehash(hash, hash.noble(block), iterations - 1);
    // steps 7 and 8
    derived.set(A.subarray(0, length - at), at);
    at += A.length;
    if (at >= length) return derived;
    // steps 6B and 6C: I_j = (I_j + B + 1) mod 2^v, where B is A repeated to a block
    for (let j = 0; j < I.length; j += v) {
      let carry = 1;
      for (let i = v - 1; i >= 0; i--) {
        carry += I[j + i]! + A[i % A.length]!;
        I[j + i] = carry;
        carry >>= 8;
      }
    }
  }
}

/**
 * PBKDF2 (RFC 8018, section 5.2).
 *
 * @module
 */
import { pbkdf2Async } from "@noble/hashes/pbkdf2.js";
import type { Hash } from "../crypto/hashes.ts";

/** Returns the cost of deriving `length` bytes, with PBKDF2 or PKCS#12's own derivation. */
export function countRounds(hash: Hash, iterations: number, length: number): number {
  return iterations * Math.ceil(length / hash.noble.outputLen);
}

/**
 * Derives a key with PBKDF2. WebCrypto computes it if WebCrypto has the hash function.
 *
 * @param hash The hash function of the HMAC
 * @param password The password's bytes
 * @param salt The salt
 * @param iterations The iteration count
 * @param length The length of the key in bytes
 */
export async function pbkdf2(
  hash: Hash,
  password: Uint8Array,
  salt: Uint8Array,
  iterations: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  if (hash.native) {
    try {
      const key = await crypto.subtle.importKey(
        "raw",
        new Uint8Array(password),
        "PBKDF2",
        false,
        ["deriveBits"],
      );
      const parameters = {
        name: "PBKDF2",
        hash: hash.name,
        salt: new Uint8Array(salt),
        iterations,
      };
      return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, 8 * length));
    } catch {
      // Cloudflare Workers reject more than 100,000 iterations. Some runtimes reject an empty
      // password.
    }
  }
  return new Uint8Array(
    await pbkdf2Async(hash.noble, password, salt, {
      c: iterations,
      dkLen: length,
    }),
  );
}

import { pbkdf2Async } from "@noble/hashes/pbkdf2.js";
import type { Hash } from "../crypto/hashes.ts";

/** Returns the hash rounds that it takes to derive `length` bytes. */
export function pbkdf2Rounds(hash: Hash, iterations: number, length: number): number {
  return iterations * Math.ceil(length / hash.noble.outputLen);
}

/**
 * PBKDF2, RFC 8018 section 5.2: WebCrypto's where it has the hash function.
 *
 * @param hash The hash function of the HMAC
 * @param password The password's bytes
 * @param salt The salt
 * @param iterations The iteration count
 * @param length How many bytes
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
      // Cloudflare Workers refuse more than 100,000 iterations, and some runtimes an empty password
    }
  }
  return new Uint8Array(
    await pbkdf2Async(hash.noble, password, salt, {
      c: iterations,
      dkLen: length,
    }),
  );
}

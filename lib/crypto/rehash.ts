/**
 * A hash applied to its own value again and again: the whole cost of the PKCS#12 key derivation.
 * A digest fits in one block whose padding never changes, so SHA-1 and SHA-2 have loops written for
 * exactly that, three times faster than a general hash function; WebCrypto has no such primitive and
 * would need a promise for every round. The loops allocate nothing.
 *
 * @module
 */
import type { Hash } from "./hashes.ts";
import { rehashSha1 } from "./rehash_sha1.ts";
import { rehashSha512 } from "./rehash_sha512.ts";
import { rehashSha256 } from "./rehash_sha256.ts";

/** Rounds between two looks at the clock: 0.1 to 15 ms, by the hash. */
const ROUNDS_AT_ONCE = 1024;
/** How long the event loop is held at a stretch, in milliseconds. */
const HOLD = 24;

const LOOPS: Readonly<
  Record<string, (words: Int32Array, rounds: number) => void>
> = {
  "SHA-1": rehashSha1,
  "SHA-256": rehashSha256,
  "SHA-384": rehashSha512,
  "SHA-512": rehashSha512,
};

/**
 * Replaces the digest by its hash, `rounds` times over.
 *
 * @param hash The hash function
 * @param digest A value of that hash function
 * @param rounds How often
 */
export async function rehash(hash: Hash, digest: Uint8Array, rounds: number): Promise<Uint8Array> {
  const loop = LOOPS[hash.name];
  const words = loop && toWords(digest);
  let value = digest;
  let since = Date.now();
  for (let left = rounds; left > 0; left -= ROUNDS_AT_ONCE) {
    const now = Math.min(left, ROUNDS_AT_ONCE);
    if (words) loop(words, now);
    else for (let i = 0; i < now; i++) value = hash.noble(value);
    if (left > now && Date.now() - since > HOLD) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      since = Date.now();
    }
  }
  return words ? toBytes(words) : value;
}

function toWords(bytes: Uint8Array): Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Int32Array.from({ length: bytes.length / 4 }, (_, i) => view.getInt32(4 * i));
}

function toBytes(words: Int32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * words.length));
  words.forEach((word, i) => view.setInt32(4 * i, word));
  return new Uint8Array(view.buffer);
}

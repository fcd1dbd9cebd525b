/**
 * Repeated hashing of a digest: the whole cost of the PKCS#12 key derivation. A digest fits into
 * one block, and the padding of the block never changes. SHA-1 and SHA-256 have loops for this case
 * that allocate nothing and are three times faster than a general hash function. For SHA-512 such a
 * loop was only 1.8 times faster in Node and Deno, and 1.4 times in Bun. The other hash functions
 * reuse their state instead, which does as much for SHA-512. WebCrypto would need a promise for
 * every round.
 *
 * @module
 */
import type { CHash } from "@noble/hashes/utils.js";
import type { Hash } from "./hashes.ts";
import { LONG, Turns } from "./turns.ts";
import { rehashSha1 } from "./rehash_sha1.ts";
import { rehashSha256 } from "./rehash_sha256.ts";

/** The rounds between two looks at the clock, which last 0.1 to 15 ms. */
const ROUNDS_AT_ONCE = 1024;

const LOOPS: Readonly<Record<string, (words: Int32Array, rounds: number) => void>> = {
  "SHA-1": rehashSha1,
  "SHA-256": rehashSha256,
};

/**
 * Hashes a digest, then the result, and so on.
 *
 * @param hash The hash function
 * @param digest A digest of this hash function
 * @param rounds The number of times
 */
export async function rehash(hash: Hash, digest: Uint8Array, rounds: number): Promise<Uint8Array> {
  const loop = LOOPS[hash.name];
  const words = loop && toWords(digest);
  const value = digest.slice();
  const turns = new Turns(LONG);
  for (let left = rounds; left > 0; left -= ROUNDS_AT_ONCE) {
    const now = Math.min(left, ROUNDS_AT_ONCE);
    if (words) loop(words, now);
    else rehashInPlace(hash.noble, value, now);
    if (left > now) await turns.take();
  }
  return words ? toBytes(words) : value;
}

/** Hashes a digest repeatedly with the same two states: an object for each round costs as much. */
function rehashInPlace(noble: CHash, digest: Uint8Array, rounds: number): void {
  const first = noble.create();
  const state = first.clone();
  for (let i = 0; i < rounds; i++) first._cloneInto(state).update(digest).digestInto(digest);
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

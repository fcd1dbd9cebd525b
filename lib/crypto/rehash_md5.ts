/**
 * Repeated hashing of a digest and a password with MD5 (RFC 1321): the whole cost of opening a
 * JCEKS keystore, some 400,000 rounds for each key. Only the digest in the message changes, so the
 * loop allocates nothing and is several times faster than a general hash function.
 *
 * @module
 */
import { concat } from "./bytes.ts";
import { MD5 } from "./hashes.ts";
import { LONG, STEPS, Turns } from "./turns.ts";

/** RFC 1321, section 3.4: the integer part of 2^32 times abs(sin(i)). */
const SINES = Int32Array.from({ length: 64 }, (_, i) => 2 ** 32 * Math.abs(Math.sin(i + 1)));
const BLOCK_WORDS = 16;
const DIGEST_WORDS = 4;

/**
 * Computes X_n, where X_1 is MD5(start || suffix), and X_i is MD5(X_(i-1) || suffix).
 *
 * @param start The first bytes of the first message
 * @param suffix The password
 * @param rounds The number n, at least 1
 */
export async function rehashMd5(
  start: Uint8Array,
  suffix: Uint8Array,
  rounds: number,
): Promise<Uint8Array> {
  const digest = MD5.noble(concat([start, suffix]));
  const message = padMessage(concat([digest, suffix]));
  const turns = new Turns(LONG);
  for (let left = rounds - 1; left > 0; left--) {
    hashInPlace(message);
    if (left % STEPS === 0) await turns.take();
  }
  const view = new DataView(digest.buffer, digest.byteOffset);
  for (let i = 0; i < DIGEST_WORDS; i++) view.setInt32(4 * i, message[i]!, true);
  return digest;
}

/** Pads a message to whole blocks (RFC 1321, sections 3.1 and 3.2). */
function padMessage(bytes: Uint8Array): Int32Array {
  const blocks = Math.ceil((bytes.length + 9) / (4 * BLOCK_WORDS));
  const view = new DataView(new ArrayBuffer(4 * BLOCK_WORDS * blocks));
  bytes.forEach((byte, i) => view.setUint8(i, byte));
  view.setUint8(bytes.length, 0x80);
  view.setUint32(view.byteLength - 8, 8 * bytes.length, true);
  return Int32Array.from({ length: BLOCK_WORDS * blocks }, (_, i) => view.getInt32(4 * i, true));
}

/** Hashes a padded message (RFC 1321, section 3.4), and replaces its first words by the digest. */
function hashInPlace(message: Int32Array): void {
  let h0 = 0x67452301, h1 = 0xefcdab89 | 0, h2 = 0x98badcfe | 0, h3 = 0x10325476;
  for (let at = 0; at < message.length; at += BLOCK_WORDS) {
    let a = h0, b = h1, c = h2, d = h3, t = 0;
    for (let i = 0; i < 16; i += 4) {
      t = (a + (d ^ (b & (c ^ d))) + SINES[i]! + message[at + (i & 15)]!) | 0;
      a = (b + ((t << 7) | (t >>> 25))) | 0;
      t = (d + (c ^ (a & (b ^ c))) + SINES[i + 1]! + message[at + ((i + 1) & 15)]!) | 0;
      d = (a + ((t << 12) | (t >>> 20))) | 0;
      t = (c + (b ^ (d & (a ^ b))) + SINES[i + 2]! + message[at + ((i + 2) & 15)]!) | 0;
      c = (d + ((t << 17) | (t >>> 15))) | 0;
      t = (b + (a ^ (c & (d ^ a))) + SINES[i + 3]! + message[at + ((i + 3) & 15)]!) | 0;
      b = (c + ((t << 22) | (t >>> 10))) | 0;
    }
    for (let i = 16; i < 32; i += 4) {
      t = (a + (c ^ (d & (b ^ c))) + SINES[i]! + message[at + ((5 * i + 1) & 15)]!) | 0;
      a = (b + ((t << 5) | (t >>> 27))) | 0;
      t = (d + (b ^ (c & (a ^ b))) + SINES[i + 1]! + message[at + ((5 * (i + 1) + 1) & 15)]!) | 0;
      d = (a + ((t << 9) | (t >>> 23))) | 0;
      t = (c + (a ^ (b & (d ^ a))) + SINES[i + 2]! + message[at + ((5 * (i + 2) + 1) & 15)]!) | 0;
      c = (d + ((t << 14) | (t >>> 18))) | 0;
      t = (b + (d ^ (a & (c ^ d))) + SINES[i + 3]! + message[at + ((5 * (i + 3) + 1) & 15)]!) | 0;
      b = (c + ((t << 20) | (t >>> 12))) | 0;
    }
    for (let i = 32; i < 48; i += 4) {
      t = (a + (b ^ c ^ d) + SINES[i]! + message[at + ((3 * i + 5) & 15)]!) | 0;
      a = (b + ((t << 4) | (t >>> 28))) | 0;
      t = (d + (a ^ b ^ c) + SINES[i + 1]! + message[at + ((3 * (i + 1) + 5) & 15)]!) | 0;
      d = (a + ((t << 11) | (t >>> 21))) | 0;
      t = (c + (d ^ a ^ b) + SINES[i + 2]! + message[at + ((3 * (i + 2) + 5) & 15)]!) | 0;
      c = (d + ((t << 16) | (t >>> 16))) | 0;
      t = (b + (c ^ d ^ a) + SINES[i + 3]! + message[at + ((3 * (i + 3) + 5) & 15)]!) | 0;
      b = (c + ((t << 23) | (t >>> 9))) | 0;
    }
    for (let i = 48; i < 64; i += 4) {
      t = (a + (c ^ (b | ~d)) + SINES[i]! + message[at + ((7 * i) & 15)]!) | 0;
      a = (b + ((t << 6) | (t >>> 26))) | 0;
      t = (d + (b ^ (a | ~c)) + SINES[i + 1]! + message[at + ((7 * (i + 1)) & 15)]!) | 0;
      d = (a + ((t << 10) | (t >>> 22))) | 0;
      t = (c + (a ^ (d | ~b)) + SINES[i + 2]! + message[at + ((7 * (i + 2)) & 15)]!) | 0;
      c = (d + ((t << 15) | (t >>> 17))) | 0;
      t = (b + (d ^ (c | ~a)) + SINES[i + 3]! + message[at + ((7 * (i + 3)) & 15)]!) | 0;
      b = (c + ((t << 21) | (t >>> 11))) | 0;
    }
    h0 = (h0 + a) | 0, h1 = (h1 + b) | 0, h2 = (h2 + c) | 0, h3 = (h3 + d) | 0;
  }
  message[0] = h0, message[1] = h1, message[2] = h2, message[3] = h3;
}

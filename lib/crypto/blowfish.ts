/**
 * Blowfish (B. Schneier, Fast Software Encryption 1993), decryption only.
 *
 * @module
 */
import type { BlockCipher } from "./cbc.ts";

const ROUNDS = 16;
const P_WORDS = ROUNDS + 2;
const WORDS = P_WORDS + 4 * 256;

/**
 * The initial P-array and S-boxes: the fractional part of pi in binary. Computed at the first use.
 */
let digits: Int32Array | undefined;

/** Computes pi by Machin's formula, pi = 16 arctan(1/5) - 4 arctan(1/239), in integers. */
function computePi(): Int32Array {
  const guard = 64n;
  const bits = BigInt(32 * WORDS);
  const one = 1n << (bits + guard);
  const arctan = (x: bigint) => {
    let sum = 0n;
    for (let term = one / x, n = 1n; term !== 0n; term /= -x * x, n += 2n) sum += term / n;
    return sum;
  };
  const pi = (16n * arctan(5n) - 4n * arctan(239n)) >> guard;
  const hex = BigInt.asUintN(32 * WORDS, pi).toString(16).padStart(8 * WORDS, "0");
  return Int32Array.from({ length: WORDS }, (_, i) => parseInt(hex.slice(8 * i, 8 * i + 8), 16));
}

/**
 * Returns Blowfish with a key of 4 to 56 bytes.
 *
 * @param key The key
 */
export function blowfish(key: Uint8Array): BlockCipher {
  const words = (digits ??= computePi()).slice();
  for (let i = 0; i < P_WORDS; i++) {
    for (let j = 0; j < 4; j++) words[i]! ^= key[(4 * i + j) % key.length]! << (24 - 8 * j);
  }
  const block = new DataView(new ArrayBuffer(8));
  const encryption = Array.from({ length: P_WORDS }, (_, i) => i);
  for (let i = 0; i < WORDS; i += 2) {
    cryptBlock(block, 0, words, encryption);
    words[i] = block.getInt32(0);
    words[i + 1] = block.getInt32(4);
  }
  const decryption = encryption.reverse();
  return { size: 8, decrypt: (view, at) => cryptBlock(view, at, words, decryption) };
}

/** Runs the 16 rounds with the words of the P-array in this order. */
function cryptBlock(view: DataView, at: number, words: Int32Array, order: readonly number[]): void {
  let l = view.getInt32(at), r = view.getInt32(at + 4);
  for (let round = 0; round < ROUNDS; round++) {
    l ^= words[order[round]!]!;
    const a = words[P_WORDS + (l >>> 24)]!, b = words[P_WORDS + 256 + ((l >>> 16) & 255)]!;
    const c = words[P_WORDS + 512 + ((l >>> 8) & 255)]!, d = words[P_WORDS + 768 + (l & 255)]!;
    [l, r] = [r ^ (((a + b) ^ c) + d), l];
  }
  view.setInt32(at, r ^ words[order[ROUNDS + 1]!]!);
  view.setInt32(at + 4, l ^ words[order[ROUNDS]!]!);
}

/**
 * DES and DES-EDE3 (FIPS 46-3, NIST SP 800-67), decryption only. Windows, Java 8, macOS and OpenSSL
 * 1.x encrypt `.p12` files with DES-EDE3. The table look-ups are not constant in time. No attacker
 * can measure them: the owner of the passphrase decrypts a file once.
 *
 * @module
 */
import type { BlockCipher } from "./cbc.ts";

// deno-fmt-ignore
const S_BOXES = [
  [14, 4, 13, 1, 2, 15, 11, 8, 3, 10, 6, 12, 5, 9, 0, 7, 0, 15, 7, 4, 14, 2, 13, 1, 10, 6, 12, 11, 9, 5, 3, 8,
    4, 1, 14, 8, 13, 6, 2, 11, 15, 12, 9, 7, 3, 10, 5, 0, 15, 12, 8, 2, 4, 9, 1, 7, 5, 11, 3, 14, 10, 0, 6, 13],
  [15, 1, 8, 14, 6, 11, 3, 4, 9, 7, 2, 13, 12, 0, 5, 10, 3, 13, 4, 7, 15, 2, 8, 14, 12, 0, 1, 10, 6, 9, 11, 5,
    0, 14, 7, 11, 10, 4, 13, 1, 5, 8, 12, 6, 9, 3, 2, 15, 13, 8, 10, 1, 3, 15, 4, 2, 11, 6, 7, 12, 0, 5, 14, 9],
  [10, 0, 9, 14, 6, 3, 15, 5, 1, 13, 12, 7, 11, 4, 2, 8, 13, 7, 0, 9, 3, 4, 6, 10, 2, 8, 5, 14, 12, 11, 15, 1,
    13, 6, 4, 9, 8, 15, 3, 0, 11, 1, 2, 12, 5, 10, 14, 7, 1, 10, 13, 0, 6, 9, 8, 7, 4, 15, 14, 3, 11, 5, 2, 12],
  [7, 13, 14, 3, 0, 6, 9, 10, 1, 2, 8, 5, 11, 12, 4, 15, 13, 8, 11, 5, 6, 15, 0, 3, 4, 7, 2, 12, 1, 10, 14, 9,
    10, 6, 9, 0, 12, 11, 7, 13, 15, 1, 3, 14, 5, 2, 8, 4, 3, 15, 0, 6, 10, 1, 13, 8, 9, 4, 5, 11, 12, 7, 2, 14],
  [2, 12, 4, 1, 7, 10, 11, 6, 8, 5, 3, 15, 13, 0, 14, 9, 14, 11, 2, 12, 4, 7, 13, 1, 5, 0, 15, 10, 3, 9, 8, 6,
    4, 2, 1, 11, 10, 13, 7, 8, 15, 9, 12, 5, 6, 3, 0, 14, 11, 8, 12, 7, 1, 14, 2, 13, 6, 15, 0, 9, 10, 4, 5, 3],
  [12, 1, 10, 15, 9, 2, 6, 8, 0, 13, 3, 4, 14, 7, 5, 11, 10, 15, 4, 2, 7, 12, 9, 5, 6, 1, 13, 14, 0, 11, 3, 8,
    9, 14, 15, 5, 2, 8, 12, 3, 7, 0, 4, 10, 1, 13, 11, 6, 4, 3, 2, 12, 9, 5, 15, 10, 11, 14, 1, 7, 6, 0, 8, 13],
  [4, 11, 2, 14, 15, 0, 8, 13, 3, 12, 9, 7, 5, 10, 6, 1, 13, 0, 11, 7, 4, 9, 1, 10, 14, 3, 5, 12, 2, 15, 8, 6,
    1, 4, 11, 13, 12, 3, 7, 14, 10, 15, 6, 8, 0, 5, 9, 2, 6, 11, 13, 8, 1, 4, 10, 7, 9, 5, 0, 15, 14, 2, 3, 12],
  [13, 2, 8, 4, 6, 15, 11, 1, 10, 9, 3, 14, 5, 0, 12, 7, 1, 15, 13, 8, 10, 3, 7, 4, 12, 5, 6, 11, 0, 14, 9, 2,
    7, 11, 4, 1, 9, 12, 14, 2, 0, 6, 10, 13, 15, 3, 5, 8, 2, 1, 14, 7, 4, 10, 8, 13, 15, 12, 9, 0, 3, 5, 6, 11],
];
// deno-fmt-ignore
const P = [
  16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10,
  2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25,
];
// deno-fmt-ignore
const PC1 = [
  57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44, 36,
  63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20, 12, 4,
];
// deno-fmt-ignore
const PC2 = [
  14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2,
  41, 52, 31, 37, 47, 55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
];
const ROTATIONS = [1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1];
const ROUNDS = 16;

/** Each S-box joined with the permutation P, 64 words each. Computed at the first use. */
let joined: Int32Array | undefined;

function joinSBoxes(): Int32Array {
  const words = new Int32Array(8 * 64);
  for (const [box, rows] of S_BOXES.entries()) {
    for (let input = 0; input < 64; input++) {
      const row = ((input >> 4) & 2) | (input & 1);
      const output = rows[16 * row + ((input >> 1) & 15)]! << (28 - 4 * box);
      let word = 0;
      for (const [to, from] of P.entries()) {
        word |= ((output >>> (32 - from)) & 1) << (31 - to);
      }
      words[64 * box + input] = word;
    }
  }
  return words;
}

/** Returns the 16 round keys of encryption: one word for the even S-boxes, one for the odd. */
function expandKey(key: Uint8Array): Int32Array[] {
  const bits = PC1.map((bit) => (key[(bit - 1) >> 3]! >> (7 - ((bit - 1) & 7))) & 1);
  let c = bits.slice(0, 28);
  let d = bits.slice(28);
  return ROTATIONS.map((by) => {
    c = [...c.slice(by), ...c.slice(0, by)];
    d = [...d.slice(by), ...d.slice(0, by)];
    const halves = [...c, ...d];
    const words = new Int32Array(2);
    for (const [to, from] of PC2.entries()) {
      const box = Math.floor(to / 6);
      words[box & 1]! |= halves[from - 1]! <<
        (24 - 8 * (box >> 1) + 5 - to % 6);
    }
    return words;
  });
}

/**
 * Returns DES (a key of 8 bytes) or DES-EDE with two keys (16 bytes) or three (24 bytes).
 *
 * @param key The key; its parity bits are ignored
 */
export function des(key: Uint8Array): BlockCipher {
  const sp = joined ??= joinSBoxes();
  const keys = [0, 8, 16].filter((at) => at < key.length).map((at) =>
    expandKey(key.subarray(at, at + 8))
  );
  // EDE with two keys uses the first key again.
  if (keys.length === 2) keys.push(keys[0]!);
  // Decryption uses the last key backwards, the middle key forwards, the first key backwards.
  const schedule = new Int32Array(2 * ROUNDS * keys.length);
  keys.reverse().forEach((rounds, stage) => {
    const order = stage === 1 ? rounds : [...rounds].reverse();
    order.forEach((words, round) => schedule.set(words, 2 * (ROUNDS * stage + round)));
  });
  return { size: 8, decrypt: (view, at) => cryptBlock(view, at, schedule, sp) };
}

function cryptBlock(view: DataView, at: number, schedule: Int32Array, sp: Int32Array): void {
  let l = view.getInt32(at), r = view.getInt32(at + 4), t: number;
  // The initial permutation is five exchanges of bits.
  t = ((l >>> 4) ^ r) & 0x0f0f0f0f, r ^= t, l ^= t << 4;
  t = ((l >>> 16) ^ r) & 0x0000ffff, r ^= t, l ^= t << 16;
  t = ((r >>> 2) ^ l) & 0x33333333, l ^= t, r ^= t << 2;
  t = ((r >>> 8) ^ l) & 0x00ff00ff, l ^= t, r ^= t << 8;
  t = ((l >>> 1) ^ r) & 0x55555555, r ^= t, l ^= t << 1;
  for (let k = 0; k < schedule.length; k += 2) {
    // Between two stages the halves change places again. The permutations cancel out.
    if (k > 0 && k % (2 * ROUNDS) === 0) t = l, l = r, r = t;
    // The expansion E: six bits for each S-box, with even and odd boxes in separate words.
    const even = ((r >>> 3) | (r << 29)) ^ schedule[k]!;
    const odd = ((r << 1) | (r >>> 31)) ^ schedule[k + 1]!;
    t = l ^ sp[(even >>> 24) & 63]! ^ sp[64 + ((odd >>> 24) & 63)]! ^
      sp[128 + ((even >>> 16) & 63)]! ^ sp[192 + ((odd >>> 16) & 63)]! ^
      sp[256 + ((even >>> 8) & 63)]! ^ sp[320 + ((odd >>> 8) & 63)]! ^
      sp[384 + (even & 63)]! ^ sp[448 + (odd & 63)]!;
    l = r;
    r = t;
  }
  t = l, l = r, r = t;
  // The final permutation is the same exchanges backwards.
  t = ((l >>> 1) ^ r) & 0x55555555, r ^= t, l ^= t << 1;
  t = ((r >>> 8) ^ l) & 0x00ff00ff, l ^= t, r ^= t << 8;
  t = ((r >>> 2) ^ l) & 0x33333333, l ^= t, r ^= t << 2;
  t = ((l >>> 16) ^ r) & 0x0000ffff, r ^= t, l ^= t << 16;
  t = ((l >>> 4) ^ r) & 0x0f0f0f0f, r ^= t, l ^= t << 4;
  view.setInt32(at, l);
  view.setInt32(at + 4, r);
}

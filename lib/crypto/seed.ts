/**
 * SEED (RFC 4269), decryption only. Korean software and NSS write key files with it.
 *
 * @module
 */
import { decodeBase64 } from "./base64.ts";
import type { BlockCipher } from "./cbc.ts";

/** RFC 4269, appendix A.1: S0, then S1. */
const S_BOXES: Uint8Array = decodeBase64(
  "qYXW01QdrCVdQxgeUfzKYyhEIJ3g4sgXpY8De7sT0u5wjD+oMt32dOyVC1dcW70BJBxzmBDM8tks53KDm9GGyWBQo+sNtp5Pt1rGeKYSr9Vhw7RB" +
    "Un2NCB+ZABkEU/fh/XYvJ7CLDquibpNNaXwJCr/v88WHFP5k3i5LGgYha2YC9ZKKDLN+0HpHluUmgK3foTA3rjYVIjj0p0VMgemElzXLzjxxEceJ" +
    "dfva+JRZgsT/STlnwM/XuA+OQiORbNukNPFIwm89LUC+PrzBqrpOVTvcaH+c2EpWd6DtRrUrZfrjubGfXvnmsjHqbV/k8M2IFjpY1GIpBzPoGwV5" +
    "kGoqmjjoLabP3rO4r2BVx0Rva1vDYjO1KaDip9OREQYcvDZL74hsqBfEFvTCReHWPz2OmChO9j6l+Q3f2Ctmeicv8XJC1EHAc2esi/etgB/KLKo0" +
    "0gvu6V2UGPhXrgjFE82Guf99wTH1imqx0SDXAiIEaHEH252ZYb7mWd1RkNyao6vQgQ9HGuPsjb+We1yioWMjTcienDoMLrpun1rykvNJeMwV+3B1" +
    "fzUQA2RtxnTVtOoJdhn+QBLgvQX6AfAqXqlWQ4UUiZuw5Uh5l/wegiGMG193VLIdJU8ARu1YUut+2sn9MJVlPLbku3wOUDkmMoRpkzfnJKTLUwqH" +
    "2UyDj847Src=",
)!;
const ROUNDS = 16;
/** RFC 4269, section 2.3: KC1 is from the golden ratio. The other constants are its rotations. */
const KC1 = 0x9e3779b9;
/** RFC 4269, section 2.2: m0 to m3. */
const MASKS = [0xfc, 0xf3, 0xcf, 0x3f] as const;

/**
 * Returns SEED with a key of 16 bytes.
 *
 * @param key The key
 */
export function seed(key: Uint8Array): BlockCipher {
  const keys = expandKey(key).reverse();
  return { size: 16, decrypt: (view, at) => cryptBlock(view, at, keys) };
}

/** Expands the key (RFC 4269, section 2.3). */
function expandKey(key: Uint8Array): (readonly [number, number])[] {
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  let [a, b, c, d] = [0, 4, 8, 12].map((at) => view.getInt32(at)) as [
    number,
    number,
    number,
    number,
  ];
  return Array.from({ length: ROUNDS }, (_, round) => {
    const kc = (KC1 << round) | (KC1 >>> (32 - round));
    const keys = [g((a + c - kc) | 0), g((b - d + kc) | 0)] as const;
    // Even rounds rotate A || B right by eight bits. Odd rounds rotate C || D left.
    if (round % 2 === 0) [a, b] = [(a >>> 8) | (b << 24), (b >>> 8) | (a << 24)];
    else [c, d] = [(c << 8) | (d >>> 24), (d << 8) | (c >>> 24)];
    return keys;
  });
}

/** The function G of RFC 4269, section 2.2. */
function g(x: number): number {
  let z = 0;
  for (let i = 0; i < 4; i++) {
    const y = S_BOXES[256 * (i & 1) + ((x >>> (8 * i)) & 255)]!;
    for (let j = 0; j < 4; j++) z ^= (y & MASKS[(i + j) & 3]!) << (8 * j);
  }
  return z;
}

/** Runs the Feistel network on halves of 64 bits (RFC 4269, section 2.1). */
function cryptBlock(
  view: DataView,
  at: number,
  keys: readonly (readonly [number, number])[],
): void {
  let l0 = view.getInt32(at), l1 = view.getInt32(at + 4);
  let r0 = view.getInt32(at + 8), r1 = view.getInt32(at + 12);
  for (const [k0, k1] of keys) {
    let c = r0 ^ k0;
    let d = g(c ^ r1 ^ k1);
    c = g((c + d) | 0);
    d = g((d + c) | 0);
    c = (c + d) | 0;
    [l0, l1, r0, r1] = [r0, r1, l0 ^ c, l1 ^ d];
  }
  [r0, r1, l0, l1].forEach((word, i) => view.setInt32(at + 4 * i, word));
}

/**
 * CAST-128 (RFC 2144), called CAST5 by OpenSSL and PGP; decryption only.
 *
 * @module
 */
import { decodeBase64 } from "./base64.ts";
import { S_BOXES } from "./cast5_tables.ts";
import type { BlockCipher } from "./cbc.ts";

/** S1 to S8 in one array. Decoded at the first use. */
let boxes: Int32Array | undefined;

function decodeBoxes(): Int32Array {
  const view = new DataView(decodeBase64(S_BOXES)!.buffer);
  return Int32Array.from({ length: 8 * 256 }, (_, i) => view.getInt32(4 * i));
}

/**
 * RFC 2144, section 2.4, one line for each word. A line names the word that it starts from, the
 * bytes for S5, S6, S7 and S8, and the box and the byte of the fifth term. z is computed from x
 * first, then x from z. A byte with the letter of the target is a byte of the new value.
 */
const Z_FROM_X = [
  "0 xD xF xC xE 7x8",
  "2 z0 z2 z1 z3 8xA",
  "3 z7 z6 z5 z4 5x9",
  "1 zA z9 zB z8 6xB",
];
const X_FROM_Z = [
  "2 z5 z7 z4 z6 7z0",
  "0 x0 x2 x1 x3 8z2",
  "1 x7 x6 x5 x4 5z1",
  "3 xA x9 xB x8 6z3",
];
/** The subkeys after each step, one line each: the bytes for S5 to S8, and the fifth term. */
const SUBKEYS = [
  ["z8 z9 z7 z6 5z2", "zA zB z5 z4 6z6", "zC zD z3 z2 7z9", "zE zF z1 z0 8zC"],
  ["x3 x2 xC xD 5x8", "x1 x0 xE xF 6xD", "x7 x6 x8 x9 7x3", "x5 x4 xA xB 8x7"],
  ["z3 z2 zC zD 5z9", "z1 z0 zE zF 6zC", "z7 z6 z8 z9 7z2", "z5 z4 zA zB 8z6"],
  ["x8 x9 x7 x6 5x3", "xA xB x5 x4 6x7", "xC xD x3 x2 7x8", "xE xF x1 x0 8xD"],
];

/** RFC 2144, section 2.5: keys of up to 80 bits have twelve rounds. In bytes. */
const SHORT_KEY = 10;

/**
 * Returns CAST-128 with a key of 5 to 16 bytes.
 *
 * @param key The key
 */
export function cast5(key: Uint8Array): BlockCipher {
  const s = boxes ??= decodeBoxes();
  const padded = new Uint8Array(16);
  padded.set(key);
  const subkeys = expandKey(padded, s);
  const rounds = key.length <= SHORT_KEY ? 12 : 16;
  return { size: 8, decrypt: (view, at) => decryptBlock(view, at, subkeys, rounds, s) };
}

/** Returns 16 masking subkeys, then 16 rotation subkeys (RFC 2144, section 2.4). */
function expandKey(key: Uint8Array, s: Int32Array): Int32Array {
  const halves = { x: new DataView(key.buffer), z: new DataView(new ArrayBuffer(16)) };
  const byte = (name: string) => halves[name[0] as "x" | "z"].getUint8(parseInt(name[1]!, 16));
  const term = (box: number, name: string) => s[256 * (box - 1) + byte(name)]!;
  const terms = (names: string[]) =>
    names.reduce(
      (sum, name, i) => sum ^ (i < 4 ? term(5 + i, name) : term(Number(name[0]), name.slice(1))),
      0,
    );
  const subkeys: number[] = [];
  for (let step = 0; step < 8; step++) {
    const [from, to] = step % 2 === 0 ? [halves.x, halves.z] : [halves.z, halves.x];
    (step % 2 === 0 ? Z_FROM_X : X_FROM_Z).forEach((line, word) => {
      const [start, ...names] = line.split(" ");
      to.setInt32(4 * word, from.getInt32(4 * Number(start)) ^ terms(names));
    });
    for (const line of SUBKEYS[step % 4]!) subkeys.push(terms(line.split(" ")));
  }
  return Int32Array.from(subkeys);
}

/**
 * Decrypts a block. The rounds alternate between three functions (RFC 2144, sections 2.1 and 2.2).
 */
function decryptBlock(
  view: DataView,
  at: number,
  subkeys: Int32Array,
  rounds: number,
  s: Int32Array,
): void {
  let l = view.getInt32(at), r = view.getInt32(at + 4);
  for (let round = rounds - 1; round >= 0; round--) {
    const mask = subkeys[round]!, by = subkeys[16 + round]! & 31, kind = round % 3;
    const t = kind === 0 ? mask + r : kind === 1 ? mask ^ r : mask - r;
    const i = (t << by) | (t >>> (32 - by));
    const a = s[i >>> 24]!, b = s[256 + ((i >>> 16) & 255)]!;
    const c = s[512 + ((i >>> 8) & 255)]!, d = s[768 + (i & 255)]!;
    const f = kind === 0 ? (a ^ b) - c + d : kind === 1 ? (a - b + c) ^ d : ((a + b) ^ c) - d;
    [l, r] = [r, l ^ f];
  }
  view.setInt32(at, r);
  view.setInt32(at + 4, l);
}

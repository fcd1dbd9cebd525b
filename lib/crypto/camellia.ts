/**
 * Camellia (RFC 3713), decryption only. OpenSSL and NSS support it in PBES2.
 *
 * @module
 */
import type { BlockCipher } from "./cbc.ts";

// deno-fmt-ignore
const SBOX1 = Uint8Array.of(
  112, 130, 44, 236, 179, 39, 192, 229, 228, 133, 87, 53, 234, 12, 174, 65, 35, 239, 107, 147, 69, 25, 165, 33,
  237, 14, 79, 78, 29, 101, 146, 189, 134, 184, 175, 143, 124, 235, 31, 206, 62, 48, 220, 95, 94, 197, 11, 26,
  166, 225, 57, 202, 213, 71, 93, 61, 217, 1, 90, 214, 81, 86, 108, 77, 139, 13, 154, 102, 251, 204, 176, 45,
  116, 18, 43, 32, 240, 177, 132, 153, 223, 76, 203, 194, 52, 126, 118, 5, 109, 183, 169, 49, 209, 23, 4, 215,
  20, 88, 58, 97, 222, 27, 17, 28, 50, 15, 156, 22, 83, 24, 242, 34, 254, 68, 207, 178, 195, 181, 122, 145,
  36, 8, 232, 168, 96, 252, 105, 80, 170, 208, 160, 125, 161, 137, 98, 151, 84, 91, 30, 149, 224, 255, 100, 210,
  16, 196, 0, 72, 163, 247, 117, 219, 138, 3, 230, 218, 9, 63, 221, 148, 135, 92, 131, 2, 205, 74, 144, 51,
  115, 103, 246, 243, 157, 127, 191, 226, 82, 155, 216, 38, 200, 55, 198, 59, 129, 150, 111, 75, 19, 190, 99, 46,
  233, 121, 167, 140, 159, 110, 188, 142, 41, 245, 249, 182, 47, 253, 180, 89, 120, 152, 6, 106, 231, 70, 113, 186,
  212, 37, 171, 66, 136, 162, 141, 250, 114, 7, 185, 85, 248, 238, 172, 10, 54, 73, 42, 104, 60, 56, 241, 164,
  64, 40, 211, 123, 187, 201, 67, 193, 21, 227, 173, 244, 119, 199, 128, 158,
);

/** RFC 3713, section 2.2: the constants of the key schedule. */
const SIGMA: readonly bigint[] = [
  0xa09e667f3bcc908bn,
  0xb67ae8584caa73b2n,
  0xc6ef372fe94f82ben,
  0x54ff53a5f1d36f1cn,
  0x10e527fade682d1dn,
  0xb05688c2b3e6c1fdn,
];

/** A subkey or half a block: the upper and the lower 32 bits. */
type Pair = readonly [number, number];

/** The subkeys of all rounds and layers, in the order of use. */
interface Schedule {
  readonly kw: readonly Pair[];
  readonly k: readonly Pair[];
  readonly ke: readonly Pair[];
}

/**
 * Returns Camellia with a key of 16, 24 or 32 bytes.
 *
 * @param key The key
 */
export function camellia(key: Uint8Array): BlockCipher {
  const schedule = reverseSchedule(expandKey(key));
  return { size: 16, decrypt: (view, at) => cryptBlock(view, at, schedule) };
}

const MASK64 = (1n << 64n) - 1n;

/** Expands the key (RFC 3713, section 2.2). Each subkey is half of a rotated KL, KR, KA or KB. */
function expandKey(key: Uint8Array): Schedule {
  const number = (bytes: Uint8Array) => bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const left = number(key.subarray(0, 16));
  const rest = number(key.subarray(16));
  const right = key.length === 16 ? 0n : key.length === 24 ? (rest << 64n) | (rest ^ MASK64) : rest;
  let d1 = (left ^ right) >> 64n;
  let d2 = (left ^ right) & MASK64;
  const mix = (sigma: bigint, from: bigint): bigint => join(f(split(from), split(sigma)));
  d2 ^= mix(SIGMA[0]!, d1);
  d1 ^= mix(SIGMA[1]!, d2);
  d1 ^= left >> 64n;
  d2 ^= left & MASK64;
  d2 ^= mix(SIGMA[2]!, d1);
  d1 ^= mix(SIGMA[3]!, d2);
  const a = (d1 << 64n) | d2;
  d1 ^= right >> 64n;
  d2 ^= right & MASK64;
  d2 ^= mix(SIGMA[4]!, d1);
  d1 ^= mix(SIGMA[5]!, d2);
  const b = (d1 << 64n) | d2;
  const both = (
    value: bigint,
    by: number,
  ): Pair[] => [takeHalf(value, by, 0), takeHalf(value, by, 1)];
  if (key.length === 16) {
    return {
      kw: [...both(left, 0), ...both(a, 111)],
      k: [
        ...both(a, 0),
        ...both(left, 15),
        ...both(a, 15),
        ...both(left, 45),
        takeHalf(a, 45, 0),
        takeHalf(left, 60, 1),
        ...both(a, 60),
        ...both(left, 94),
        ...both(a, 94),
        ...both(left, 111),
      ],
      ke: [...both(a, 30), ...both(left, 77)],
    };
  }
  return {
    kw: [...both(left, 0), ...both(b, 111)],
    k: [
      ...both(b, 0),
      ...both(right, 15),
      ...both(a, 15),
      ...both(b, 30),
      ...both(left, 45),
      ...both(a, 45),
      ...both(right, 60),
      ...both(b, 60),
      ...both(left, 77),
      ...both(right, 94),
      ...both(a, 94),
      ...both(left, 111),
    ],
    ke: [...both(right, 30), ...both(left, 60), ...both(a, 77)],
  };
}

function takeHalf(value: bigint, by: number, which: 0 | 1): Pair {
  const rotated = BigInt.asUintN(128, value << BigInt(by)) | (value >> BigInt(128 - by));
  return split(which === 0 ? rotated >> 64n : rotated & MASK64);
}

function split(value: bigint): Pair {
  return [Number(BigInt.asIntN(32, value >> 32n)), Number(BigInt.asIntN(32, value))];
}

function join([high, low]: Pair): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

/** Reverses the subkeys: encryption with them decrypts (RFC 3713, section 2.3.3). */
function reverseSchedule({ kw, k, ke }: Schedule): Schedule {
  return { kw: [kw[2]!, kw[3]!, kw[0]!, kw[1]!], k: [...k].reverse(), ke: [...ke].reverse() };
}

/**
 * Runs three or four times six rounds, with a layer of FL and FLINV between (RFC 3713, section
 * 2.3).
 */
function cryptBlock(view: DataView, at: number, { kw, k, ke }: Schedule): void {
  let d1 = xor([view.getInt32(at), view.getInt32(at + 4)], kw[0]!);
  let d2 = xor([view.getInt32(at + 8), view.getInt32(at + 12)], kw[1]!);
  for (let round = 0; round < k.length; round += 2) {
    if (round > 0 && round % 6 === 0) {
      d1 = fl(d1, ke[round / 3 - 2]!);
      d2 = flInverse(d2, ke[round / 3 - 1]!);
    }
    d2 = xor(d2, f(d1, k[round]!));
    d1 = xor(d1, f(d2, k[round + 1]!));
  }
  d2 = xor(d2, kw[2]!);
  d1 = xor(d1, kw[3]!);
  [...d2, ...d1].forEach((word, i) => view.setInt32(at + 4 * i, word));
}

function xor(a: Pair, b: Pair): Pair {
  return [a[0] ^ b[0], a[1] ^ b[1]];
}

function rotate(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by));
}

/** RFC 3713, section 2.4.1. */
function f(input: Pair, key: Pair): Pair {
  const [x, y] = xor(input, key);
  const t1 = SBOX1[x >>> 24]!;
  const t2 = sbox2((x >>> 16) & 255);
  const t3 = sbox3((x >>> 8) & 255);
  const t4 = sbox4(x & 255);
  const t5 = sbox2(y >>> 24);
  const t6 = sbox3((y >>> 16) & 255);
  const t7 = sbox4((y >>> 8) & 255);
  const t8 = SBOX1[y & 255]!;
  return [
    ((t1 ^ t3 ^ t4 ^ t6 ^ t7 ^ t8) << 24) | ((t1 ^ t2 ^ t4 ^ t5 ^ t7 ^ t8) << 16) |
    ((t1 ^ t2 ^ t3 ^ t5 ^ t6 ^ t8) << 8) | (t2 ^ t3 ^ t4 ^ t5 ^ t6 ^ t7),
    ((t1 ^ t2 ^ t6 ^ t7 ^ t8) << 24) | ((t2 ^ t3 ^ t5 ^ t7 ^ t8) << 16) |
    ((t3 ^ t4 ^ t5 ^ t6 ^ t8) << 8) | (t1 ^ t4 ^ t5 ^ t6 ^ t7),
  ];
}

/** RFC 3713, section 2.4.1: the other S-boxes rotate the output or the input of the first. */
function sbox2(x: number): number {
  const s = SBOX1[x]!;
  return ((s << 1) | (s >> 7)) & 255;
}
function sbox3(x: number): number {
  const s = SBOX1[x]!;
  return ((s << 7) | (s >> 1)) & 255;
}
function sbox4(x: number): number {
  return SBOX1[((x << 1) | (x >> 7)) & 255]!;
}

/** RFC 3713, sections 2.4.2 and 2.4.3. */
function fl([x1, x2]: Pair, [k1, k2]: Pair): Pair {
  const low = x2 ^ rotate(x1 & k1, 1);
  return [x1 ^ (low | k2), low];
}
function flInverse([y1, y2]: Pair, [k1, k2]: Pair): Pair {
  const high = y1 ^ (y2 | k2);
  return [high, y2 ^ rotate(high & k1, 1)];
}

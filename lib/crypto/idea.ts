/**
 * IDEA (X. Lai, On the Design and Security of Block Ciphers, 1992), decryption only.
 *
 * @module
 */
import type { BlockCipher } from "./cbc.ts";

const ROUNDS = 8;

/**
 * Returns IDEA with a key of 16 bytes.
 *
 * @param key The key
 */
export function idea(key: Uint8Array): BlockCipher {
  const keys = invertKeys(expandKey(key));
  return { size: 8, decrypt: (view, at) => cryptBlock(view, at, keys) };
}

/** Takes eight subkeys at a time from the key, then rotates the key left by 25 bits. */
function expandKey(key: Uint8Array): number[] {
  const keys: number[] = [];
  let bits = key.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  while (keys.length < 6 * ROUNDS + 4) {
    for (let shift = 112n; shift >= 0n; shift -= 16n) keys.push(Number((bits >> shift) & 0xffffn));
    bits = BigInt.asUintN(128, bits << 25n) | (bits >> 103n);
  }
  return keys.slice(0, 6 * ROUNDS + 4);
}

/** Inverts the subkeys and their order. In the inner rounds, the two additions change places. */
function invertKeys(keys: readonly number[]): number[] {
  const inverted: number[] = [];
  for (let round = ROUNDS; round >= 0; round--) {
    const [a, b, c, d] = keys.slice(6 * round) as [number, number, number, number];
    const outer = round === 0 || round === ROUNDS;
    inverted.push(invert(a), -(outer ? b : c) & 0xffff, -(outer ? c : b) & 0xffff, invert(d));
    if (round > 0) inverted.push(...keys.slice(6 * round - 2, 6 * round));
  }
  return inverted;
}

/** Multiplies modulo 2^16 + 1. The operand 0 stands for 2^16. */
function multiply(a: number, b: number): number {
  return ((a || 0x10000) * (b || 0x10000)) % 0x10001 & 0xffff;
}

/** Inverts by Fermat's theorem, x^(p-2). All sixteen bits of p - 2 = 2^16 - 1 are set. */
function invert(x: number): number {
  let result = 1;
  for (let bit = 0, square = x; bit < 16; bit++, square = multiply(square, square)) {
    result = multiply(result, square);
  }
  return result;
}

function cryptBlock(view: DataView, at: number, keys: readonly number[]): void {
  let a = view.getUint16(at), b = view.getUint16(at + 2);
  let c = view.getUint16(at + 4), d = view.getUint16(at + 6);
  for (let k = 0; k < 6 * ROUNDS; k += 6) {
    a = multiply(a, keys[k]!);
    b = (b + keys[k + 1]!) & 0xffff;
    c = (c + keys[k + 2]!) & 0xffff;
    d = multiply(d, keys[k + 3]!);
    const e = multiply(a ^ c, keys[k + 4]!);
    const f = multiply(((b ^ d) + e) & 0xffff, keys[k + 5]!);
    const g = (e + f) & 0xffff;
    [a, b, c, d] = [a ^ f, c ^ f, b ^ g, d ^ g];
  }
  view.setUint16(at, multiply(a, keys[48]!));
  view.setUint16(at + 2, (c + keys[49]!) & 0xffff);
  view.setUint16(at + 4, (b + keys[50]!) & 0xffff);
  view.setUint16(at + 6, multiply(d, keys[51]!));
}

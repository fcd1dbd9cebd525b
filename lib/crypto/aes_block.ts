/**
 * AES (FIPS 197), decryption only. Chromium's WebCrypto has no keys of 192 bits.
 *
 * @module
 */
import type { BlockCipher } from "./cbc.ts";

/** Multiplies by x in GF(2^8) (FIPS 197, section 4.2). */
function double(byte: number): number {
  return (byte << 1 ^ (byte & 0x80 ? 0x11b : 0)) & 0xff;
}

/** The S-box and its inverse (FIPS 197, sections 5.1.1 and 5.3.2). */
function makeBoxes(): { readonly box: Uint8Array; readonly inverse: Uint8Array } {
  const box = new Uint8Array(256);
  const inverse = new Uint8Array(256);
  // 3 generates the multiplicative group, so `power` and 1 / `power` are every number except 0.
  for (let i = 0, power = 1, inverted = 1; i < 255; i++) {
    let sum = inverted;
    for (let turn = 1; turn <= 4; turn++) sum ^= (inverted << turn | inverted >> 8 - turn) & 0xff;
    box[power] = sum ^ 0x63;
    power ^= double(power);
    // Divides by 3, which is a multiplication by f6.
    inverted ^= inverted << 1;
    inverted ^= inverted << 2;
    inverted = (inverted ^ inverted << 4) & 0xff;
    if (inverted & 0x80) inverted ^= 0x09;
  }
  box[0] = 0x63;
  box.forEach((to, from) => inverse[to] = from);
  return { box, inverse };
}

const { box: BOX, inverse: INVERSE } = makeBoxes();

/**
 * Returns AES with a key of 16, 24 or 32 bytes.
 *
 * @param key The key
 */
export function aes(key: Uint8Array): BlockCipher {
  const schedule = expandKey(key);
  return { size: 16, decrypt: (view, at) => decryptBlock(view, at, schedule) };
}

/** Expands the key (FIPS 197, section 5.2): 16 bytes for the start and for each round. */
function expandKey(key: Uint8Array): Uint8Array {
  const { length } = key;
  const schedule = new Uint8Array(4 * (length + 28)); // the rounds are length / 4 + 6
  schedule.set(key);
  let constant = 1;
  for (let at = length; at < schedule.length; at += 4) {
    let word = Array.from(schedule.subarray(at - 4, at));
    if (at % length === 0) {
      word = [1, 2, 3, 0].map((i) => BOX[word[i]!]!);
      word[0]! ^= constant;
      constant = double(constant);
    } else if (length === 32 && at % length === 16) {
      word = word.map((byte) => BOX[byte]!);
    }
    word.forEach((byte, i) => schedule[at + i] = schedule[at + i - length]! ^ byte);
  }
  return schedule;
}

/** Decrypts a block (FIPS 197, section 5.3). */
function decryptBlock(view: DataView, start: number, schedule: Uint8Array): void {
  const state = new Uint8Array(view.buffer, view.byteOffset + start, 16);
  let at = schedule.length - 16;
  addRoundKey(state, schedule, at);
  for (at -= 16; at >= 0; at -= 16) {
    const before = state.slice();
    // InvShiftRows and InvSubBytes: row r moves right by r columns.
    for (let i = 0; i < 16; i++) state[i] = INVERSE[before[(i + 12 * (i % 4)) % 16]!]!;
    addRoundKey(state, schedule, at);
    if (at > 0) { for (let column = 0; column < 16; column += 4) unmixColumn(state, column); }
  }
}

function addRoundKey(state: Uint8Array, schedule: Uint8Array, at: number): void {
  for (let i = 0; i < 16; i++) state[i]! ^= schedule[at + i]!;
}

/** InvMixColumns: multiplies a column by 0e, 0b, 0d and 09 (FIPS 197, section 5.3.3). */
function unmixColumn(state: Uint8Array, column: number): void {
  const bytes = state.slice(column, column + 4);
  const twice = bytes.map(double);
  const fourTimes = twice.map(double);
  const eightTimes = fourTimes.map(double);
  for (let row = 0; row < 4; row++) {
    const [a, b, c, d] = [row, (row + 1) % 4, (row + 2) % 4, (row + 3) % 4] as const;
    state[column + row] = eightTimes[a]! ^ fourTimes[a]! ^ twice[a]! ^ // 0e
      eightTimes[b]! ^ twice[b]! ^ bytes[b]! ^ // 0b
      eightTimes[c]! ^ fourTimes[c]! ^ bytes[c]! ^ // 0d
      eightTimes[d]! ^ bytes[d]!; // 09
  }
}

import { cubeRoot, PRIMES, squareRoot } from "./sha2_constants.ts";

/** 64-bit words as pairs of 32-bit ones, the upper first. */
function pairs(words: readonly bigint[]): Int32Array {
  return Int32Array.from(
    words.flatMap((word) => [Number(word >> 32n), Number(word & 0xffffffffn)]),
  );
}

/** FIPS 180-4, 4.2.3. */
const K: Int32Array = pairs(PRIMES.map(cubeRoot));
/** FIPS 180-4, 5.3.4 and 5.3.5: SHA-384 differs in the primes, and in the words that are kept. */
const H512: Int32Array = pairs(PRIMES.slice(0, 8).map(squareRoot));
const H384: Int32Array = pairs(PRIMES.slice(8, 16).map(squareRoot));

/**
 * SHA-512 (FIPS 180-4, 6.4.2) of a message that is a SHA-512 digest, or the same of SHA-384.
 *
 * @param digest The 16 words of the digest, or 12 of SHA-384, replaced by those of its hash
 * @param rounds How often
 */
export function rehashSha512(digest: Int32Array, rounds: number): void {
  const length = digest.length;
  const H = length === 12 ? H384 : H512;
  const w = new Int32Array(160);
  const s = new Int32Array(16);
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < length; i++) w[i] = digest[i]!;
    // the padding of a message of 512 or 384 bits; the words in between stay zero
    w[length] = 0x80000000 | 0;
    w[31] = 32 * length;
    for (let t = 32; t < 160; t += 2) {
      const xh = w[t - 30]!, xl = w[t - 29]!, yh = w[t - 4]!, yl = w[t - 3]!;
      const s0h = ((xh >>> 1) | (xl << 31)) ^ ((xh >>> 8) | (xl << 24)) ^ (xh >>> 7);
      const s0l = ((xl >>> 1) | (xh << 31)) ^ ((xl >>> 8) | (xh << 24)) ^ ((xl >>> 7) | (xh << 25));
      const s1h = ((yh >>> 19) | (yl << 13)) ^ ((yl >>> 29) | (yh << 3)) ^ (yh >>> 6);
      const s1l = ((yl >>> 19) | (yh << 13)) ^ ((yh >>> 29) | (yl << 3)) ^
        ((yl >>> 6) | (yh << 26));
      const low = (w[t - 31]! >>> 0) + (s0l >>> 0) + (w[t - 13]! >>> 0) + (s1l >>> 0);
      w[t + 1] = low | 0;
      w[t] = (w[t - 32]! + s0h + w[t - 14]! + s1h + ((low / 0x100000000) | 0)) | 0;
    }
    let ah = H[0]!,
      al = H[1]!,
      bh = H[2]!,
      bl = H[3]!,
      ch = H[4]!,
      cl = H[5]!,
      dh = H[6]!,
      dl = H[7]!;
    let eh = H[8]!,
      el = H[9]!,
      fh = H[10]!,
      fl = H[11]!,
      gh = H[12]!,
      gl = H[13]!,
      hh = H[14]!,
      hl = H[15]!;
    for (let t = 0; t < 160; t += 2) {
      const s1h = ((eh >>> 14) | (el << 18)) ^ ((eh >>> 18) | (el << 14)) ^
        ((el >>> 9) | (eh << 23));
      const s1l = ((el >>> 14) | (eh << 18)) ^ ((el >>> 18) | (eh << 14)) ^
        ((eh >>> 9) | (el << 23));
      const chl = gl ^ (el & (fl ^ gl));
      const chh = gh ^ (eh & (fh ^ gh));
      const low1 = (hl >>> 0) + (s1l >>> 0) + (chl >>> 0) + (K[t + 1]! >>> 0) + (w[t + 1]! >>> 0);
      const t1h = (hh + s1h + chh + K[t]! + w[t]! + ((low1 / 0x100000000) | 0)) | 0;
      const t1l = low1 | 0;
      const s0h = ((ah >>> 28) | (al << 4)) ^ ((al >>> 2) | (ah << 30)) ^ ((al >>> 7) | (ah << 25));
      const s0l = ((al >>> 28) | (ah << 4)) ^ ((ah >>> 2) | (al << 30)) ^ ((ah >>> 7) | (al << 25));
      const majh = (ah & bh) | (ch & (ah | bh));
      const majl = (al & bl) | (cl & (al | bl));
      hh = gh, hl = gl;
      gh = fh, gl = fl;
      fh = eh, fl = el;
      const lowE = (dl >>> 0) + (t1l >>> 0);
      eh = (dh + t1h + ((lowE / 0x100000000) | 0)) | 0, el = lowE | 0;
      dh = ch, dl = cl;
      ch = bh, cl = bl;
      bh = ah, bl = al;
      const lowA = (t1l >>> 0) + (s0l >>> 0) + (majl >>> 0);
      ah = (t1h + s0h + majh + ((lowA / 0x100000000) | 0)) | 0, al = lowA | 0;
    }
    s[0] = ah, s[1] = al, s[2] = bh, s[3] = bl, s[4] = ch, s[5] = cl, s[6] = dh, s[7] = dl;
    s[8] = eh, s[9] = el, s[10] = fh, s[11] = fl, s[12] = gh, s[13] = gl, s[14] = hh, s[15] = hl;
    for (let i = 0; i < length; i += 2) {
      const low = (H[i + 1]! >>> 0) + (s[i + 1]! >>> 0);
      digest[i + 1] = low | 0;
      digest[i] = (H[i]! + s[i]! + ((low / 0x100000000) | 0)) | 0;
    }
  }
}

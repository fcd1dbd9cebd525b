import { cubeRoot, PRIMES, squareRoot } from "./sha2_constants.ts";

/** FIPS 180-4, 4.2.2. */
const K: Int32Array = Int32Array.from(
  PRIMES.slice(0, 64),
  (prime) => Number(cubeRoot(prime) >> 32n),
);
/** FIPS 180-4, 5.3.3. */
const H: Int32Array = Int32Array.from(
  PRIMES.slice(0, 8),
  (prime) => Number(squareRoot(prime) >> 32n),
);

/**
 * SHA-256 (FIPS 180-4, 6.2.2) of a message that is a SHA-256 digest.
 *
 * @param digest The eight words of the digest, replaced by those of its hash
 * @param rounds How often
 */
export function rehashSha256(digest: Int32Array, rounds: number): void {
  const w = new Int32Array(64);
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < 8; i++) w[i] = digest[i]!;
    // the padding of a message of 256 bits; words 9 to 14 stay zero
    w[8] = 0x80000000 | 0;
    w[15] = 256;
    for (let t = 16; t < 64; t++) {
      const x = w[t - 15]!, y = w[t - 2]!;
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^
        (y >>> 10);
      w[t] = (w[t - 16]! + s0 + w[t - 7]! + s1) | 0;
    }
    let a = H[0]!,
      b = H[1]!,
      c = H[2]!,
      d = H[3]!,
      e = H[4]!,
      f = H[5]!,
      g = H[6]!,
      h = H[7]!;
    for (let t = 0; t < 64; t++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^
        ((e >>> 25) | (e << 7));
      const t1 = (h + s1 + (g ^ (e & (f ^ g))) + K[t]! + w[t]!) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^
        ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & b) | (c & (a | b)))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    digest[0] = (H[0]! + a) | 0;
    digest[1] = (H[1]! + b) | 0;
    digest[2] = (H[2]! + c) | 0;
    digest[3] = (H[3]! + d) | 0;
    digest[4] = (H[4]! + e) | 0;
    digest[5] = (H[5]! + f) | 0;
    digest[6] = (H[6]! + g) | 0;
    digest[7] = (H[7]! + h) | 0;
  }
}

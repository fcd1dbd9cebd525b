/**
 * The constants of SHA-256 by their definition: the first 32 bits of the fractional parts of roots
 * of primes. A double has 48 bits for those of the largest root.
 *
 * @module
 */

const PRIMES = findPrimes(64);

/** FIPS 180-4, section 4.2.2: cube roots. */
export const K: Int32Array = Int32Array.from(PRIMES, (prime) => fractionBits(Math.cbrt(prime)));
/** FIPS 180-4, section 5.3.3: square roots. */
export const H: Int32Array = Int32Array.from(
  PRIMES.slice(0, 8),
  (prime) => fractionBits(Math.sqrt(prime)),
);

function findPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) {
    if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  }
  return primes;
}

function fractionBits(root: number): number {
  return Math.floor((root % 1) * 2 ** 32);
}

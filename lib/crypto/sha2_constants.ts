/**
 * The constants of SHA-2, by their definition in FIPS 180-4 (4.2.2, 4.2.3 and 5.3): the first bits of the
 * fractional parts of roots of primes.
 *
 * @module
 */

/** The first 80 primes. */
export const PRIMES: readonly number[] = firstPrimes(80);

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) {
    if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  }
  return primes;
}

/** The first 64 bits of the fractional part of a square root. */
export function squareRoot(n: number): bigint {
  return BigInt.asUintN(64, integerRoot(BigInt(n) << 128n, 2n));
}

/** The first 64 bits of the fractional part of a cube root. */
export function cubeRoot(n: number): bigint {
  return BigInt.asUintN(64, integerRoot(BigInt(n) << 192n, 3n));
}

/** The integer part of a root, by Newton's method from above. */
function integerRoot(n: bigint, degree: bigint): bigint {
  let root = 1n << BigInt(Math.ceil(n.toString(2).length / Number(degree)));
  for (;;) {
    const next = ((degree - 1n) * root + n / root ** (degree - 1n)) / degree;
    if (next >= root) return root;
    root = next;
  }
}

/**
 * Elliptic curves over prime fields that WebCrypto lacks: computes the public key of a private key.
 *
 * The time depends on the key. The computation runs once, when credentials are loaded, on the
 * machine that has the key in a file. Nobody can measure it from outside.
 *
 * @module
 */
import { Reader } from "../asn1/reader.ts";
import { SEQUENCE } from "../asn1/tags.ts";
import { bitLength, toBigInt } from "../crypto/bytes.ts";
import type { Curve } from "./curve_parameters.ts";

/** P-521 has the largest field in use. */
const MAX_FIELD_BITS = 521;
/** A point is an octet and two numbers, here with room for leading zeros. */
const MAX_POINT_OCTETS = 256;
const PRIME_FIELD = "1.2.840.10045.1.1";

/**
 * Reads a curve that is written out (RFC 3279, section 2.3.5), as by some versions of Java and
 * OpenSSL.
 *
 *     ECParameters ::= SEQUENCE {
 *         version   INTEGER,
 *         fieldID   SEQUENCE { fieldType OBJECT IDENTIFIER, prime INTEGER },
 *         curve     SEQUENCE { a OCTET STRING, b OCTET STRING, seed BIT STRING OPTIONAL },
 *         base      OCTET STRING,
 *         order     INTEGER,
 *         cofactor  INTEGER OPTIONAL
 *     }
 *
 * @param body The contents of ECParameters
 * @param file The file's name in messages
 * @returns The curve; `undefined` if its field is not a prime field or its numbers are out of range
 */
export function readCurve(body: Uint8Array, file: string): Curve | undefined {
  const parameters = new Reader(body, file, "the curve's parameters");
  parameters.readInteger("version");
  const field = parameters.enterSequence("field");
  if (field.readOid("field type") !== PRIME_FIELD) return undefined;
  const p = field.readInteger("prime");
  const curve = parameters.enter(SEQUENCE, "curve");
  const numbers = [curve.readOctets("a"), curve.readOctets("b")] as const;
  const base = parameters.readOctets("base");
  const order = parameters.readInteger("order");
  if ([...numbers, base].some(({ length }) => length > MAX_POINT_OCTETS)) return undefined;
  const [a, b] = [toBigInt(numbers[0]), toBigInt(numbers[1])];
  if (p < 5n || bitLength(p) > MAX_FIELD_BITS || order < 2n || order > 2n * p) {
    return undefined;
  }
  const point = decodePoint(base, { p, a, b });
  return point && { p, a, b, ...point, order };
}

/** Point in affine coordinates. */
interface Point {
  readonly x: bigint;
  readonly y: bigint;
}

/**
 * Decodes a point (SEC 1, section 2.3.4): 04 || x || y, or 02 or 03 || x. The hybrid form of X9.62
 * is 06 or 07 || x || y. A compressed point needs a square root, which this function computes only
 * for p = 3 modulo 4.
 */
function decodePoint(
  octets: Uint8Array,
  { p, a, b }: Pick<Curve, "p" | "a" | "b">,
): Point | undefined {
  if (octets.length > MAX_POINT_OCTETS) return undefined;
  const form = octets[0];
  if ((form === 4 || form === 6 || form === 7) && octets.length % 2 === 1) {
    const middle = (octets.length + 1) / 2;
    return { x: toBigInt(octets.subarray(1, middle)), y: toBigInt(octets.subarray(middle)) };
  }
  if ((form !== 2 && form !== 3) || p % 4n !== 3n) return undefined;
  const x = toBigInt(octets.subarray(1));
  const root = powerModulo(modulo(x ** 3n + a * x + b, p), (p + 1n) / 4n, p);
  return { x, y: Number(root & 1n) === (form & 1) ? root : p - root };
}

/**
 * True if the public key is the base point times the private key.
 *
 * @param curve The curve
 * @param scalar The private key
 * @param publicKey The public key as a point, compressed or not
 */
export function isPublicKeyOf(curve: Curve, scalar: bigint, publicKey: Uint8Array): boolean {
  if (scalar < 1n || scalar >= curve.order) return false;
  const expected = decodePoint(publicKey, curve);
  const { p } = curve;
  const [X, Y, Z] = multiplyBase(curve, scalar);
  if (!expected || modulo(Z, p) === 0n) return false;
  // x = X / Z^2 and y = Y / Z^3. A division could fail: a hostile p need not be a prime.
  return modulo(expected.x * Z ** 2n - X, p) === 0n && modulo(expected.y * Z ** 3n - Y, p) === 0n;
}

/** Point in Jacobian coordinates. Z is 0 at infinity. */
type Jacobian = readonly [bigint, bigint, bigint];

/** Multiplies the base point by a number: double and add, from the highest bit. */
function multiplyBase(curve: Curve, scalar: bigint): Jacobian {
  const base: Jacobian = [curve.x, curve.y, 1n];
  let sum: Jacobian = [1n, 1n, 0n];
  for (const bit of scalar.toString(2)) {
    sum = doublePoint(sum, curve);
    if (bit === "1") sum = addPoints(sum, base, curve);
  }
  return sum;
}

function doublePoint([X, Y, Z]: Jacobian, { p, a }: Curve): Jacobian {
  const YY = Y * Y % p;
  const S = 4n * X * YY % p;
  const M = (3n * X * X + a * Z ** 4n) % p;
  const x = modulo(M * M - 2n * S, p);
  return [x, modulo(M * (S - x) - 8n * YY * YY, p), 2n * Y * Z % p];
}

function addPoints(one: Jacobian, other: Jacobian, curve: Curve): Jacobian {
  const { p } = curve;
  const [X1, Y1, Z1] = one;
  const [X2, Y2, Z2] = other;
  if (Z1 === 0n) return other;
  const U1 = X1 * Z2 ** 2n % p, U2 = X2 * Z1 ** 2n % p;
  const S1 = Y1 * Z2 ** 3n % p, S2 = Y2 * Z1 ** 3n % p;
  const H = modulo(U2 - U1, p), R = modulo(S2 - S1, p);
  if (H === 0n) return R === 0n ? doublePoint(one, curve) : [1n, 1n, 0n];
  const HH = H * H % p, HHH = H * HH % p, V = U1 * HH % p;
  const x = modulo(R * R - HHH - 2n * V, p);
  return [x, modulo(R * (V - x) - S1 * HHH, p), H * Z1 * Z2 % p];
}

function modulo(value: bigint, p: bigint): bigint {
  const rest = value % p;
  return rest < 0n ? rest + p : rest;
}

/** Returns base^exponent modulo p. */
function powerModulo(base: bigint, exponent: bigint, p: bigint): bigint {
  let result = 1n;
  let square = base % p;
  for (let bits = exponent; bits > 0n; bits >>= 1n) {
    if (bits & 1n) result = result * square % p;
    square = square * square % p;
  }
  return result;
}

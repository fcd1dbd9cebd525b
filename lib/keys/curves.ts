/**
 * Elliptic curves over prime fields, for those that WebCrypto does not have: whether a public key belongs to a
 * private one.
 *
 * The time that this takes depends on the key. It is done once, when a credential is loaded, on the machine that
 * has the key in a file; nothing of it can be measured from outside.
 *
 * @module
 */
import { Reader } from "../asn1/reader.ts";
import { SEQUENCE } from "../asn1/tags.ts";
import { toBigInt } from "../crypto/bytes.ts";

/** A curve y^2 = x^3 + ax + b modulo p, with a base point (x, y) of an order. */
export interface Curve {
  readonly p: bigint;
  readonly a: bigint;
  readonly b: bigint;
  readonly x: bigint;
  readonly y: bigint;
  readonly order: bigint;
}

/** SEC 2 (2010) and RFC 5639: the ones that TLS has numbers for. */
const CURVES: ReadonlyMap<string, Curve> = new Map<string, Curve>([
  ["P-192", {
    p: 0xfffffffffffffffffffffffffffffffeffffffffffffffffn,
    a: -3n,
    b: 0x64210519e59c80e70fa7e9ab72243049feb8deecc146b9b1n,
    x: 0x188da80eb03090f67cbf20eb43a18800f4ff0afd82ff1012n,
    y: 0x7192b95ffc8da78631011ed6b24cdd573f977a11e794811n,
    order: 0xffffffffffffffffffffffff99def836146bc9b1b4d22831n,
  }],
  ["P-224", {
    p: 0xffffffffffffffffffffffffffffffff000000000000000000000001n,
    a: -3n,
    b: 0xb4050a850c04b3abf54132565044b0b7d7bfd8ba270b39432355ffb4n,
    x: 0xb70e0cbd6bb4bf7f321390b94a03c1d356c21122343280d6115c1d21n,
    y: 0xbd376388b5f723fb4c22dfe6cd4375a05a07476444d5819985007e34n,
    order: 0xffffffffffffffffffffffffffff16a2e0b8f03e13dd29455c5c2a3dn,
  }],
  ["P-256", {
    p: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
    a: -3n,
    b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
    x: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
    y: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
    order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  }],
  ["P-384", {
    p: 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffffn,
    a: -3n,
    b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
    x: 0xaa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7n,
    y: 0x3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5fn,
    order:
      0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  }],
  ["P-521", {
    p: 0x1ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffn,
    a: -3n,
    b: 0x51953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00n,
    x: 0xc6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66n,
    y: 0x11839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650n,
    order:
      0x1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
  }],
  ["secp256k1", {
    p: 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2fn,
    a: 0x0n,
    b: 0x7n,
    x: 0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n,
    y: 0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8n,
    order: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
  }],
  ["brainpoolP256r1", {
    p: 0xa9fb57dba1eea9bc3e660a909d838d726e3bf623d52620282013481d1f6e5377n,
    a: 0x7d5a0975fc2c3057eef67530417affe7fb8055c126dc5c6ce94a4b44f330b5d9n,
    b: 0x26dc5c6ce94a4b44f330b5d9bbd77cbf958416295cf7e1ce6bccdc18ff8c07b6n,
    x: 0x8bd2aeb9cb7e57cb2c4b482ffc81b7afb9de27e1e3bd23c23a4453bd9ace3262n,
    y: 0x547ef835c3dac4fd97f8461a14611dc9c27745132ded8e545c1d54c72f046997n,
    order: 0xa9fb57dba1eea9bc3e660a909d838d718c397aa3b561a6f7901e0e82974856a7n,
  }],
  ["brainpoolP384r1", {
    p: 0x8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b412b1da197fb71123acd3a729901d1a71874700133107ec53n,
    a: 0x7bc382c63d8c150c3c72080ace05afa0c2bea28e4fb22787139165efba91f90f8aa5814a503ad4eb04a8c7dd22ce2826n,
    b: 0x4a8c7dd22ce28268b39b55416f0447c2fb77de107dcd2a62e880ea53eeb62d57cb4390295dbc9943ab78696fa504c11n,
    x: 0x1d1c64f068cf45ffa2a63a81b7c13f6b8847a3e77ef14fe3db7fcafe0cbd10e8e826e03436d646aaef87b2e247d4af1en,
    y: 0x8abe1d7520f9c2a45cb1eb8e95cfd55262b70b29feec5864e19c054ff99129280e4646217791811142820341263c5315n,
    order:
      0x8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b31f166e6cac0425a7cf3ab6af6b7fc3103b883202e9046565n,
  }],
  ["brainpoolP512r1", {
    p: 0xaadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca703308717d4d9b009bc66842aecda12ae6a380e62881ff2f2d82c68528aa6056583a48f3n,
    a: 0x7830a3318b603b89e2327145ac234cc594cbdd8d3df91610a83441caea9863bc2ded5d5aa8253aa10a2ef1c98b9ac8b57f1117a72bf2c7b9e7c1ac4d77fc94can,
    b: 0x3df91610a83441caea9863bc2ded5d5aa8253aa10a2ef1c98b9ac8b57f1117a72bf2c7b9e7c1ac4d77fc94cadc083e67984050b75ebae5dd2809bd638016f723n,
    x: 0x81aee4bdd82ed9645a21322e9c4c6a9385ed9f70b5d916c1b43b62eef4d0098eff3b1f78e2d0d48d50d1687b93b97d5f7c6d5047406a5e688b352209bcb9f822n,
    y: 0x7dde385d566332ecc0eabfa9cf7822fdf209f70024a57b1aa000c55b881f8111b2dcde494a5f485e5bca4bd88a2763aed1ca2b2fa8f0540678cd1e0f3ad80892n,
    order:
      0xaadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca70330870553e5c414ca92619418661197fac10471db1d381085ddaddb58796829ca90069n,
  }],
]);

/** The largest field in use is P-521's. */
const MAX_FIELD_BITS = 521;
const PRIME_FIELD = "1.2.840.10045.1.1";

/** A curve by its usual name. */
export function findCurve(name: string): Curve | undefined {
  return CURVES.get(name);
}

/** The usual name of a curve that was written out. */
export function findCurveName(curve: Curve): string | undefined {
  return [...CURVES].find(([, { p, a, b, x, y, order }]) =>
    p === curve.p && (a - curve.a) % p === 0n && b === curve.b && x === curve.x && y === curve.y &&
    order === curve.order
  )?.[0];
}

/**
 * A curve that is written out, which is how some Java and OpenSSL versions name them: RFC 3279 2.3.5.
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
 * @param file What is being opened, for messages
 * @returns The curve; `undefined` where it is not over a prime field
 */
export function readCurve(body: Uint8Array, file: string): Curve | undefined {
  const parameters = new Reader(body, file, "the curve's parameters");
  parameters.readInteger("version");
  const field = parameters.enterSequence("field");
  if (field.readOid("field type") !== PRIME_FIELD) return undefined;
  const p = field.readInteger("prime");
  const curve = parameters.enter(SEQUENCE, "curve");
  const a = toBigInt(curve.readOctets("a"));
  const b = toBigInt(curve.readOctets("b"));
  const base = parameters.readOctets("base");
  const order = parameters.readInteger("order");
  if (p < 5n || p.toString(2).length > MAX_FIELD_BITS || order < 2n || order > 2n * p) {
    return undefined;
  }
  const point = decodePoint(base, { p, a, b });
  return point && { p, a, b, ...point, order };
}

interface Point {
  readonly x: bigint;
  readonly y: bigint;
}

/** SEC 1 2.3.4: 04 || x || y. Or 02 or 03 || x, where y is a square root, which is only known for p = 3 mod 4. */
function decodePoint(
  octets: Uint8Array,
  { p, a, b }: Pick<Curve, "p" | "a" | "b">,
): Point | undefined {
  const form = octets[0];
  if (form === 4 && octets.length % 2 === 1) {
    const middle = (octets.length + 1) / 2;
    return { x: toBigInt(octets.subarray(1, middle)), y: toBigInt(octets.subarray(middle)) };
  }
  if ((form !== 2 && form !== 3) || p % 4n !== 3n) return undefined;
  const x = toBigInt(octets.subarray(1));
  const root = powerModulo(modulo(x ** 3n + a * x + b, p), (p + 1n) / 4n, p);
  return { x, y: Number(root & 1n) === (form & 1) ? root : p - root };
}

/**
 * Whether the public key is the private key's: the base point taken as often as the private key says.
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
  // x = X / Z^2 and y = Y / Z^3, without a division, which has no result where a hostile p is not a prime
  return modulo(expected.x * Z ** 2n - X, p) === 0n && modulo(expected.y * Z ** 3n - Y, p) === 0n;
}

/** A point in Jacobian coordinates; Z is 0 at infinity. */
type Jacobian = readonly [bigint, bigint, bigint];

/** Double and add, from the highest bit. */
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

/** base^exponent modulo p, by squares. */
export function powerModulo(base: bigint, exponent: bigint, p: bigint): bigint {
  let result = 1n;
  let square = base % p;
  for (let bits = exponent; bits > 0n; bits >>= 1n) {
    if (bits & 1n) result = result * square % p;
    square = square * square % p;
  }
  return result;
}

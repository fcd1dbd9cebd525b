/**
 * Verifies that a private key belongs to a certificate.
 *
 * The public key that a key file stores beside the private key proves nothing: the runtime signs
 * with the private key. So the numbers of the private key must be consistent and give the
 * certificate's public key, or the certificate must verify a signature of the private key.
 *
 * @module
 */
import { OBJECT_IDENTIFIER, SEQUENCE } from "../asn1/tags.ts";
import { bitLength, equalBytes, toBigInt } from "../crypto/bytes.ts";
import type { Opening } from "../encryption/opening.ts";
import { malformed } from "../errors.ts";
import { RSA_NAMES } from "../keys/algorithms.ts";
import type { PrivateKey } from "../keys/pkcs8.ts";
import { namePublicKey, nameRsaKey } from "../keys/public_key.ts";
import {
  readEcPrivateKey,
  readRsaPrivateKey,
  type RsaPrivateKey,
  writeEcPrivateKey,
} from "../keys/structures.ts";
import type { Certificate } from "../keys/x509.ts";

/** Costs in hash rounds. Two imports and a signature by WebCrypto take 0.3 to 2 ms. */
const SIGNATURE_ROUNDS = 10_000;
/** The products of an RSA key of 2048 bits take 0.02 ms. The cost grows with the square. */
const RSA_2048_ROUNDS = 100;
/** A point on a curve of 521 bits takes 30 ms, our longest. The cost grows with the cube. */
const POINT_521_ROUNDS = 150_000;

/**
 * True if the private key belongs to the certificate. Both must have the same algorithm.
 *
 * @param key The private key
 * @param certificate The certificate
 * @param opening The opening of the file, which pays for the verification
 * @returns `undefined` if this runtime cannot verify it
 */
export async function isKeyOf(
  key: PrivateKey,
  certificate: Certificate,
  opening: Opening,
): Promise<boolean | undefined> {
  const { file } = opening;
  if (RSA_NAMES.has(key.algorithm)) {
    return isRsaKeyOf(readRsaPrivateKey(key.secret, file), certificate, opening);
  }
  if (key.kind.family === "EC") return await isEcKeyOf(key, key.kind.curve, certificate, opening);
  // TLS has no signatures of other kinds, though Deno's WebCrypto verifies those of SLH-DSA.
  if (key.kind.family !== "other" || !/^(Ed|ML-DSA)/.test(key.kind.name)) return undefined;
  return await isSignerOf({ name: key.kind.name }, key.der, certificate, opening);
}

function isRsaKeyOf(key: RsaPrivateKey, certificate: Certificate, opening: Opening): boolean {
  const { algorithm, publicKey } = certificate;
  if (nameRsaKey(key) !== namePublicKey(algorithm, publicKey)) return false;
  opening.spend(Math.ceil(RSA_2048_ROUNDS * (bitLength(key.modulus) / 2048) ** 2));
  if (!isConsistent(key)) {
    throw malformed(opening.file, "the numbers of its RSA private key do not fit together");
  }
  return true;
}

/**
 * True if n is the product of the primes, e * d = 1 modulo each prime less one, and the CRT numbers
 * agree (RFC 8017, section 3.2). Deno before 2.9.6 ends the process on an inconsistent key.
 */
function isConsistent(key: RsaPrivateKey): boolean {
  const { modulus, publicExponent: e, privateExponent: d, primes, exponents, coefficient } = key;
  const [p, q] = primes;
  const [dp, dq] = exponents;
  return primes.every((prime) => prime > 2n) &&
    primes.reduce((product, prime) => product * prime, 1n) === modulus &&
    primes.every((prime) => (e * d) % (prime - 1n) === 1n) &&
    (e * dp) % (p - 1n) === 1n &&
    (e * dq) % (q - 1n) === 1n &&
    (coefficient * q) % p === 1n;
}

/** P-521 needs 66. Some programs write leading zeros. */
const MAX_SCALAR_OCTETS = 128;

/** The curves of both WebCrypto and TLS, and the length of their scalars in octets. */
export const SCALAR_OCTETS: ReadonlyMap<string, number> = new Map([
  ["P-256", 32],
  ["P-384", 48],
  ["P-521", 66],
]);

async function isEcKeyOf(
  key: PrivateKey,
  name: string | undefined,
  certificate: Certificate,
  opening: Opening,
): Promise<boolean | undefined> {
  const { file } = opening;
  const { scalar } = readEcPrivateKey(key.secret, file);
  const octets = SCALAR_OCTETS.get(name ?? "");
  const { publicKey } = certificate;
  const { parameters } = key;
  if (parameters === undefined) throw malformed(file, "its EC key does not name its curve");
  if (scalar.length > MAX_SCALAR_OCTETS) {
    const rule = `the number of its EC key must have <= ${MAX_SCALAR_OCTETS} bytes`;
    throw malformed(file, `${rule}: current value has ${scalar.length}`);
  }
  const hasSameName = parameters.tag === OBJECT_IDENTIFIER &&
    certificate.parameters !== undefined &&
    equalBytes(certificate.parameters.raw, parameters.raw);
  if (name !== undefined && octets !== undefined && hasSameName) {
    // The stored public key may be wrong, so the certificate's public key replaces it.
    const info = writeEcPrivateKey(parameters.raw, scalar, octets, publicKey);
    if (info === undefined) return false;
    const algorithm = { name: "ECDSA", namedCurve: name, hash: "SHA-256" };
    const isSigner = await isSignerOf(algorithm, info, certificate, opening);
    if (isSigner !== undefined) return isSigner;
  }
  const { findCurve } = await import("../keys/curve_parameters.ts");
  const { isPublicKeyOf, readCurve } = await import("../keys/curves.ts");
  const curve = name !== undefined
    ? findCurve(name)
    : parameters.tag === SEQUENCE
    ? readCurve(parameters.body, file)
    : undefined;
  if (curve) {
    opening.spend(Math.ceil(POINT_521_ROUNDS * (bitLength(curve.p) / 521) ** 3));
    await opening.takeTurn();
  }
  return curve && isPublicKeyOf(curve, toBigInt(scalar), publicKey);
}

/**
 * Any message suffices: nobody sees the signature. Workers reject randomness in the global scope.
 */
const MESSAGE = new Uint8Array(8);

async function isSignerOf(
  algorithm: { name: string; namedCurve?: string; hash?: string },
  privateKeyInfo: Uint8Array,
  certificate: Certificate,
  opening: Opening,
): Promise<boolean | undefined> {
  opening.spend(SIGNATURE_ROUNDS);
  const spki = new Uint8Array(certificate.subjectPublicKeyInfo);
  let verifier: CryptoKey;
  try {
    verifier = await crypto.subtle.importKey("spki", spki, algorithm, false, ["verify"]);
  } catch {
    return undefined;
  }
  const pkcs8 = new Uint8Array(privateKeyInfo);
  try {
    const signer = await crypto.subtle.importKey("pkcs8", pkcs8, algorithm, false, ["sign"]);
    const signature = await crypto.subtle.sign(algorithm, signer, MESSAGE);
    return await crypto.subtle.verify(algorithm, verifier, signature, MESSAGE);
  } catch {
    // WebCrypto imports ML-DSA keys only with their seed (RFC 9881, section 6).
    return algorithm.name.startsWith("ML-DSA") ? undefined : false;
  }
}

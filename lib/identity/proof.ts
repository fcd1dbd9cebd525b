/**
 * The proof that a private key is a certificate's.
 *
 * The public key that a key file stores beside the private one proves nothing: a runtime would sign with the
 * one and present the other. So the private key itself has to prove itself: its numbers fit together and give
 * the certificate's, or what it signs is verified by the certificate.
 *
 * @module
 */
import { OBJECT_IDENTIFIER, SEQUENCE } from "../asn1/tags.ts";
import { equalBytes, toBigInt } from "../crypto/bytes.ts";
import type { Opening } from "../encryption/opening.ts";
import { malformed } from "../errors.ts";
import { RSA_NAMES } from "../keys/algorithms.ts";
import type { PrivateKey } from "../keys/pkcs8.ts";
import {
  readEcPrivateKey,
  readRsaPrivateKey,
  type RsaPrivateKey,
  writeEcPrivateKey,
} from "../keys/structures.ts";
import type { Certificate } from "../keys/x509.ts";

/** What a proof costs, in hash rounds: a signature by WebCrypto takes 0.3 ms, our own arithmetic up to 20. */
const SIGNATURE_ROUNDS = 1000;
const ARITHMETIC_ROUNDS = 50_000;

/**
 * Whether the private key is the certificate's. Both must have the same algorithm.
 *
 * @param key The private key
 * @param certificate The certificate
 * @param opening What the file may cost; the proof is taken from it
 * @returns `undefined` where this runtime cannot tell
 */
export async function isKeyOf(
  key: PrivateKey,
  certificate: Certificate,
  opening: Opening,
): Promise<boolean | undefined> {
  const { file } = opening;
  if (RSA_NAMES.has(key.algorithm)) {
    return isRsaKeyOf(readRsaPrivateKey(key.secret, file), certificate.publicKey, file);
  }
  if (key.kind.family === "EC") return await isEcKeyOf(key, key.kind.curve, certificate, opening);
  if (key.kind.family !== "other") return undefined; // DSA: no runtime presents it
  return await isSignerOf({ name: key.kind.name }, key.der, certificate, opening);
}

function isRsaKeyOf(key: RsaPrivateKey, publicKey: Uint8Array, file: string): boolean {
  if (!equalBytes(key.publicKey, publicKey)) return false;
  if (!isConsistent(key)) {
    throw malformed(file, "the numbers of its RSA private key do not fit together");
  }
  return true;
}

/**
 * RFC 8017 3.2: n is the product of the primes, e * d = 1 modulo each prime less one, and the numbers
 * of the Chinese remainder theorem say the same. Deno before 2.9.6 ends the whole process over a key
 * where they do not.
 */
function isConsistent(key: RsaPrivateKey): boolean {
  const { modulus, publicExponent: e, privateExponent: d, primes, exponents, coefficient } = key;
  const [p = 0n, q = 0n] = primes;
  return primes.every((prime) => prime > 2n) &&
    primes.reduce((product, prime) => product * prime) === modulus &&
    primes.every((prime) => (e * d) % (prime - 1n) === 1n) &&
    exponents.every((exponent, i) => (e * exponent) % (primes[i]! - 1n) === 1n) &&
    (coefficient * q) % p === 1n;
}

const NOTHING = new Uint8Array(0);

/** The curves that WebCrypto and TLS have, and the octets of a scalar on them. */
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
  const { parameters, publicKey } = certificate;
  const named = key.parameters!.tag === OBJECT_IDENTIFIER &&
    equalBytes(parameters?.raw ?? NOTHING, key.parameters!.raw);
  if (octets !== undefined && named) {
    // with the certificate's public key, whatever the one is that is stored beside the scalar
    const info = writeEcPrivateKey(key.parameters!.raw, scalar, octets, publicKey);
    if (info === undefined) return false;
    const algorithm = { name: "ECDSA", namedCurve: name!, hash: "SHA-256" };
    const proof = await isSignerOf(algorithm, info, certificate, opening);
    if (proof !== undefined) return proof;
  }
  const { findCurve } = await import("../keys/curve_parameters.ts");
  const { isPublicKeyOf, readCurve } = await import("../keys/curves.ts");
  const curve = name !== undefined
    ? findCurve(name)
    : key.parameters!.tag === SEQUENCE
    ? readCurve(key.parameters!.body, file)
    : undefined;
  if (curve) opening.spend(ARITHMETIC_ROUNDS);
  return curve && isPublicKeyOf(curve, toBigInt(scalar), publicKey);
}

/** Any will do, since nobody else sees the signature; Workers refuse a random one in the global scope. */
const MESSAGE = new TextEncoder().encode("mc-mtls");

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
  try {
    const signer = await crypto.subtle.importKey(
      "pkcs8",
      new Uint8Array(privateKeyInfo),
      algorithm,
      false,
      ["sign"],
    );
    const signature = await crypto.subtle.sign(algorithm, signer, MESSAGE);
    return await crypto.subtle.verify(algorithm, verifier, signature, MESSAGE);
  } catch {
    return false;
  }
}

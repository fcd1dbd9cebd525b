/**
 * Which certificate belongs to which private key, and which certificates issued it.
 *
 * The public key that a key file stores beside the private one proves nothing: a runtime would sign with the
 * one and present the other. So the private key itself has to prove itself: its numbers fit together and give
 * the certificate's, or what it signs is verified by the certificate.
 *
 * @module
 */
import {
  BIT_STRING,
  context,
  encode,
  encodeOid,
  equalBytes,
  INTEGER,
  OBJECT_IDENTIFIER,
  OCTET_STRING,
  Reader,
  SEQUENCE,
  toBigInt,
  toHex,
} from "./asn1.ts";
import { isPublicKeyOf, namedCurve, power, readCurve } from "./curves.ts";
import { DSA, EC, RSA_NAMES } from "./key_types.ts";
import type { Budget } from "./pkcs12/limits.ts";
import type { FoundCertificate, FoundKey } from "./pkcs12/open.ts";
import { type PrivateKey, readEc, readRsa, type RsaPrivateKey } from "./pkcs8.ts";
import { malformed } from "./problems.ts";
import type { Certificate } from "./x509.ts";

/** The certificate of a key, and whether the key has proven that. */
export interface Leaf {
  readonly leaf: FoundCertificate | undefined;
  /** Whether this runtime could check at all. */
  readonly provable: boolean;
}

/** What a proof costs, in hash rounds: a signature by WebCrypto takes 0.3 ms, our own arithmetic up to 20. */
const SIGNATURE_ROUNDS = 1000;
const ARITHMETIC_ROUNDS = 50_000;

/**
 * The certificate of a private key, by its public key. Among several with the same public key, as renewed
 * certificates have, the one with the key's localKeyID, then the first one.
 *
 * @param found The private key
 * @param certificates Where to look
 * @param budget What the file may cost; proofs are taken from it
 */
export async function findLeaf(
  found: FoundKey,
  certificates: readonly FoundCertificate[],
  budget: Budget,
): Promise<Leaf> {
  const { key, localKeyId } = found;
  const named = ({ localKeyId: id }: FoundCertificate) =>
    !!id && !!localKeyId && equalBytes(id, localKeyId);
  const alike = certificates.filter(({ certificate }) => sameKind(key, certificate))
    .sort((a, b) => Number(named(b)) - Number(named(a)));
  // the public key that is stored with the private one says where to look, and no more
  const stored = storedPublicKey(key, budget.file);
  const likely = alike.filter(({ certificate }) =>
    stored && equalBytes(certificate.publicKey, stored)
  );
  for (const candidate of likely.length > 0 ? likely : alike) {
    const proof = await proves(key, candidate.certificate, budget);
    if (proof === undefined) return { leaf: likely[0] ?? alike.find(named), provable: false };
    if (proof) return { leaf: candidate, provable: true };
  }
  return { leaf: undefined, provable: true };
}

/** Whether key and certificate have the same algorithm. All kinds of RSA are one: the AlgorithmIdentifier alone differs. */
function sameKind(key: PrivateKey, certificate: Certificate): boolean {
  return key.algorithm === certificate.algorithm ||
    RSA_NAMES.has(key.algorithm) && RSA_NAMES.has(certificate.algorithm);
}

function storedPublicKey(key: PrivateKey, file: string): Uint8Array | undefined {
  if (RSA_NAMES.has(key.algorithm)) return readRsa(key.secret, file).publicKey;
  return key.algorithm === EC ? readEc(key.secret, file).publicKey : undefined;
}

/** Whether the private key is the certificate's; `undefined` where this runtime cannot tell. */
async function proves(
  key: PrivateKey,
  certificate: Certificate,
  budget: Budget,
): Promise<boolean | undefined> {
  const { file } = budget;
  if (RSA_NAMES.has(key.algorithm)) {
    return provesRsa(readRsa(key.secret, file), certificate.publicKey, file);
  }
  if (key.algorithm === EC) return await provesEc(key, certificate, budget);
  if (key.algorithm === DSA) return provesDsa(key, certificate.publicKey, budget);
  return await provesBySigning({ name: key.type }, key.der, certificate, budget);
}

function provesRsa(key: RsaPrivateKey, publicKey: Uint8Array, file: string): boolean {
  if (!equalBytes(key.publicKey, publicKey)) return false;
  if (!isConsistent(key)) {
    throw malformed(file, "the numbers of its RSA private key do not fit together");
  }
  return true;
}

/** RFC 8017 3.2: n is the product of the primes, and e * d = 1 modulo each prime less one. */
function isConsistent(
  { modulus, publicExponent, privateExponent, primes }: RsaPrivateKey,
): boolean {
  if (primes.some((prime) => prime <= 2n)) return false;
  if (primes.reduce((product, prime) => product * prime) !== modulus) {
    return false;
  }
  return primes.every((prime) => (publicExponent * privateExponent) % (prime - 1n) === 1n);
}

/** FIPS 186-4 4.2: the largest subgroup order in use has 256 bits. */
const MAX_DSA_ORDER = 1n << 512n;

/** FIPS 186-4 4.1: the public key y is g^x mod p, where 0 < x < q. */
function provesDsa(key: PrivateKey, publicKey: Uint8Array, budget: Budget): boolean {
  budget.spend(ARITHMETIC_ROUNDS);
  const parameters = new Reader(key.parameters!.body, budget.file, "the DSA key");
  const [p, q, g] = [parameters.integer("p"), parameters.integer("q"), parameters.integer("g")];
  const x = new Reader(key.secret, budget.file, "the DSA key").integer("x");
  const y = new Reader(publicKey, budget.file, "the certificate's public key").integer("y");
  if (p < 3n || q > MAX_DSA_ORDER || x < 1n || x >= q) {
    throw malformed(budget.file, "the numbers of its DSA private key do not fit together");
  }
  return power(g, x, p) === y;
}

const NOTHING = new Uint8Array(0);

/** The curves that WebCrypto has, and the octets of a scalar on them. */
const WEBCRYPTO_CURVES: ReadonlyMap<string, number> = new Map([["P-256", 32], [
  "P-384",
  48,
], ["P-521", 66]]);

async function provesEc(
  key: PrivateKey,
  certificate: Certificate,
  budget: Budget,
): Promise<boolean | undefined> {
  const { file } = budget;
  const scalar = toBigInt(readEc(key.secret, file).scalar);
  const name = key.type.replace("EC ", "");
  const octets = WEBCRYPTO_CURVES.get(name);
  const named = key.parameters!.tag === OBJECT_IDENTIFIER &&
    equalBytes(certificate.parameters?.raw ?? NOTHING, key.parameters!.raw);
  if (octets !== undefined && named) {
    const proof = await provesEcdsa(
      key,
      scalar,
      { name: "ECDSA", namedCurve: name, hash: "SHA-256" },
      octets,
      certificate,
      budget,
    );
    if (proof !== undefined) return proof;
  }
  const curve = namedCurve(name) ??
    (key.parameters!.tag === SEQUENCE ? readCurve(key.parameters!.body, file) : undefined);
  if (curve) budget.spend(ARITHMETIC_ROUNDS);
  return curve && isPublicKeyOf(curve, scalar, certificate.publicKey);
}

/** By a signature with the scalar alone, without the public key that is stored beside it. */
async function provesEcdsa(
  key: PrivateKey,
  scalar: bigint,
  algorithm: { name: string; namedCurve: string; hash: string },
  octets: number,
  certificate: Certificate,
  budget: Budget,
): Promise<boolean | undefined> {
  // some writers leave leading zeros out
  const padded = encodeScalar(scalar, octets);
  if (!padded) return false;
  const bare = encode(
    SEQUENCE,
    encode(INTEGER, Uint8Array.of(1)),
    encode(OCTET_STRING, padded),
    encode(context(1), encode(BIT_STRING, Uint8Array.of(0), certificate.publicKey)),
  );
  const info = encode(
    SEQUENCE,
    encode(INTEGER, Uint8Array.of(0)),
    encode(SEQUENCE, encodeOid(EC), key.parameters!.raw),
    encode(OCTET_STRING, bare),
  );
  return await provesBySigning(algorithm, info, certificate, budget);
}

function encodeScalar(value: bigint, octets: number): Uint8Array | undefined {
  const digits = value.toString(16).padStart(2 * octets, "0");
  return digits.length > 2 * octets
    ? undefined
    : Uint8Array.from(digits.match(/../g)!, (pair) => parseInt(pair, 16));
}

async function provesBySigning(
  algorithm: { name: string; namedCurve?: string; hash?: string },
  privateKeyInfo: Uint8Array,
  certificate: Certificate,
  budget: Budget,
): Promise<boolean | undefined> {
  budget.spend(SIGNATURE_ROUNDS);
  const spki = new Uint8Array(certificate.subjectPublicKeyInfo);
  let verifier: CryptoKey;
  try {
    verifier = await crypto.subtle.importKey("spki", spki, algorithm, false, [
      "verify",
    ]);
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
    const message = crypto.getRandomValues(new Uint8Array(32));
    const signature = await crypto.subtle.sign(algorithm, signer, message);
    return await crypto.subtle.verify(algorithm, verifier, signature, message);
  } catch {
    return false;
  }
}

/** OpenSSL verifies chains of up to 100; real ones have two to five certificates. */
const MAX_CHAIN = 16;

/** Certificates by their subject, for `buildChain`. */
export type BySubject = ReadonlyMap<string, readonly Certificate[]>;

/** Certificates by their subject. */
export function bySubject(certificates: readonly FoundCertificate[]): BySubject {
  const index = new Map<string, Certificate[]>();
  for (const { certificate } of certificates) {
    const name = toHex(certificate.subject);
    index.set(name, [...index.get(name) ?? [], certificate]);
  }
  return index;
}

/**
 * The issuers of a certificate, nearest first, as far as they are there. Names connect them, key identifiers
 * decide between several of the same name. A root is included where the file has it: whoever wrote the file
 * meant it to be sent, and a server skips what it already has.
 *
 * @param leaf The certificate
 * @param certificates Where to look
 */
export function buildChain(leaf: Certificate, certificates: BySubject): Certificate[] {
  const chain: Certificate[] = [];
  for (let last = leaf; chain.length < MAX_CHAIN && !equalBytes(last.issuer, last.subject);) {
    const issuers = (certificates.get(toHex(last.issuer)) ?? [])
      .filter(({ der }) => ![leaf, ...chain].some((used) => equalBytes(der, used.der)));
    const { authorityKeyId } = last;
    const issuer = issuers.find(({ subjectKeyId }) =>
      subjectKeyId && authorityKeyId && equalBytes(subjectKeyId, authorityKeyId)
    ) ?? issuers[0];
    if (!issuer) {
      break;
    }
    chain.push(issuer);
    last = issuer;
  }
  return chain;
}

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
} from "./asn1.ts";
import { isPublicKeyOf, namedCurve, power, readCurve } from "./curves.ts";
import { DSA, EC, RSA_NAMES } from "./key_types.ts";
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

/**
 * The certificate of a private key, by its public key. Among several with the same public key, as renewed
 * certificates have, the one with the key's localKeyID, then the first one.
 *
 * @param found The private key
 * @param certificates Where to look
 * @param file What is being opened, for messages
 */
export async function findLeaf(
  found: FoundKey,
  certificates: readonly FoundCertificate[],
  file: string,
): Promise<Leaf> {
  const { key, localKeyId } = found;
  const named = ({ localKeyId: id }: FoundCertificate) =>
    !!id && !!localKeyId && equalBytes(id, localKeyId);
  const candidates = certificates.filter(({ certificate }) => sameKind(key, certificate));
  // the likeliest first, so that as a rule one proof is enough
  const stored = storedPublicKey(key, file);
  const likely = ({ certificate }: FoundCertificate) =>
    !!stored && equalBytes(certificate.publicKey, stored);
  const rank = (one: FoundCertificate) => (likely(one) ? 0 : 2) + (named(one) ? 0 : 1);
  const ordered = [...candidates].sort((a, b) => rank(a) - rank(b));
  for (const candidate of ordered) {
    const proof = await proves(key, candidate.certificate, file);
    if (proof === undefined) {
      return {
        leaf: ordered.find(likely) ?? ordered.find(named),
        provable: false,
      };
    }
    if (proof) return { leaf: candidate, provable: true };
  }
  return { leaf: undefined, provable: true };
}

/** Whether key and certificate have the same algorithm. All kinds of RSA are one: the AlgorithmIdentifier alone differs. */
function sameKind(key: PrivateKey, certificate: Certificate): boolean {
  return key.algorithm === certificate.algorithm ||
    RSA_NAMES.has(key.algorithm) && RSA_NAMES.has(certificate.algorithm);
}

function storedPublicKey(
  key: PrivateKey,
  file: string,
): Uint8Array | undefined {
  return key.algorithm === EC ? readEc(key.secret, file).publicKey : undefined;
}

/** Whether the private key is the certificate's; `undefined` where this runtime cannot tell. */
async function proves(
  key: PrivateKey,
  certificate: Certificate,
  file: string,
): Promise<boolean | undefined> {
  if (RSA_NAMES.has(key.algorithm)) {
    return provesRsa(readRsa(key.secret, file), certificate.publicKey, file);
  }
  if (key.algorithm === EC) return await provesEc(key, certificate, file);
  if (key.algorithm === DSA) return provesDsa(key, certificate.publicKey, file);
  return await provesBySigning({ name: key.type }, key.der, certificate);
}

/**
 *     RSAPublicKey ::= SEQUENCE {
 *         modulus         INTEGER,
 *         publicExponent  INTEGER
 *     }
 */
function provesRsa(
  key: RsaPrivateKey,
  publicKey: Uint8Array,
  file: string,
): boolean {
  const certified = new Reader(
    publicKey,
    file,
    "the certificate's public key",
    "DER",
  ).sequence("RSAPublicKey");
  const modulus = certified.integer("modulus");
  const exponent = certified.integer("public exponent");
  if (modulus !== key.modulus || exponent !== key.publicExponent) return false;
  if (!isConsistent(key)) {
    throw malformed(
      file,
      "the numbers of its RSA private key do not fit together",
    );
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

/** FIPS 186-4 4.1: the public key y is g^x mod p. */
function provesDsa(
  key: PrivateKey,
  publicKey: Uint8Array,
  file: string,
): boolean {
  const parameters = new Reader(key.parameters!.body, file, "the DSA key");
  const [p, , g] = [
    parameters.integer("p"),
    parameters.integer("q"),
    parameters.integer("g"),
  ];
  const x = new Reader(key.secret, file, "the DSA key").integer("x");
  const y = new Reader(publicKey, file, "the certificate's public key").integer(
    "y",
  );
  if (p < 3n || x < 1n || x >= p) {
    throw malformed(
      file,
      "the numbers of its DSA private key do not fit together",
    );
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
  file: string,
): Promise<boolean | undefined> {
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
    );
    if (proof !== undefined) return proof;
  }
  const curve = namedCurve(name) ??
    (key.parameters!.tag === SEQUENCE ? readCurve(key.parameters!.body, file) : undefined);
  return curve && isPublicKeyOf(curve, scalar, certificate.publicKey);
}

/** By a signature with the scalar alone, without the public key that is stored beside it. */
async function provesEcdsa(
  key: PrivateKey,
  scalar: bigint,
  algorithm: { name: string; namedCurve: string; hash: string },
  octets: number,
  certificate: Certificate,
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
  return await provesBySigning(algorithm, info, certificate);
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
): Promise<boolean | undefined> {
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

/**
 * The issuers of a certificate, nearest first, as far as they are there. Names connect them, key identifiers
 * decide between several of the same name. A root is included where the file has it: whoever wrote the file
 * meant it to be sent, and a server skips what it already has.
 *
 * @param leaf The certificate
 * @param certificates Where to look
 */
export function buildChain(
  leaf: Certificate,
  certificates: readonly Certificate[],
): Certificate[] {
  const chain: Certificate[] = [];
  const used = new Set([leaf]);
  for (let last = leaf; !equalBytes(last.issuer, last.subject);) {
    const issuers = certificates.filter((one) =>
      equalBytes(one.subject, last.issuer) &&
      ![...used].some(({ der }) => equalBytes(der, one.der))
    );
    const { authorityKeyId } = last;
    const issuer = issuers.find(({ subjectKeyId }) =>
      subjectKeyId && authorityKeyId && equalBytes(subjectKeyId, authorityKeyId)
    ) ?? issuers[0];
    if (!issuer) {
      break;
    }
    chain.push(issuer);
    used.add(issuer);
    last = issuer;
  }
  return chain;
}

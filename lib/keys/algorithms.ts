/**
 * Kinds of keys, and their usual names.
 *
 * @module
 */
import { bitLength } from "../crypto/bytes.ts";

/** Kind of a key. */
export type KeyKind =
  | {
    readonly family: "RSA";
    /** "RSA", or the scheme that the key is restricted to. */
    readonly scheme: string;
    readonly bits: number;
    readonly primes: number;
    readonly publicExponent: bigint;
  }
  | {
    readonly family: "EC";
    /** The curve's usual name; `undefined` if the curve is written out and has no name. */
    readonly curve: string | undefined;
  }
  | { readonly family: "DSA"; readonly bits: number }
  | {
    readonly family: "other";
    /** The full name, such as "Ed25519". */
    readonly name: string;
  };

/** BoringSSL and its forks accept public exponents of up to 33 bits. */
const MAX_PUBLIC_EXPONENT = (1n << 33n) - 1n;

/** True if an RSA key has an exponent and a number of primes that TLS implementations accept. */
export function isUsualRsa(kind: KeyKind): boolean {
  if (kind.family !== "RSA") return false;
  const { primes, publicExponent } = kind;
  return primes === 2 && publicExponent >= 3n && publicExponent <= MAX_PUBLIC_EXPONENT;
}

/** Describes a kind of key for a person: "RSA 2048", "EC P-256", "Ed25519". */
export function describeKey(kind: KeyKind): string {
  if (kind.family === "EC") return `EC ${kind.curve ?? "(explicit parameters)"}`;
  if (kind.family === "DSA") return `DSA ${kind.bits}`;
  if (kind.family === "other") return kind.name;
  const { scheme, bits, primes, publicExponent } = kind;
  const unusual = [
    ...primes > 2 ? [`${primes} primes`] : [],
    ...publicExponent < 3n || publicExponent > MAX_PUBLIC_EXPONENT
      ? [`a public exponent of ${bitLength(publicExponent)} bits`]
      : [],
  ];
  return [`${scheme} ${bits}`, ...unusual].join(" with ");
}

export const RSA = "1.2.840.113549.1.1.1";
const RSA_PSS = "1.2.840.113549.1.1.10";
export const DSA = "1.2.840.10040.4.1";
export const EC = "1.2.840.10045.2.1";

/** RSA and its schemes. The keys are alike; a certificate may restrict its key to one scheme. */
export const RSA_NAMES: ReadonlyMap<string, string> = new Map([
  [RSA, "RSA"],
  [RSA_PSS, "RSA-PSS"],
  ["1.2.840.113549.1.1.7", "RSAES-OAEP"],
]);

/** Algorithms with the size or the curve in the identifier. */
export const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ["1.3.101.110", "X25519"],
  ["1.3.101.111", "X448"],
  ["1.3.101.112", "Ed25519"],
  ["1.3.101.113", "Ed448"],
  ["1.2.840.113549.1.3.1", "DH"],
  ["1.2.840.10046.2.1", "X9.42 DH"],
  ["1.2.643.2.2.19", "GOST R 34.10-2001"],
  ["1.2.643.7.1.1.1.1", "GOST R 34.10-2012 256"],
  ["1.2.643.7.1.1.1.2", "GOST R 34.10-2012 512"],
  ["2.16.840.1.101.3.4.3.17", "ML-DSA-44"],
  ["2.16.840.1.101.3.4.3.18", "ML-DSA-65"],
  ["2.16.840.1.101.3.4.3.19", "ML-DSA-87"],
  ["2.16.840.1.101.3.4.4.1", "ML-KEM-512"],
  ["2.16.840.1.101.3.4.4.2", "ML-KEM-768"],
  ["2.16.840.1.101.3.4.4.3", "ML-KEM-1024"],
]);

/**
 * Named elliptic curves: those of NIST by NIST's names, others by the names of SEC 2 and RFC 5639.
 */
export const CURVE_NAMES: ReadonlyMap<string, string> = new Map([
  ["1.2.840.10045.3.1.1", "P-192"],
  ["1.3.132.0.33", "P-224"],
  ["1.2.840.10045.3.1.7", "P-256"],
  ["1.3.132.0.34", "P-384"],
  ["1.3.132.0.35", "P-521"],
  ["1.3.132.0.10", "secp256k1"],
  ["1.3.132.0.6", "secp112r1"],
  ["1.3.132.0.7", "secp112r2"],
  ["1.3.132.0.28", "secp128r1"],
  ["1.3.132.0.29", "secp128r2"],
  ["1.3.132.0.9", "secp160k1"],
  ["1.3.132.0.8", "secp160r1"],
  ["1.3.132.0.30", "secp160r2"],
  ["1.3.132.0.31", "secp192k1"],
  ["1.3.132.0.32", "secp224k1"],
  ["1.3.132.0.1", "sect163k1"],
  ["1.3.132.0.2", "sect163r1"],
  ["1.3.132.0.15", "sect163r2"],
  ["1.3.132.0.24", "sect193r1"],
  ["1.3.132.0.25", "sect193r2"],
  ["1.3.132.0.26", "sect233k1"],
  ["1.3.132.0.27", "sect233r1"],
  ["1.3.132.0.3", "sect239k1"],
  ["1.3.132.0.16", "sect283k1"],
  ["1.3.132.0.17", "sect283r1"],
  ["1.3.132.0.36", "sect409k1"],
  ["1.3.132.0.37", "sect409r1"],
  ["1.3.132.0.38", "sect571k1"],
  ["1.3.132.0.39", "sect571r1"],
  ["1.3.36.3.3.2.8.1.1.1", "brainpoolP160r1"],
  ["1.3.36.3.3.2.8.1.1.2", "brainpoolP160t1"],
  ["1.3.36.3.3.2.8.1.1.3", "brainpoolP192r1"],
  ["1.3.36.3.3.2.8.1.1.4", "brainpoolP192t1"],
  ["1.3.36.3.3.2.8.1.1.5", "brainpoolP224r1"],
  ["1.3.36.3.3.2.8.1.1.6", "brainpoolP224t1"],
  ["1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1"],
  ["1.3.36.3.3.2.8.1.1.8", "brainpoolP256t1"],
  ["1.3.36.3.3.2.8.1.1.9", "brainpoolP320r1"],
  ["1.3.36.3.3.2.8.1.1.10", "brainpoolP320t1"],
  ["1.3.36.3.3.2.8.1.1.11", "brainpoolP384r1"],
  ["1.3.36.3.3.2.8.1.1.12", "brainpoolP384t1"],
  ["1.3.36.3.3.2.8.1.1.13", "brainpoolP512r1"],
  ["1.3.36.3.3.2.8.1.1.14", "brainpoolP512t1"],
  ["1.2.156.10197.1.301", "SM2"],
]);

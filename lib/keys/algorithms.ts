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
    /**
     * The curve's usual name, or its object identifier if it is unknown; `undefined` if the curve
     * is written out and has no name.
     */
    readonly curve: string | undefined;
  }
  | { readonly family: "DSA"; readonly bits: number }
  | {
    readonly family: "other";
    /** The full name, such as "Ed25519", or the object identifier if it is unknown. */
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

/**
 * What is inside of a private key: RSA (RFC 8017 A.1.2) and EC (RFC 5915).
 *
 * @module
 */
import { context, type Element, Reader, SEQUENCE } from "./asn1.ts";
import { encode } from "./der.ts";
import { malformed } from "./problems.ts";

/** The numbers of an RSA private key. */
export interface RsaPrivateKey {
  readonly modulus: bigint;
  /** The RSAPublicKey that belongs to it: `SEQUENCE { modulus INTEGER, publicExponent INTEGER }` */
  readonly publicKey: Uint8Array;
  readonly publicExponent: bigint;
  readonly privateExponent: bigint;
  readonly primes: readonly bigint[];
}

/**
 *     RSAPrivateKey ::= SEQUENCE {
 *         version          INTEGER { two-prime(0), multi(1) },
 *         modulus          INTEGER,  -- n
 *         publicExponent   INTEGER,  -- e
 *         privateExponent  INTEGER,  -- d
 *         prime1           INTEGER,  -- p
 *         prime2           INTEGER,  -- q
 *         exponent1        INTEGER,  -- d mod (p-1)
 *         exponent2        INTEGER,  -- d mod (q-1)
 *         coefficient      INTEGER,  -- (inverse of q) mod p
 *         otherPrimeInfos  SEQUENCE OF SEQUENCE { prime, exponent, coefficient } OPTIONAL
 *     }
 *
 * @param bytes RSAPrivateKey
 * @param file What is being opened, for messages
 */
export function readRsa(bytes: Uint8Array, file: string): RsaPrivateKey {
  const outer = new Reader(bytes, file, "the RSA key", "DER");
  const key = outer.sequence("RSAPrivateKey");
  outer.end();
  key.integer("version");
  const start = key.rest;
  const modulus = key.integer("modulus");
  const publicExponent = key.integer("public exponent");
  const publicKey = encode(SEQUENCE, start.subarray(0, start.length - key.rest.length));
  const privateExponent = key.integer("private exponent");
  const primes = [key.integer("prime 1"), key.integer("prime 2")];
  for (const field of ["exponent 1", "exponent 2", "coefficient"]) {
    key.integer(field);
  }
  const others = key.tag === SEQUENCE ? key.sequence("other primes") : undefined;
  while (others?.tag !== undefined) {
    primes.push(others.sequence("other prime").integer("prime"));
  }
  key.end();
  if (modulus <= 0n) {
    throw malformed(file, "the modulus of its RSA key must be positive");
  }
  return { modulus, publicKey, publicExponent, privateExponent, primes };
}

/** The fields of an ECPrivateKey. */
export interface EcPrivateKey {
  readonly scalar: Uint8Array;
  readonly parameters?: Element;
  /** The public key that is stored with it: not proven to belong to it. */
  readonly publicKey?: Uint8Array;
}

export function readEc(bytes: Uint8Array, file: string): EcPrivateKey {
  const outer = new Reader(bytes, file, "the EC key", "DER");
  const key = outer.sequence("ECPrivateKey");
  outer.end();
  const version = key.integer("version");
  if (version !== 1n) {
    throw malformed(
      file,
      `the version of ECPrivateKey must be 1: current value is ${version}`,
    );
  }
  const scalar = key.octets("private key");
  const parameters = key.tag === context(0)
    ? key.enter(context(0), "parameters").any("curve")
    : undefined;
  const publicKey = key.tag === context(1)
    ? key.enter(context(1), "public key").bits("public key")
    : undefined;
  key.end();
  return {
    scalar,
    ...(parameters && { parameters }),
    ...(publicKey && { publicKey }),
  };
}

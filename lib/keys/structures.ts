/**
 * The structures in private keys of RSA (RFC 8017, section A.1.2) and EC (RFC 5915, section 3).
 *
 * @module
 */
import { type Element, Reader } from "../asn1/reader.ts";
import { BIT_STRING, contextTag, INTEGER, OCTET_STRING, SEQUENCE } from "../asn1/tags.ts";
import { writeElement, writeOid, writeSequence } from "../asn1/writer.ts";
import { malformed } from "../errors.ts";
import { EC } from "./algorithms.ts";
import { showValue } from "../show.ts";

/** OpenSSL has the same limit. Almost all keys have two primes. */
const MAX_PRIMES = 5;

/** Numbers of an RSA private key. */
export interface RsaPrivateKey {
  readonly modulus: bigint;
  /** The matching RSAPublicKey: `SEQUENCE { modulus INTEGER, publicExponent INTEGER }` */
  readonly publicKey: Uint8Array;
  readonly publicExponent: bigint;
  readonly privateExponent: bigint;
  readonly primes: readonly [bigint, bigint, ...bigint[]];
  /** d modulo (p - 1) and d modulo (q - 1), for the first two primes p and q. */
  readonly exponents: readonly [bigint, bigint];
  /** The inverse of q modulo p. */
  readonly coefficient: bigint;
}

/**
 * Reads an RSAPrivateKey.
 *
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
 * @param file The file's name in messages
 */
export function readRsaPrivateKey(bytes: Uint8Array, file: string): RsaPrivateKey {
  const outer = new Reader(bytes, file, "the RSA key", "DER");
  const key = outer.enterSequence("RSAPrivateKey");
  outer.expectEnd();
  key.readInteger("version");
  const start = key.rest;
  const modulus = key.readInteger("modulus");
  const publicExponent = key.readInteger("public exponent");
  const publicKey = writeSequence(start.subarray(0, start.length - key.rest.length));
  const privateExponent = key.readInteger("private exponent");
  const [p, q] = [key.readInteger("prime 1"), key.readInteger("prime 2")] as const;
  const exponents = [key.readInteger("exponent 1"), key.readInteger("exponent 2")] as const;
  const coefficient = key.readInteger("coefficient");
  const others = key.tag === SEQUENCE ? key.enterSequence("other primes") : undefined;
  const otherPrimes: bigint[] = [];
  while (others?.tag !== undefined) {
    if (otherPrimes.length === MAX_PRIMES - 2) {
      throw malformed(file, `its RSA key must have <= ${MAX_PRIMES} primes`);
    }
    otherPrimes.push(others.enterSequence("other prime").readInteger("prime"));
  }
  key.expectEnd();
  if (modulus <= 0n) {
    throw malformed(file, "the modulus of its RSA key must be positive");
  }
  const primes = [p, q, ...otherPrimes] as const;
  return { modulus, publicKey, publicExponent, privateExponent, primes, exponents, coefficient };
}

/** Fields of an ECPrivateKey. */
interface EcPrivateKey {
  readonly scalar: Uint8Array;
  readonly parameters?: Element;
  /** The stored public key. It may belong to another private key. */
  readonly publicKey?: Uint8Array;
}

/** Reads an ECPrivateKey. `pkcs8.ts` has its ASN.1. */
export function readEcPrivateKey(bytes: Uint8Array, file: string): EcPrivateKey {
  const outer = new Reader(bytes, file, "the EC key", "DER");
  const key = outer.enterSequence("ECPrivateKey");
  outer.expectEnd();
  const version = key.readInteger("version");
  if (version !== 1n) {
    throw malformed(
      file,
      `the version of ECPrivateKey must be 1: current value is ${showValue(version)}`,
    );
  }
  const scalar = key.readOctets("private key");
  const parameters = key.tag === contextTag(0)
    ? key.enter(contextTag(0), "parameters").readAny("curve")
    : undefined;
  const publicKey = key.tag === contextTag(1)
    ? key.enter(contextTag(1), "public key").readBits("public key")
    : undefined;
  key.expectEnd();
  return {
    scalar,
    ...(parameters && { parameters }),
    ...(publicKey && { publicKey }),
  };
}

/** The first octet of a point that is not compressed (SEC 1, section 2.3.3). */
const UNCOMPRESSED = 0x04;

/**
 * Writes an EC key with its public key.
 *
 * @param curve ECParameters
 * @param scalar The private key
 * @param octets The length of a scalar on this curve. Some programs omit leading zeros
 * @param publicKey The point. A compressed point is omitted
 * @returns PrivateKeyInfo, or `undefined` if the scalar is too long for the curve
 */
export function writeEcPrivateKey(
  curve: Uint8Array,
  scalar: Uint8Array,
  octets: number,
  publicKey: Uint8Array,
): Uint8Array<ArrayBuffer> | undefined {
  const digits = scalar.subarray(scalar.findIndex((octet) => octet !== 0));
  if (digits.length > octets) return undefined;
  const padded = new Uint8Array(octets);
  padded.set(digits, octets - digits.length);
  const point = publicKey[0] === UNCOMPRESSED
    ? [writeElement(contextTag(1), writeElement(BIT_STRING, Uint8Array.of(0), publicKey))]
    : [];
  const key = writeSequence(
    writeElement(INTEGER, Uint8Array.of(1)),
    writeElement(OCTET_STRING, padded),
    ...point,
  );
  return writeSequence(
    writeElement(INTEGER, Uint8Array.of(0)),
    writeSequence(writeOid(EC), curve),
    writeElement(OCTET_STRING, key),
  );
}

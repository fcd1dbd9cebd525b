/**
 * What is inside of a private key: RSA (RFC 8017 A.1.2) and EC (RFC 5915).
 *
 * @module
 */
import { type Element, Reader } from "../asn1/reader.ts";
import { BIT_STRING, contextTag, INTEGER, OCTET_STRING, SEQUENCE } from "../asn1/tags.ts";
import { writeElement, writeOid, writeSequence } from "../asn1/writer.ts";
import { malformed } from "../errors.ts";
import { EC } from "./algorithms.ts";

/** The numbers of an RSA private key. */
export interface RsaPrivateKey {
  readonly modulus: bigint;
  /** The RSAPublicKey that belongs to it: `SEQUENCE { modulus INTEGER, publicExponent INTEGER }` */
  readonly publicKey: Uint8Array;
  readonly publicExponent: bigint;
  readonly privateExponent: bigint;
  readonly primes: readonly bigint[];
  /** d modulo each of the first two primes less one. */
  readonly exponents: readonly bigint[];
  /** The inverse of the second prime modulo the first. */
  readonly coefficient: bigint;
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
  const primes = [key.readInteger("prime 1"), key.readInteger("prime 2")];
  const exponents = [key.readInteger("exponent 1"), key.readInteger("exponent 2")];
  const coefficient = key.readInteger("coefficient");
  const others = key.tag === SEQUENCE ? key.enterSequence("other primes") : undefined;
  while (others?.tag !== undefined) {
    primes.push(others.enterSequence("other prime").readInteger("prime"));
  }
  key.expectEnd();
  if (modulus <= 0n) {
    throw malformed(file, "the modulus of its RSA key must be positive");
  }
  return {
    ...{ modulus, publicKey, publicExponent, privateExponent },
    ...{ primes, exponents, coefficient },
  };
}

/** The fields of an ECPrivateKey. */
export interface EcPrivateKey {
  readonly scalar: Uint8Array;
  readonly parameters?: Element;
  /** The public key that is stored with it: not proven to belong to it. */
  readonly publicKey?: Uint8Array;
}

export function readEcPrivateKey(bytes: Uint8Array, file: string): EcPrivateKey {
  const outer = new Reader(bytes, file, "the EC key", "DER");
  const key = outer.enterSequence("ECPrivateKey");
  outer.expectEnd();
  const version = key.readInteger("version");
  if (version !== 1n) {
    throw malformed(file, `the version of ECPrivateKey must be 1: current value is ${version}`);
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

/** The octet that a point starts with that is not compressed: SEC 1, 2.3.3. */
const UNCOMPRESSED = 0x04;

/**
 * Writes an EC key with the public key that it has proven to have.
 *
 * @param curve ECParameters
 * @param scalar The private key
 * @param octets The length of a scalar on this curve; some writers leave leading zeros out
 * @param publicKey The point; left out where it is compressed
 * @returns PrivateKeyInfo, or `undefined` where the scalar is too long for the curve
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

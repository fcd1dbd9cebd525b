/**
 * The structures in private keys of RSA (RFC 8017, section A.1.2) and EC (RFC 5915, section 3).
 *
 * @module
 */
import { type Element, Reader } from "../asn1/reader.ts";
import { BIT_STRING, contextTag, INTEGER, OCTET_STRING, SEQUENCE } from "../asn1/tags.ts";
import {
  writeElement,
  writeInteger,
  writeOctets,
  writeOid,
  writeSequence,
} from "../asn1/writer.ts";
import { malformed } from "../errors.ts";
import { EC } from "./algorithms.ts";
import { showValue } from "../show.ts";

/** OpenSSL has the same limit. Almost all keys have two primes. */
const MAX_PRIMES = 5;

/** Numbers of an RSA private key. */
export interface RsaPrivateKey {
  /** The RSAPrivateKey in DER. */
  readonly der: Uint8Array;
  readonly modulus: bigint;
  readonly publicExponent: bigint;
  readonly privateExponent: bigint;
  readonly primes: readonly [bigint, bigint, ...bigint[]];
  /** d modulo (p - 1) and d modulo (q - 1), for the first two primes p and q. */
  readonly exponents: readonly [bigint, bigint];
  /** The inverse of q modulo p. */
  readonly coefficient: bigint;
}

/**
 * Reads an RSAPrivateKey. Some programs write its numbers with leading zeros or longer lengths than
 * DER allows. OpenSSL accepts those, but BoringSSL and Rust's TLS do not.
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
  const outer = new Reader(bytes, file, "the RSA key");
  const key = outer.enterSequence("RSAPrivateKey");
  outer.expectEnd();
  const version = key.readInteger("version");
  const modulus = key.readInteger("modulus");
  const publicExponent = key.readInteger("public exponent");
  const privateExponent = key.readInteger("private exponent");
  const [p, q] = [key.readInteger("prime 1"), key.readInteger("prime 2")] as const;
  const exponents = [key.readInteger("exponent 1"), key.readInteger("exponent 2")] as const;
  const coefficient = key.readInteger("coefficient");
  const { rest } = key;
  const others = key.tag === SEQUENCE ? key.enterSequence("other primes") : undefined;
  const otherPrimes: bigint[] = [];
  while (others?.tag !== undefined) {
    if (otherPrimes.length === MAX_PRIMES - 2) {
      throw malformed(file, `its RSA key must have <= ${MAX_PRIMES} primes`);
    }
    otherPrimes.push(others.enterSequence("other prime").readInteger("prime"));
  }
  key.expectEnd();
  const numbers = [modulus, publicExponent, privateExponent, p, q, ...exponents, coefficient];
  if (modulus === 0n || [version, ...numbers].some((number) => number < 0n)) {
    throw malformed(file, "the numbers of its RSA key must be positive");
  }
  const der = writeSequence(...[version, ...numbers].map(writeInteger), rest);
  const primes = [p, q, ...otherPrimes] as const;
  return { der, modulus, publicExponent, privateExponent, primes, exponents, coefficient };
}

/** Fields of an ECPrivateKey. */
interface EcPrivateKey {
  /** The ECPrivateKey in DER. */
  readonly der: Uint8Array;
  readonly scalar: Uint8Array;
  readonly parameters?: Element;
  /** The stored public key. It may belong to another private key. */
  readonly publicKey?: Uint8Array;
}

/** Reads an ECPrivateKey. `pkcs8.ts` has its ASN.1. */
export function readEcPrivateKey(bytes: Uint8Array, file: string): EcPrivateKey {
  const outer = new Reader(bytes, file, "the EC key");
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
    ? key.enter(contextTag(0), "parameters").readValue("curve")
    : undefined;
  const publicKey = key.tag === contextTag(1)
    ? key.enter(contextTag(1), "public key").readBits("public key")
    : undefined;
  key.expectEnd();
  const der = writeSequence(
    writeInteger(1),
    writeOctets(scalar),
    ...parameters ? [writeElement(contextTag(0), parameters.raw)] : [],
    ...publicKey ? [writePoint(publicKey)] : [],
  );
  return {
    der,
    scalar,
    ...(parameters && { parameters }),
    ...(publicKey && { publicKey }),
  };
}

function writePoint(point: Uint8Array): Uint8Array {
  return writeElement(contextTag(1), writeElement(BIT_STRING, Uint8Array.of(0), point));
}

/** The first octet of a point that is not compressed (SEC 1, section 2.3.3). */
export const UNCOMPRESSED = 0x04;

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
  const point = publicKey[0] === UNCOMPRESSED ? [writePoint(publicKey)] : [];
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

/**
 * Private keys in PKCS#8 (RFC 5208, RFC 5958), PKCS#1 (RFC 8017, section A.1.2), SEC 1 (RFC 5915)
 * and OpenSSL's DSA format. All are converted to PKCS#8 version 1, which every runtime accepts.
 *
 * @module
 */
import { type Element, Reader } from "../asn1/reader.ts";
import {
  contextTag,
  INTEGER,
  NULL,
  OBJECT_IDENTIFIER,
  OCTET_STRING,
  SEQUENCE,
} from "../asn1/tags.ts";
import { writeElement, writeOid, writeSequence } from "../asn1/writer.ts";
import { bitLength } from "../crypto/bytes.ts";
import { malformed } from "../errors.ts";
import { DSA, EC, type KeyKind, RSA, RSA_NAMES } from "./algorithms.ts";
import { readEcPrivateKey, readRsaPrivateKey } from "./structures.ts";
import { showValue } from "../show.ts";

/** Private key. */
export interface PrivateKey {
  /** PrivateKeyInfo, version 1, without attributes. */
  readonly der: Uint8Array;
  readonly kind: KeyKind;
  /** The object identifier of its algorithm. */
  readonly algorithm: string;
  /** The algorithm's parameters, if there are any: an EC curve. */
  readonly parameters?: Element;
  /** The contents of privateKey: RSAPrivateKey, ECPrivateKey, … */
  readonly secret: Uint8Array;
}

/** Version 1 of PrivateKeyInfo is the number 0. */
const VERSION_1 = writeElement(INTEGER, Uint8Array.of(0));

/** RSA keys of 16,384 bits have 9,300 octets. Some programs add attributes. */
const MAX_PRIVATE_KEY = 65_536;

/**
 * Reads a PrivateKeyInfo.
 *
 *     PrivateKeyInfo ::= SEQUENCE {
 *         version              INTEGER { v1(0), v2(1) },
 *         privateKeyAlgorithm  AlgorithmIdentifier,
 *         privateKey           OCTET STRING,
 *         attributes           [0] IMPLICIT SET OF Attribute OPTIONAL,
 *         publicKey            [1] IMPLICIT BIT STRING OPTIONAL
 *     }
 *
 * Accepts BER, as OpenSSL does. The result is DER, which other TLS implementations require.
 * Version 2 (RFC 5958) is converted to version 1, the only version that OpenSSL 3.0 and others
 * accept. TLS needs nothing of the rest: the public key is in the certificate.
 *
 * @param bytes PrivateKeyInfo
 * @param file The file's name in messages
 */
export async function readPrivateKeyInfo(bytes: Uint8Array, file: string): Promise<PrivateKey> {
  if (bytes.length > MAX_PRIVATE_KEY) {
    const rule = `a private key must have <= ${MAX_PRIVATE_KEY} bytes: current value is`;
    throw malformed(file, `${rule} ${bytes.length}`);
  }
  const outer = new Reader(bytes, file, "the private key");
  const info = outer.enterSequence("PrivateKeyInfo");
  outer.expectEnd();
  const version = info.readInteger("version");
  if (version !== 0n && version !== 1n) {
    throw malformed(
      file,
      `the version of PrivateKeyInfo must be 0 or 1: current value is ${showValue(version)}`,
    );
  }
  const identifier = info.enterSequence("algorithm");
  const contents = info.readOctets("private key");
  if (info.tag === contextTag(0)) info.readAny("attributes");
  if (version === 1n && (info.tag === 0x81 || info.tag === contextTag(1))) {
    info.readAny("public key");
  }
  info.expectEnd();
  const type = identifier.readValue("object identifier").raw;
  const oid = new Reader(type, file, "the private key's algorithm").readOid("object identifier");
  const parameters = identifier.tag === undefined ? undefined : identifier.readValue("parameters");
  identifier.expectEnd();
  const { kind, secret } = await readContents(oid, parameters, contents, file);
  const algorithm = writeSequence(type, ...parameters ? [parameters.raw] : []);
  return {
    der: writeSequence(VERSION_1, algorithm, writeElement(OCTET_STRING, secret)),
    kind,
    algorithm: oid,
    ...(parameters && { parameters }),
    secret,
  };
}

/** Reads the contents of a private key. Those of an unknown algorithm stay as they are. */
async function readContents(
  oid: string,
  parameters: Element | undefined,
  contents: Uint8Array,
  file: string,
): Promise<Pick<PrivateKey, "kind" | "secret">> {
  const scheme = RSA_NAMES.get(oid);
  if (scheme !== undefined) {
    const { der, modulus, publicExponent, primes } = readRsaPrivateKey(contents, file);
    const [bits, count] = [bitLength(modulus), primes.length];
    return { kind: { family: "RSA", scheme, bits, primes: count, publicExponent }, secret: der };
  }
  if (oid === EC) {
    const kind = { family: "EC", curve: await readCurveName(parameters, file) } as const;
    return { kind, secret: readEcPrivateKey(contents, file).der };
  }
  if (oid === DSA) {
    const kind = { family: "DSA", bits: bitLength(readDsaPrime(parameters, file)) } as const;
    return { kind, secret: contents };
  }
  const { OTHER_NAMES } = await import("./other_names.ts");
  return { kind: { family: "other", name: OTHER_NAMES.get(oid) ?? oid }, secret: contents };
}

/**
 * Reads the usual name of an EC key's curve, or its object identifier if it is unknown. Returns
 * `undefined` if the curve is written out and unknown.
 *
 *     ECParameters ::= CHOICE {
 *         namedCurve      OBJECT IDENTIFIER,
 *         implicitCurve   NULL,
 *         specifiedCurve  SpecifiedECDomain
 *     }
 */
async function readCurveName(
  parameters: Element | undefined,
  file: string,
): Promise<string | undefined> {
  if (parameters?.tag === SEQUENCE) {
    const { findCurveName } = await import("./curve_parameters.ts");
    const { readCurve } = await import("./curves.ts");
    const curve = readCurve(parameters.body, file);
    return curve && findCurveName(curve);
  }
  if (parameters?.tag !== OBJECT_IDENTIFIER) {
    throw malformed(file, "its EC key does not name its curve");
  }
  const oid = new Reader(parameters.raw, file, "the EC key").readOid("curve");
  const { CURVE_NAMES } = await import("./curve_names.ts");
  return CURVE_NAMES.get(oid) ?? oid;
}

/** Reads the prime of `Dss-Parms ::= SEQUENCE { p INTEGER, q INTEGER, g INTEGER }` */
function readDsaPrime(parameters: Element | undefined, file: string): bigint {
  if (parameters?.tag !== SEQUENCE) {
    throw malformed(file, "its DSA key has no parameters");
  }
  return new Reader(parameters.body, file, "the DSA key").readInteger("prime");
}

/** Reads a PKCS#1 key. The parameters of RSA are NULL. */
export async function readPkcs1(bytes: Uint8Array, file: string): Promise<PrivateKey> {
  return await convertToPkcs8(file, bytes, writeOid(RSA), writeElement(NULL));
}

/**
 * Reads a SEC 1 key. The curve moves into the algorithm.
 *
 *     ECPrivateKey ::= SEQUENCE {
 *         version     INTEGER { ecPrivkeyVer1(1) },
 *         privateKey  OCTET STRING,
 *         parameters  [0] EXPLICIT ECParameters OPTIONAL,
 *         publicKey   [1] EXPLICIT BIT STRING OPTIONAL
 *     }
 */
export async function readSec1(bytes: Uint8Array, file: string): Promise<PrivateKey> {
  const { parameters } = readEcPrivateKey(bytes, file);
  if (!parameters) {
    throw malformed(file, "its EC key does not name its curve");
  }
  return await convertToPkcs8(file, bytes, writeOid(EC), parameters.raw);
}

/** Reads a DSA key in OpenSSL's format: `SEQUENCE { 0, p, q, g, y, x }`, all INTEGERs. */
export async function readOpenSslDsa(bytes: Uint8Array, file: string): Promise<PrivateKey> {
  const outer = new Reader(bytes, file, "the DSA key");
  const key = outer.enterSequence("DSA key");
  outer.expectEnd();
  key.readInteger("version");
  const parameters = ["p", "q", "g"].map((field) => key.readElement(INTEGER, field).raw);
  key.readInteger("y");
  const x = key.readElement(INTEGER, "x").raw;
  key.expectEnd();
  return await convertToPkcs8(file, x, writeOid(DSA), writeSequence(...parameters));
}

async function convertToPkcs8(
  file: string,
  key: Uint8Array,
  ...algorithm: Uint8Array[]
): Promise<PrivateKey> {
  const info = writeSequence(
    VERSION_1,
    writeSequence(...algorithm),
    writeElement(OCTET_STRING, key),
  );
  return await readPrivateKeyInfo(info, file);
}

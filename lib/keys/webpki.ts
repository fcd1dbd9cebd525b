/**
 * The demands that rustls, the TLS of Deno, makes of a client certificate before it uses one.
 *
 * Source: `Cert::from_der` of rustls-webpki 0.103, which rustls 0.23 calls for the leaf. Deno
 * before 2.9.6 ends the whole process if it fails. The other certificates of a chain are only sent.
 *
 * @module
 */
import { Reader } from "../asn1/reader.ts";
import {
  BIT_STRING,
  BOOLEAN,
  contextTag,
  INTEGER,
  OBJECT_IDENTIFIER,
  OCTET_STRING,
  SEQUENCE,
} from "../asn1/tags.ts";
import { equalBytes, toHex } from "../crypto/bytes.ts";

/** The demands, in the words of messages. */
const DEMANDS = {
  der: "it must be DER with the fields of RFC 5280, section 4.1, and nothing else",
  size: "it must have less than 65,535 bytes",
  version: "its version must be 3",
  signature: "its signature must be a whole number of octets",
  algorithms: "its two signature algorithms must be equal (RFC 5280, section 4.1.1.2)",
  fields: "it must have no unique identifiers (RFC 5280, section 4.1.2.8)",
  critical: "it must have no critical extension that TLS does not know (RFC 5280, section 4.2)",
  boolean: "the critical flag of an extension must be TRUE or FALSE",
  twice: "no extension may occur twice (RFC 5280, section 4.2)",
  value: "the values of its extensions must be those of RFC 5280, section 4.2.1",
} as const;

/** A certificate of this length and longer is rejected, in octets of contents. */
const TOO_LONG = 0xffff;

/** The contents of the version 3: the number 2. */
const VERSION_3 = Uint8Array.of(2);

/** The extensions that webpki reads, by the contents of their identifiers. */
const EXTENSIONS: ReadonlyMap<string, string> = new Map([
  ["551d0f", "keyUsage"],
  ["551d11", "subjectAltName"],
  ["551d13", "basicConstraints"],
  ["551d1e", "nameConstraints"],
  ["551d1f", "cRLDistributionPoints"],
  ["551d25", "extKeyUsage"],
]);

/** Demand that a certificate does not meet. */
class Fault extends Error {}

function demand(isMet: boolean, name: keyof typeof DEMANDS): void {
  if (!isMet) throw new Fault(DEMANDS[name]);
}

/** Returns the first demand that a certificate does not meet; `undefined` if it meets all. */
export function findFault(der: Uint8Array): string | undefined {
  try {
    checkCertificate(read(der));
    return undefined;
  } catch (error) {
    return error instanceof Fault ? error.message : DEMANDS.der;
  }
}

function read(bytes: Uint8Array): Reader {
  return new Reader(bytes, "", "", "DER");
}

/** Checks a Certificate; `x509.ts` has its ASN.1. */
function checkCertificate(outer: Reader): void {
  const { body } = outer.readElement(SEQUENCE, "");
  outer.expectEnd();
  demand(body.length < TOO_LONG, "size");
  const certificate = read(body);
  const tbs = read(certificate.readElement(SEQUENCE, "").body);
  const algorithm = certificate.readElement(SEQUENCE, "").body;
  const signature = certificate.readElement(BIT_STRING, "").body;
  demand(signature[0] === 0, "signature");
  certificate.expectEnd();

  demand(tbs.tag === contextTag(0), "version");
  const version = read(tbs.readElement(contextTag(0), "").body);
  demand(equalBytes(version.readElement(INTEGER, "").body, VERSION_3), "version");
  version.expectEnd();
  tbs.readElement(INTEGER, "serialNumber");
  demand(equalBytes(tbs.readElement(SEQUENCE, "").body, algorithm), "algorithms");
  for (const field of ["issuer", "validity", "subject", "subjectPublicKeyInfo"]) {
    tbs.readElement(SEQUENCE, field);
  }
  if (tbs.tag === undefined) return;
  demand(tbs.tag === contextTag(3), "fields");
  const extensions = read(tbs.readElement(contextTag(3), "").body);
  tbs.expectEnd();
  checkExtensions(read(extensions.readElement(SEQUENCE, "").body));
  extensions.expectEnd();
}

function checkExtensions(extensions: Reader): void {
  const found = new Set<string>();
  while (extensions.tag !== undefined) {
    const extension = read(extensions.readElement(SEQUENCE, "").body);
    const type = toHex(extension.readElement(OBJECT_IDENTIFIER, "").body);
    const isCritical = extension.tag === BOOLEAN && readBoolean(extension);
    const value = read(extension.readElement(OCTET_STRING, "").body);
    extension.expectEnd();
    const name = EXTENSIONS.get(type);
    if (name === undefined) {
      demand(!isCritical, "critical");
      continue;
    }
    demand(!found.has(name), "twice");
    found.add(name);
    if (name === "keyUsage") continue; // read only when a CRL is verified
    demand(value.tag === SEQUENCE, "value");
    value.readElement(SEQUENCE, "");
    demand(value.tag === undefined, "value");
  }
}

function readBoolean(extension: Reader): boolean {
  const { body } = extension.readElement(BOOLEAN, "");
  demand(body.length === 1 && (body[0] === 0 || body[0] === 0xff), "boolean");
  return body[0] === 0xff;
}

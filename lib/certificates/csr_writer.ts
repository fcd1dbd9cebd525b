/**
 * Writes certificate requests (PKCS#10, RFC 2986) with pkijs. `createCsr` loads this file at its
 * first call. The rules for the subject are Mastercard's, from "Generating an mTLS Certificate with
 * a CSR":
 * https://developer.mastercard.com/platform/documentation/security-and-authentication/mtls-csr-requirements/
 *
 * @module
 */
import { fromBER, Null } from "asn1js";
import { Attribute, CertificationRequest } from "pkijs";
import { SET } from "../asn1/tags.ts";
import { writeElement, writeOid, writeSequence } from "../asn1/writer.ts";
import { invalidArgument, type McFetchError } from "../errors.ts";
import { writePem } from "../keys/pem.ts";
import { MAX_COMMON_NAME } from "../mastercard/hosts.ts";
import { showValue } from "../show.ts";
import { writeAlternativeNames } from "./alternative_names.ts";

const ACTION = "create the request";

/** Type of the key of a certificate request. */
export type CsrKeyType = "RSA 2048" | "RSA 3072" | "RSA 4096" | "EC P-256" | "EC P-384";

/** Subject of a certificate request. */
export interface CsrSubject {
  /**
   * The common name (CN): 1 to 64 characters, not a URL. {@linkcode mastercardCommonName} returns
   * one that follows Mastercard's naming rule.
   */
  readonly commonName: string;
  /**
   * The organization (O), 1 to 64 characters. Mastercard requires it: the company's name in the
   * user profile. Default is none.
   */
  readonly organization?: string | undefined;
  /**
   * The organizational unit (OU), 1 to 64 characters. Mastercard requires it: the project's name.
   * Default is none.
   */
  readonly organizationalUnit?: string | undefined;
  /** The country (C): a two-letter code of ISO 3166. Default is none. */
  readonly country?: string | undefined;
}

/** WebCrypto's parameters for each type of key, and the signature's hash function. */
const KEY_TYPES: Readonly<
  Record<CsrKeyType, { parameters: RsaHashedKeyGenParams | EcKeyGenParams; hash: string }>
> = {
  "RSA 2048": rsa(2048),
  "RSA 3072": rsa(3072),
  "RSA 4096": rsa(4096),
  "EC P-256": { parameters: { name: "ECDSA", namedCurve: "P-256" }, hash: "SHA-256" },
  // FIPS 186-5, section 6.1.1: the hash function is no weaker than the curve.
  "EC P-384": { parameters: { name: "ECDSA", namedCurve: "P-384" }, hash: "SHA-384" },
};

function rsa(modulusLength: number): { parameters: RsaHashedKeyGenParams; hash: string } {
  const publicExponent = Uint8Array.of(1, 0, 1); // 65537
  const hash = "SHA-256";
  return { parameters: { name: "RSASSA-PKCS1-v1_5", modulusLength, publicExponent, hash }, hash };
}

/**
 * The longest organization and organizational unit, in characters (RFC 5280, appendix A.1:
 * ub-organization-name and ub-organizational-unit-name).
 */
const MAX_ORGANIZATION = 64;

/** The tag of a country (RFC 5280, appendix A.1). */
const PRINTABLE_STRING = 0x13;

/** The tag of every other part of a name (RFC 5280, section 4.1.2.4). */
const UTF8_STRING = 0x0c;

/** The parts of the name, most general first, with the object identifiers of X.520. */
const ATTRIBUTES = [
  { part: "country", type: "2.5.4.6", tag: PRINTABLE_STRING, check: checkCountry },
  { part: "organization", type: "2.5.4.10", tag: UTF8_STRING, check: checkOrganization },
  { part: "organizationalUnit", type: "2.5.4.11", tag: UTF8_STRING, check: checkOrganization },
  { part: "commonName", type: "2.5.4.3", tag: UTF8_STRING, check: checkCommonName },
] as const;

/** Makes the key and writes the request. */
export async function writeCsr(
  subject: Partial<Record<keyof CsrSubject, unknown>>,
  keyType: unknown,
  names: unknown,
): Promise<{ csr: string; key: string }> {
  const name = writeName(subject);
  const { parameters, hash } = findKeyType(keyType);
  const keys = await crypto.subtle.generateKey(parameters, true, ["sign", "verify"]);
  const request = new CertificationRequest();
  // pkijs would join all attributes into one part of the name.
  request.subject.valueBeforeDecode = name.buffer;
  await request.subjectPublicKeyInfo.importKey(keys.publicKey);
  request.attributes = writeAttributes(names); // required even if empty; pkijs omits them
  await request.sign(keys.privateKey, hash);
  if (parameters.name !== "ECDSA") {
    // RFC 4055, section 5: NULL, which pkijs omits. RFC 5758, section 3.2: ECDSA has none.
    request.signatureAlgorithm.algorithmParams = new Null();
  }
  const key = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    csr: writePem("CERTIFICATE REQUEST", new Uint8Array(request.toSchema().toBER())),
    key: writePem("PRIVATE KEY", new Uint8Array(key)),
  };
}

/**
 * Writes the subject.
 *
 *     Name ::= SEQUENCE OF RelativeDistinguishedName
 *     RelativeDistinguishedName ::= SET OF SEQUENCE {
 *         type   OBJECT IDENTIFIER,
 *         value  ANY DEFINED BY type
 *     }
 */
function writeName(given: Partial<Record<keyof CsrSubject, unknown>>): Uint8Array<ArrayBuffer> {
  const parts = ATTRIBUTES.filter(({ part }) => part === "commonName" || given[part] !== undefined);
  return writeSequence(...parts.map(({ part, type, tag, check }) => {
    const text = new TextEncoder().encode(check(part, given[part]));
    return writeElement(SET, writeSequence(writeOid(type), writeElement(tag, text)));
  }));
}

/** The request for extensions (RFC 2985, section 5.4.2). */
const EXTENSION_REQUEST = "1.2.840.113549.1.9.14";

/** The most alternative names. No certificate in use has more than a few hundred. */
const MAX_NAMES = 1000;

/** Writes the attributes: a request for the extension with the alternative names, if any. */
function writeAttributes(names: unknown): Attribute[] {
  if (names === undefined) return [];
  if (!Array.isArray(names) || !names.every((name) => typeof name === "string")) {
    throw invalidArgument(ACTION, "names must be an array of strings");
  }
  if (names.length > MAX_NAMES) {
    throw invalid(`the length of names must be at most ${MAX_NAMES}`, names.length);
  }
  if (names.length === 0) return [];
  const written = writeAlternativeNames(names);
  if ("invalid" in written) {
    throw invalid("names must be hosts, IP addresses, e-mail addresses or URIs", written.invalid);
  }
  const extensions = fromBER(writeSequence(written.extension)).result;
  return [new Attribute({ type: EXTENSION_REQUEST, values: [extensions] })];
}

function checkCountry(part: string, value: unknown): string {
  if (typeof value === "string" && /^[A-Za-z]{2}$/.test(value)) return value.toUpperCase();
  throw invalid(`${part} must be two letters, as in ISO 3166`, value);
}

function checkOrganization(part: string, value: unknown): string {
  return checkText(part, value, MAX_ORGANIZATION);
}

function checkCommonName(part: string, value: unknown): string {
  const text = checkText(part, value, MAX_COMMON_NAME);
  // Mastercard's rule. A lone colon, as in "Example: Payments", does not make a URL.
  if (text.includes("://")) throw invalid(`${part} must not be a URL`, value);
  return text;
}

function checkText(part: string, value: unknown, max: number): string {
  if (typeof value !== "string") throw invalid(`${part} must be a string`, value);
  // A text that is much longer is not counted character by character.
  const start = value.slice(0, 4 * max);
  const length = [...start].length + value.length - start.length; // ASN.1 counts Unicode characters, not UTF-16 code units
  if (length < 1 || length > max) {
    throw invalid(`the length of ${part} must be 1 to ${max} characters`, length);
  }
  if (/[\p{Cc}\p{Cs}]/u.test(value)) {
    throw invalid(`${part} must be text without control characters`, value);
  }
  // White space around a name is a mistake, and the CA would see a different name.
  if (value !== value.trim()) {
    throw invalid(`${part} must not begin or end with white space`, value);
  }
  return value;
}

function findKeyType(keyType: unknown): (typeof KEY_TYPES)[CsrKeyType] {
  if (typeof keyType === "string" && Object.hasOwn(KEY_TYPES, keyType)) {
    return KEY_TYPES[keyType as CsrKeyType];
  }
  const names = Object.keys(KEY_TYPES).map((name) => `"${name}"`).join(", ");
  throw invalid(`keyType must be one of ${names}`, keyType);
}

function invalid(rule: string, value: unknown): McFetchError {
  return invalidArgument(ACTION, `${rule}: current value is ${showValue(value)}`);
}

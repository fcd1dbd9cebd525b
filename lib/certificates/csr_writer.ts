/**
 * Certificate requests: PKCS#10 (RFC 2986), as Mastercard asks for them in "Generating an mTLS
 * Certificate with a CSR":
 * https://developer.mastercard.com/platform/documentation/security-and-authentication/mtls-csr-requirements/
 *
 * pkijs writes them. This file is loaded when the first one is made.
 *
 * @module
 */
import { Null } from "asn1js";
import { CertificationRequest } from "pkijs";
import { SET } from "../asn1/reader.ts";
import { writeElement, writeOid, writeSequence } from "../asn1/writer.ts";
import { invalidArgument, type McFetchError } from "../errors.ts";
import { MAX_COMMON_NAME } from "../mastercard/hosts.ts";
import { writePem } from "../keys/pem.ts";

/** The kinds of key that a request can be made with. */
export type CsrKeyType = "RSA 2048" | "RSA 3072" | "RSA 4096" | "EC P-256" | "EC P-384";

/** Whom the certificate is for. */
export interface CsrSubject {
  /**
   * The common name (CN): 1 to 64 characters, and no URL. {@linkcode mastercardCommonName} makes one
   * as Mastercard's naming rule has it.
   */
  readonly commonName: string;
  /** The organization (O): the company's name in the user profile, 1 to 64 characters. */
  readonly organization: string;
  /** The organizational unit (OU): the project's name, 1 to 64 characters. */
  readonly organizationalUnit: string;
  /** The country (C): two letters of ISO 3166, written in upper case. Default is none. */
  readonly country?: string | undefined;
}

/** WebCrypto's parameters for each kind of key, and the hash function of the signature. */
const KEY_TYPES: Readonly<
  Record<CsrKeyType, { parameters: RsaHashedKeyGenParams | EcKeyGenParams; hash: string }>
> = {
  "RSA 2048": rsa(2048),
  "RSA 3072": rsa(3072),
  "RSA 4096": rsa(4096),
  "EC P-256": { parameters: { name: "ECDSA", namedCurve: "P-256" }, hash: "SHA-256" },
  // FIPS 186-5, 6.1.1: a hash function that is no weaker than the curve
  "EC P-384": { parameters: { name: "ECDSA", namedCurve: "P-384" }, hash: "SHA-384" },
};

function rsa(modulusLength: number): { parameters: RsaHashedKeyGenParams; hash: string } {
  const publicExponent = Uint8Array.of(1, 0, 1); // 65537
  const hash = "SHA-256";
  return { parameters: { name: "RSASSA-PKCS1-v1_5", modulusLength, publicExponent, hash }, hash };
}

/** RFC 5280, appendix A.1: ub-organization-name and ub-organizational-unit-name. */
const MAX_ORGANIZATION = 64;
/** RFC 5280, appendix A.1: a country is a PrintableString; RFC 5280, 4.1.2.4: others are in UTF-8. */
const PRINTABLE_STRING = 0x13;
const UTF8_STRING = 0x0c;

/** The parts of the name in their order, most general first, with the object identifiers of X.520. */
const ATTRIBUTES = [
  { part: "country", type: "2.5.4.6", tag: PRINTABLE_STRING, check: checkCountry },
  { part: "organization", type: "2.5.4.10", tag: UTF8_STRING, check: checkOrganization },
  { part: "organizationalUnit", type: "2.5.4.11", tag: UTF8_STRING, check: checkOrganization },
  { part: "commonName", type: "2.5.4.3", tag: UTF8_STRING, check: checkCommonName },
] as const;

/** Makes the key and the request. */
export async function writeCsr(
  subject: Partial<Record<keyof CsrSubject, unknown>>,
  keyType: unknown,
): Promise<{ csr: string; key: string }> {
  const name = writeName(subject);
  const { parameters, hash } = findKeyType(keyType);
  const keys = await crypto.subtle.generateKey(parameters, true, ["sign", "verify"]);
  const request = new CertificationRequest();
  // pkijs would make one part of the name of all the attributes that it is given
  request.subject.valueBeforeDecode = name.buffer;
  await request.subjectPublicKeyInfo.importKey(keys.publicKey);
  request.attributes = []; // they may be none, but not be left out, as pkijs does by itself
  await request.sign(keys.privateKey, hash);
  if (parameters.name !== "ECDSA") {
    // RFC 4055, section 5: NULL, which pkijs leaves out. ECDSA has none: RFC 5758, section 3.2
    request.signatureAlgorithm.algorithmParams = new Null();
  }
  const key = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    csr: writePem("CERTIFICATE REQUEST", new Uint8Array(request.toSchema().toBER())),
    key: writePem("PRIVATE KEY", new Uint8Array(key)),
  };
}

/**
 *     Name ::= SEQUENCE OF RelativeDistinguishedName
 *     RelativeDistinguishedName ::= SET OF SEQUENCE {
 *         type   OBJECT IDENTIFIER,
 *         value  ANY DEFINED BY type
 *     }
 */
function writeName(given: Partial<Record<keyof CsrSubject, unknown>>): Uint8Array<ArrayBuffer> {
  const parts = ATTRIBUTES.filter(({ part }) => part !== "country" || given[part] !== undefined);
  return writeSequence(...parts.map(({ part, type, tag, check }) => {
    const text = new TextEncoder().encode(check(part, given[part]));
    return writeElement(SET, writeSequence(writeOid(type), writeElement(tag, text)));
  }));
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
  // Mastercard's rule. A colon alone makes no URL of "Example: Payments"
  if (/:\/\/|^www\./i.test(text)) throw invalid(`${part} must not be a URL`, value);
  return text;
}

function checkText(part: string, value: unknown, max: number): string {
  if (typeof value !== "string") throw invalid(`${part} must be a string`, value);
  const length = [...value].length; // characters of Unicode, as ASN.1 counts, not units of UTF-16
  if (length < 1 || length > max) {
    throw invalid(`the length of ${part} must be 1 to ${max} characters`, length);
  }
  if (/[\p{Cc}\p{Cs}]/u.test(value)) {
    throw invalid(`${part} must be text without control characters`, value);
  }
  // it is never meant, and makes the name another one than the authority knows
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
  const shown = typeof value === "string" ? JSON.stringify(value) : String(value);
  return invalidArgument("create the request", `${rule}: current value is ${shown}`);
}

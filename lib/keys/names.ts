/**
 * Names and fingerprints of certificates, for people.
 *
 * @module
 */
import { Reader } from "../asn1/reader.ts";
import { BMP_STRING, SET } from "../asn1/tags.ts";
import { toHex } from "../crypto/bytes.ts";
import { showText } from "../show.ts";
import type { Certificate } from "./x509.ts";

/** The names of RFC 4514, section 3, RFC 4519, ETSI EN 319 412-1 and the EV Guidelines. */
const ATTRIBUTE_NAMES: ReadonlyMap<string, string> = new Map([
  ["2.5.4.3", "CN"],
  ["2.5.4.4", "SN"],
  ["2.5.4.5", "serialNumber"],
  ["2.5.4.6", "C"],
  ["2.5.4.7", "L"],
  ["2.5.4.8", "ST"],
  ["2.5.4.9", "street"],
  ["2.5.4.10", "O"],
  ["2.5.4.11", "OU"],
  ["2.5.4.12", "title"],
  ["2.5.4.13", "description"],
  ["2.5.4.15", "businessCategory"],
  ["2.5.4.17", "postalCode"],
  ["2.5.4.41", "name"],
  ["2.5.4.42", "givenName"],
  ["2.5.4.97", "organizationIdentifier"],
  ["0.9.2342.19200300.100.1.1", "UID"],
  ["0.9.2342.19200300.100.1.25", "DC"],
  ["1.2.840.113549.1.9.1", "emailAddress"],
  ["1.3.6.1.4.1.311.60.2.1.1", "jurisdictionL"],
  ["1.3.6.1.4.1.311.60.2.1.2", "jurisdictionST"],
  ["1.3.6.1.4.1.311.60.2.1.3", "jurisdictionC"],
]);

/** Names have up to 15 parts. */
const MAX_PARTS = 32;
/** More than the characters that are shown. */
const MAX_OCTETS = 2048;

/**
 * Formats a distinguished name, the most specific part first: "CN=client, O=Example". The name is
 * foreign text: it is shown on one line, and only as much of it as a person reads.
 *
 * @param name `SEQUENCE OF SET OF SEQUENCE { type OBJECT IDENTIFIER, value ANY }`
 */
export function formatName(name: Uint8Array): string {
  const parts: string[] = [];
  const sequence = new Reader(name, "the certificate", "name").enterSequence("name");
  while (sequence.tag !== undefined) {
    const set = sequence.enter(SET, "name part");
    while (set.tag !== undefined) {
      const attribute = set.enterSequence("name attribute");
      const type = attribute.readOid("type");
      const { tag, body } = attribute.readAny("value");
      const text = new TextDecoder(tag === BMP_STRING ? "utf-16be" : "utf-8")
        .decode(body.subarray(0, MAX_OCTETS));
      parts.push(`${ATTRIBUTE_NAMES.get(type) ?? type}=${showText(text)}`);
    }
  }
  const shown = parts.slice(-MAX_PARTS).reverse();
  if (parts.length > MAX_PARTS) shown.push("…");
  return shown.join(", ") || "(no name)";
}

/** Computes a certificate's SHA-256 fingerprint, in the format of `openssl x509 -fingerprint`. */
export async function computeFingerprint(certificate: Certificate): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new Uint8Array(certificate.der));
  return toHex(new Uint8Array(digest)).toUpperCase().replace(/..(?!$)/g, "$&:");
}

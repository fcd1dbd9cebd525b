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

/** The short names of RFC 4514, section 3, and of the e-mail address. */
const ATTRIBUTE_NAMES: ReadonlyMap<string, string> = new Map([
  ["2.5.4.3", "CN"],
  ["2.5.4.5", "serialNumber"],
  ["2.5.4.6", "C"],
  ["2.5.4.7", "L"],
  ["2.5.4.8", "ST"],
  ["2.5.4.10", "O"],
  ["2.5.4.11", "OU"],
  ["0.9.2342.19200300.100.1.1", "UID"],
  ["0.9.2342.19200300.100.1.25", "DC"],
  ["1.2.840.113549.1.9.1", "emailAddress"],
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

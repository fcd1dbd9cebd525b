/**
 * Certificates by the names that people know them by.
 *
 * @module
 */
import { Reader } from "../asn1/reader.ts";
import { toHex } from "../crypto/bytes.ts";
import type { Certificate } from "./x509.ts";

/** RFC 4514 section 3's short names, and e-mail. */
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
const UTF16_TAG = 0x1e;

/**
 * A distinguished name for people to read, most specific part first: "CN=client, O=Example".
 *
 * @param name `SEQUENCE OF SET OF SEQUENCE { type OBJECT IDENTIFIER, value ANY }`
 */
export function formatName(name: Uint8Array): string {
  const parts: string[] = [];
  const sequence = new Reader(name, "the certificate", "name").enterSequence("name");
  while (sequence.tag !== undefined) {
    const set = sequence.enter(0x31, "name part");
    while (set.tag !== undefined) {
      const attribute = set.enterSequence("name attribute");
      const type = attribute.readOid("type");
      const { tag, body } = attribute.readAny("value");
      const text = new TextDecoder(tag === UTF16_TAG ? "utf-16be" : "utf-8")
        .decode(body);
      parts.unshift(`${ATTRIBUTE_NAMES.get(type) ?? type}=${text}`);
    }
  }
  return parts.join(", ") || "(no name)";
}

/** The SHA-256 fingerprint of a certificate, as `openssl x509 -fingerprint` prints it. */
export async function computeFingerprint(certificate: Certificate): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new Uint8Array(certificate.der));
  return toHex(new Uint8Array(digest)).toUpperCase().match(/../g)!.join(":");
}

/**
 * The kind of a binary file, detected from its structure.
 *
 * @module
 */
import { type Element, Reader } from "../asn1/reader.ts";
import {
  BIT_STRING,
  CONSTRUCTED,
  INTEGER,
  OBJECT_IDENTIFIER,
  OCTET_STRING,
  SEQUENCE,
} from "../asn1/tags.ts";

/** The kinds of ASN.1 structure that people take for key files. */
export type DerKind =
  | "PKCS#12"
  | "PKCS#7"
  | "certificate"
  | "private key"
  | "encrypted private key"
  | "RSA private key"
  | "EC private key"
  | "DSA private key"
  | "public key"
  | "certificate request"
  | "revocation list";

/** A tag, or the tags that the element begins with inside. */
type Pattern = number | readonly number[];

const CONTEXT_0 = 0xa0;
const UTC_TIME = 0x17;

/** The first elements of each structure. The first line that fits decides. */
const STRUCTURES: readonly (readonly [DerKind, ...Pattern[]])[] = [
  ["PKCS#12", INTEGER, [OBJECT_IDENTIFIER, CONTEXT_0]],
  ["private key", INTEGER, SEQUENCE, OCTET_STRING],
  ["PKCS#12", INTEGER, SEQUENCE],
  ["RSA private key", ...Array<Pattern>(9).fill(INTEGER)],
  ["DSA private key", ...Array<Pattern>(6).fill(INTEGER)],
  ["public key", INTEGER, INTEGER],
  ["EC private key", INTEGER, OCTET_STRING],
  ["encrypted private key", SEQUENCE, OCTET_STRING],
  ["encrypted private key", SEQUENCE, OCTET_STRING | CONSTRUCTED],
  ["public key", SEQUENCE, BIT_STRING],
  ["PKCS#7", OBJECT_IDENTIFIER, CONTEXT_0],
  // certificationRequestInfo; tbsCertList of versions 2 and 1; tbsCertificate
  ["certificate request", [INTEGER, SEQUENCE, SEQUENCE, CONTEXT_0], SEQUENCE, BIT_STRING],
  ["revocation list", [INTEGER, SEQUENCE, SEQUENCE, UTC_TIME], SEQUENCE, BIT_STRING],
  ["revocation list", [SEQUENCE, SEQUENCE, UTC_TIME], SEQUENCE, BIT_STRING],
  ["certificate", SEQUENCE, SEQUENCE, BIT_STRING],
];

/** The most elements that a pattern looks at. */
const MAX_ELEMENTS = 9;

/** Returns the kind of a binary file; `undefined` if its structure is none of these. */
export function detectDerKind(file: Uint8Array): DerKind | undefined {
  if (file[0] !== SEQUENCE) return undefined;
  const elements = readFirstElements(file);
  return STRUCTURES.find(([, ...patterns]) =>
    patterns.every((pattern, i) => matchesPattern(elements[i], pattern))
  )?.[0];
}

function matchesPattern(element: Element | undefined, pattern: Pattern): boolean {
  if (element === undefined) return false;
  if (typeof pattern === "number") return element.tag === pattern;
  const inner = readFirstElements(element.raw);
  return pattern.every((tag, i) => inner[i]?.tag === tag);
}

/** Returns the first elements of a SEQUENCE, up to the first damage. */
function readFirstElements(sequence: Uint8Array): Element[] {
  const elements: Element[] = [];
  try {
    const reader = new Reader(sequence, "", "").enterSequence("");
    while (reader.tag !== undefined && elements.length < MAX_ELEMENTS) {
      elements.push(reader.readAny(""));
    }
  } catch { // the elements before the damage count
  }
  return elements;
}

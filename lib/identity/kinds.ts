/**
 * Detects the kind of a binary file from its ASN.1 structure.
 *
 * @module
 */
import { type Element, Reader } from "../asn1/reader.ts";
import {
  BIT_STRING,
  CONSTRUCTED,
  contextTag,
  INTEGER,
  OBJECT_IDENTIFIER,
  OCTET_STRING,
  SEQUENCE,
  UTC_TIME,
} from "../asn1/tags.ts";

/** Kind of an ASN.1 structure in a key file, or in a file that people mistake for a key file. */
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

/** Tag of an element, or the first tags inside it. */
export type Pattern = number | readonly number[];

const CONTEXT_0 = contextTag(0);

/** The first elements of each structure. The first match decides. */
const STRUCTURES: readonly (readonly [DerKind, ...Pattern[]])[] = [
  ["PKCS#12", INTEGER, [OBJECT_IDENTIFIER, CONTEXT_0]],
  ["private key", INTEGER, SEQUENCE, OCTET_STRING],
  ["private key", INTEGER, SEQUENCE, OCTET_STRING | CONSTRUCTED],
  ["PKCS#12", INTEGER, SEQUENCE],
  ["RSA private key", ...Array<Pattern>(9).fill(INTEGER)],
  ["DSA private key", ...Array<Pattern>(6).fill(INTEGER)],
  ["public key", INTEGER, INTEGER],
  ["EC private key", INTEGER, OCTET_STRING],
  ["encrypted private key", SEQUENCE, OCTET_STRING],
  ["encrypted private key", SEQUENCE, OCTET_STRING | CONSTRUCTED],
  ["public key", SEQUENCE, BIT_STRING],
  ["PKCS#7", OBJECT_IDENTIFIER, CONTEXT_0],
  // In this order: certificationRequestInfo, tbsCertList of versions 2 and 1, tbsCertificate.
  ["certificate request", [INTEGER, SEQUENCE, SEQUENCE, CONTEXT_0], SEQUENCE, BIT_STRING],
  ["revocation list", [INTEGER, SEQUENCE, SEQUENCE, UTC_TIME], SEQUENCE, BIT_STRING],
  ["revocation list", [SEQUENCE, SEQUENCE, UTC_TIME], SEQUENCE, BIT_STRING],
  ["certificate", SEQUENCE, SEQUENCE, BIT_STRING],
];

/** The number of elements in the longest pattern. */
const MAX_ELEMENTS = 9;

/** Returns the kind of a binary file; `undefined` if its structure is unknown. */
export function detectDerKind(file: Uint8Array): DerKind | undefined {
  if (file[0] !== SEQUENCE) return undefined;
  const elements = readFirstElements(file);
  return STRUCTURES.find(([, ...patterns]) => matchesAll(elements, patterns))?.[0];
}

/** True if a binary file is of a supported kind. */
export function isKeyFile(file: Uint8Array): boolean {
  const kind = detectDerKind(file);
  return kind === "certificate" || kind === "PKCS#7" || kind === "PKCS#12" ||
    kind?.endsWith("private key") === true;
}

/** True if a binary file is a SEQUENCE that starts with these elements. */
export function isStructure(file: Uint8Array, patterns: readonly Pattern[]): boolean {
  return file[0] === SEQUENCE && matchesAll(readFirstElements(file), patterns);
}

function matchesAll(elements: readonly Element[], patterns: readonly Pattern[]): boolean {
  return patterns.every((pattern, i) => matchesPattern(elements[i], pattern));
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
  } catch { // The elements before the damage suffice.
  }
  return elements;
}

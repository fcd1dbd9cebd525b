/**
 * The labels of PEM blocks that have another spelling.
 *
 * @module
 */
import { FOREIGN_LABELS } from "./foreign.ts";

/** The labels of supported contents, as RFC 7468 and OpenSSL spell them. */
const SUPPORTED: readonly string[] = [
  "CERTIFICATE",
  "X509 CERTIFICATE",
  "TRUSTED CERTIFICATE",
  "PKCS7",
  "CMS",
  "PKCS12",
  "PRIVATE KEY",
  "ENCRYPTED PRIVATE KEY",
  "RSA PRIVATE KEY",
  "EC PRIVATE KEY",
  "DSA PRIVATE KEY",
  "ANY PRIVATE KEY",
];

const BY_LETTERS: ReadonlyMap<string, string> = new Map(
  [...FOREIGN_LABELS.keys(), ...SUPPORTED].map((label) => [toLetters(label), label]),
);

/** Returns the usual spelling of a label: upper case, with spaces; `undefined` if unknown. */
export function findLabel(label: string): string | undefined {
  return BY_LETTERS.get(toLetters(label));
}

function toLetters(label: string): string {
  return label.toUpperCase().replace(/[^A-Z0-9]/g, "");
}

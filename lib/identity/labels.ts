/**
 * The labels of PEM blocks that have another spelling.
 *
 * @module
 */
import { FOREIGN_LABELS } from "./foreign.ts";
import { BINARY_LABELS, CERTIFICATE_LABELS, PRIVATE_KEY_LABELS } from "./supported_labels.ts";

const BY_LETTERS: ReadonlyMap<string, string> = new Map(
  [...FOREIGN_LABELS.keys(), ...CERTIFICATE_LABELS, ...BINARY_LABELS, ...PRIVATE_KEY_LABELS]
    .map((label) => [toLetters(label), label]),
);

/** Returns the usual spelling of a label: upper case, with spaces; `undefined` if unknown. */
export function findLabel(label: string): string | undefined {
  return BY_LETTERS.get(toLetters(label));
}

function toLetters(label: string): string {
  return label.toUpperCase().replace(/[^A-Z0-9]/g, "");
}

/**
 * Mutants that no test can kill, since they change nothing that a caller can notice.
 *
 * @module
 */

/** Equivalent mutant. */
export interface Equivalent {
  readonly file: string;
  /** The changed text with its line, as the report shows it. */
  readonly before: string;
  readonly after: string;
  readonly reason: string;
}

/** The equivalent mutants of the samples that were run. */
export const EQUIVALENT: readonly Equivalent[] = [
  {
    file: "lib/identity/find_pair.ts",
    before:
      "if (only !== undefined && leaf !== undefined && chosen.length === 1 && alias === undefined) {",
    after: "if (true && leaf !== undefined && chosen.length === 1 && alias === undefined) {",
    reason: "`leaf` is a member of `only`: without `only` there is no `leaf`",
  },
  {
    file: "lib/identity/key_file.ts",
    before: "const found = classify?.(block);",
    after: "const found = classify(block);",
    reason: "the function is loaded for each file with an unusual block, and only those get here",
  },
  {
    file: "lib/identity/kinds.ts",
    before: 'const reader = new Reader(sequence, "", "").enterSequence("");',
    after: 'const reader = new Reader(sequence, "Stryker was here!", "").enterSequence("");',
    reason: "the name would be in a message, and the error is caught",
  },
  {
    file: "lib/identity/proof.ts",
    before:
      'if (parameters === undefined) throw malformed(file, "its EC key does not name its curve");',
    after: 'if (false) throw malformed(file, "its EC key does not name its curve");',
    reason: "the reader of EC keys has rejected a key without parameters",
  },
  {
    file: "lib/identity/self_signed.ts",
    before: 'const digits = reader.readInteger("").toString(16).padStart(2 * octets, "0");',
    after:
      'const digits = reader.readInteger("Stryker was here!").toString(16).padStart(2 * octets, "0");',
    reason: "the name would be in a message, and the error is caught",
  },
];

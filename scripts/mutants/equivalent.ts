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
export const EQUIVALENT: readonly Equivalent[] = [];

/**
 * Medians and quartiles of a few numbers.
 *
 * @module
 */

/** The middle of several measurements, and the range of the middle half of them. */
export interface Summary {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** Summarizes at least one number. */
export function summarize(values: readonly number[]): Summary {
  const sorted = values.toSorted((one, other) => one - other);
  return { median: at(sorted, 0.5), low: at(sorted, 0.25), high: at(sorted, 0.75) };
}

/** Returns the median of at least one number. */
export function median(values: readonly number[]): number {
  return summarize(values).median;
}

/** Interpolates between the two nearest. */
function at(sorted: readonly number[], share: number): number {
  const position = (sorted.length - 1) * share;
  const [below, above] = [sorted[Math.floor(position)]!, sorted[Math.ceil(position)]!];
  return below + (above - below) * (position % 1);
}

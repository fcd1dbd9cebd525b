/**
 * Computes the median and quartiles of a few numbers.
 *
 * @module
 */

/** Median of several measurements, and the range of their middle half. */
export interface Summary {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** Summarizes at least one number. */
export function summarize(values: readonly number[]): Summary {
  const sorted = values.toSorted((one, other) => one - other);
  return {
    median: quantile(sorted, 0.5),
    low: quantile(sorted, 0.25),
    high: quantile(sorted, 0.75),
  };
}

/** Returns the median of at least one number. */
export function median(values: readonly number[]): number {
  return summarize(values).median;
}

/** Returns a quantile. Interpolates between the two nearest numbers. */
function quantile(sorted: readonly number[], share: number): number {
  const position = (sorted.length - 1) * share;
  const [below, above] = [sorted[Math.floor(position)]!, sorted[Math.ceil(position)]!];
  return below + (above - below) * (position % 1);
}

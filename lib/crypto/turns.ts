/**
 * Turns of the event loop during long work.
 *
 * @module
 */

/** The longest time without a turn of the event loop, in milliseconds. */
const MAX_BLOCKING = 24;
/** The steps between two looks at the clock, for steps of some microseconds. */
const STEPS = 256;

/** State of a loop that gives turns. */
export interface Turn {
  /** The time of the last turn, by `Date.now()`. */
  since: number;
  /** The steps since the last look at the clock. */
  steps?: number;
}

/**
 * Gives the event loop its turn if the loop has blocked it for long.
 *
 * @param turn The state of the loop
 * @param every The number of steps between two looks at the clock
 */
export function giveTurn(turn: Turn, every: number = STEPS): Promise<void> | undefined {
  turn.steps = (turn.steps ?? 0) + 1;
  if (turn.steps % every !== 0 || Date.now() - turn.since <= MAX_BLOCKING) return undefined;
  return new Promise((resolve) =>
    setTimeout(() => {
      turn.since = Date.now();
      resolve();
    }, 0)
  );
}

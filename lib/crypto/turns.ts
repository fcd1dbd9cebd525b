/**
 * Turns of the event loop within long computations.
 *
 * @module
 */
import { sleep } from "../timers.ts";

/** The longest time without a turn of the event loop, in milliseconds. Several files add up. */
const MAX_BLOCKING = 12;

/** The same for long key derivations, since a turn costs a millisecond. */
export const LONG = 24;

/** The hashes that a loop computes between two looks at the clock. */
export const STEPS = 256;

/** The bytes that a loop processes between two looks at the clock. Ciphers take up to 5 ms. */
export const STEP = 8192;

/** A clock that gives the event loop its turn. */
export class Turns {
  readonly #maxBlocking: number;
  #since = Date.now();
  #turn: Promise<void> | undefined;

  /**
   * Starts the clock.
   *
   * @param maxBlocking The longest time without a turn, in milliseconds
   */
  constructor(maxBlocking: number = MAX_BLOCKING) {
    this.#maxBlocking = maxBlocking;
  }

  /**
   * Gives the event loop its turn if the computation has blocked it for long enough. Several
   * computations may share the clock: after a turn, each of them looks at it again.
   */
  async take(): Promise<void> {
    while (Date.now() - this.#since >= this.#maxBlocking) {
      await (this.#turn ??= this.#wait());
    }
  }

  async #wait(): Promise<void> {
    await sleep(0);
    this.#turn = undefined;
    this.#since = Date.now();
  }
}

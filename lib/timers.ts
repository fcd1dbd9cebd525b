/**
 * The runtime's timers, as they were when this module was loaded. The fake timers of a test runner
 * never fire by themselves, and what waits for them would wait forever.
 *
 * @module
 */
const { setTimeout, clearTimeout } = globalThis;

/** A timer that was set. */
export type Timer = ReturnType<typeof globalThis.setTimeout>;

/** Sets and clears timers. The delay is in milliseconds. */
export const timers: {
  set(run: () => void, delay: number): Timer;
  clear(timer: Timer | undefined): void;
} = {
  set: (run, delay) => setTimeout(run, delay),
  clear: (timer) => clearTimeout(timer),
};

/** Waits, in milliseconds. */
export function sleep(delay: number): Promise<void> {
  return new Promise((resolve) => timers.set(resolve, delay));
}

/**
 * Prints the steps of a connection.
 *
 * @module
 */
import { type Colour, oneLine, paint, print } from "./layout.ts";

/** The names of the steps, in order. */
const NAMES = [
  "name",
  "TCP",
  "proxy",
  "TLS",
  "server trust",
  "client certificate",
  "HTTP",
] as const;
const WIDTH = Math.max(...NAMES.map((name) => name.length));

/** The colours of the verdicts at a terminal. */
const COLOURS: Readonly<Record<string, Colour>> = { ok: "green", FAILED: "red" };

/** Name of a step. */
export type StepName = (typeof NAMES)[number];

/** Printer of the steps of a connection. It prints each step as soon as it ends. */
export class Steps {
  #next = 0;
  #failed = false;

  /** True if a step has failed. */
  get failed(): boolean {
    return this.#failed;
  }

  /** The name of the next step; undefined after the last one. */
  get next(): StepName | undefined {
    return NAMES[this.#next];
  }

  /** Prints that the next step passed. */
  pass(...lines: readonly string[]): void {
    this.#print("ok", lines);
  }

  /** Prints that the next step failed. The steps after it go on. */
  warn(...lines: readonly string[]): void {
    this.#failed = true;
    this.#print("FAILED", lines);
  }

  /**
   * Prints that a step failed. The steps before it passed, and the steps after it are not reached.
   *
   * @param step The step, if it is not before the next one; undefined for the next one
   */
  fail(step: StepName | undefined, ...lines: readonly string[]): void {
    const at = step === undefined ? this.#next : NAMES.indexOf(step);
    while (this.#next < at) this.pass();
    this.warn(...lines);
    while (this.#next < NAMES.length) this.#print("-", ["not reached"]);
  }

  /** Prints a step. Each line is shown as one line, whatever the text of others in it. */
  #print(verdict: string, lines: readonly string[]): void {
    const name = NAMES[this.#next++] ?? "";
    const start = `${verdict.padEnd(6)}  ${name.padEnd(WIDTH)}  `;
    const colour = COLOURS[verdict];
    const shown = colour === undefined ? start : start.replace(verdict, paint(verdict, colour));
    print(`${shown}${lines.map(oneLine).join(`\n${" ".repeat(start.length)}`)}`.trimEnd());
  }
}

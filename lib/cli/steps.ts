/**
 * Prints the steps of a connection.
 *
 * @module
 */
import type { McFetchErrorCode } from "../errors.ts";
import { showLine } from "./terminal.ts";

/** The names of the steps, in order. */
const NAMES = ["name", "TCP", "proxy", "TLS", "server trust", "client certificate", "HTTP"];
const WIDTH = Math.max(...NAMES.map((name) => name.length));

/** The steps of errors that may appear only after their step. */
const STEP_OF: Readonly<Partial<Record<McFetchErrorCode, string>>> = {
  proxy_failed: "proxy",
  tls_failed: "TLS",
  server_untrusted: "server trust",
  certificate_required: "client certificate",
  certificate_rejected: "client certificate",
  certificate_expired: "client certificate",
  certificate_revoked: "client certificate",
};

/** Printer of the steps of a connection. It prints each step as soon as it ends. */
export class Steps {
  #next = 0;
  #failed = false;

  /** True if a step has failed. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Prints that the next step passed. The lines are foreign text. */
  pass(...lines: string[]): void {
    this.#print("ok", lines);
  }

  /**
   * Prints that a step failed: the step of the error's code, or the next step. The steps before it
   * passed, and the steps after it are not reached.
   */
  fail(code: McFetchErrorCode, ...lines: string[]): void {
    const step = NAMES.indexOf(STEP_OF[code] ?? "");
    while (this.#next < step) this.pass();
    this.#print("FAILED", lines);
    this.#failed = true;
    while (this.#next < NAMES.length) this.#print("-", ["not reached"]);
  }

  #print(verdict: string, lines: readonly string[]): void {
    const name = NAMES[this.#next++] ?? "";
    const start = `${verdict.padEnd(6)}  ${name.padEnd(WIDTH)}  `;
    const text = lines.map(showLine).join(`\n${" ".repeat(start.length)}`);
    console.log(`${start}${text}`.trimEnd());
  }
}

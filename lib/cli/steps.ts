import type { McFetchErrorCode } from "../errors.ts";
import { clean } from "./terminal.ts";

/** The steps of a connection, first one first. */
const NAMES = ["name", "TCP", "proxy", "TLS", "server trust", "client certificate", "HTTP"];
const WIDTH = Math.max(...NAMES.map((name) => name.length));

/** What a failure is about, where that is not the step that was under way. */
const STEP_OF: Readonly<Partial<Record<McFetchErrorCode, string>>> = {
  proxy_failed: "proxy",
  tls_failed: "TLS",
  server_untrusted: "server trust",
  certificate_required: "client certificate",
  certificate_rejected: "client certificate",
  certificate_expired: "client certificate",
  certificate_revoked: "client certificate",
};

/** Prints how far a connection comes, each step as it is done. */
export class Steps {
  #next = 0;
  #failed = false;

  /** Whether a step has failed. */
  get failed(): boolean {
    return this.#failed;
  }

  /** The next step is done. */
  pass(text: string): void {
    this.#print("ok", text);
  }

  /** A step has failed: the one that the code is about, or the next. Those between were passed. */
  fail(code: McFetchErrorCode, text: string): void {
    const step = NAMES.indexOf(STEP_OF[code] ?? "");
    while (this.#next < step) this.pass("");
    this.#print("FAILED", text);
    this.#failed = true;
    while (this.#next < NAMES.length) this.#print("-", "not reached");
  }

  #print(verdict: string, text: string): void {
    const name = NAMES[this.#next++] ?? "";
    const start = `${verdict.padEnd(6)}  ${name.padEnd(WIDTH)}  `;
    const lines = clean(text).split("\n");
    console.log(`${start}${lines.join(`\n${" ".repeat(start.length)}`)}`.trimEnd());
  }
}

/** What the routes of the examples' sandbox have in common. */
import type { IncomingHttpHeaders } from "node:http";

/** A request, with its body read. */
export interface Call {
  readonly method: string;
  /** As the caller wrote it, with scheme and host. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What to answer, as JSON. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Answers a call, or throws a {@linkcode Refusal}. */
export type Route = (call: Call) => Answer | Promise<Answer>;

/** A call that is not what it should be, answered with Mastercard's error body. */
export class Refusal extends Error {
  readonly status: number;
  readonly reasonCode: string;

  constructor(status: number, reasonCode: string, description: string, options?: ErrorOptions) {
    super(description, options);
    this.status = status;
    this.reasonCode = reasonCode;
  }
}

/** A caller who did not show who they are. */
export function unauthorized(description: string, options?: ErrorOptions): Refusal {
  return new Refusal(401, "AUTHENTICATION_FAILED", description, options);
}

/** The types that the routes of the examples' sandbox share. */
import type { IncomingHttpHeaders } from "node:http";

/** Request with its body. */
export interface Call {
  readonly method: string;
  /** The URL as the caller wrote it, with scheme and host. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The client certificate in DER. */
  readonly certificate: Uint8Array;
}

/** Response with a JSON body. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Function that answers a call, or throws a {@linkcode Refusal}. */
export type Route = (call: Call) => Answer | Promise<Answer>;

/** Error that rejects a call. The response has Mastercard's error body. */
export class Refusal extends Error {
  readonly status: number;
  readonly reasonCode: string;

  constructor(status: number, reasonCode: string, description: string, options?: ErrorOptions) {
    super(description, options);
    this.status = status;
    this.reasonCode = reasonCode;
  }
}

/** Makes the error for a caller who is not authenticated. */
export function unauthorized(description: string, options?: ErrorOptions): Refusal {
  return new Refusal(401, "AUTHENTICATION_FAILED", description, options);
}

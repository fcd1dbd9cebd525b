/**
 * The `Response` of a request on Node.
 *
 * @module
 */

import { native } from "./native.ts";

/** The runtime's own class, and the class that every response claims to be of. */
const BuiltInResponse: typeof Response = native.Response;

/** undici's headers of a response. */
export type HeaderRecord = Record<string, string | string[] | undefined>;

/** The status line of a response, and its URL. */
export interface ResponseHead {
  readonly status: number;
  readonly statusText: string;
  /** The URL of the response, without a fragment. */
  readonly url: string;
}

/** The highest status that the constructor accepts (Fetch Standard, "initialize a response"). */
const MAX_STATUS = 599;

/** RFC 9112, section 4: `reason-phrase`. */
const REASON_PHRASE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Fetch Standard, "headers guard": the headers of a response from the network do not change. */
const IMMUTABLE: PropertyDescriptorMap = Object.fromEntries(
  ["append", "delete", "set"].map((name) => [name, { value: rejectChange }]),
);

function rejectChange(): never {
  throw new TypeError("immutable");
}

/** A `Response` that came from the network: one with a `url` and a `type`. */
class NetworkResponse extends BuiltInResponse {
  readonly #url: string;

  constructor(body: ReadableStream | null, init: ResponseInit, url: string) {
    super(body, init);
    this.#url = url;
    Object.defineProperties(this.headers, IMMUTABLE);
  }

  override get url(): string {
    return this.#url;
  }

  override get type(): ResponseType {
    return "basic";
  }

  override clone(): Response {
    const { body, headers } = super.clone();
    const { status, statusText } = this;
    return makeResponse(body, [...headers], { status, statusText, url: this.#url });
  }
}

/** Programs that compare classes find the built-in one. */
Object.defineProperty(NetworkResponse.prototype, "constructor", { value: BuiltInResponse });

/** Makes the response, also with a status line that the constructor rejects. */
export function makeResponse(
  body: ReadableStream | null,
  headers: [string, string][],
  { status, statusText, url }: ResponseHead,
): Response {
  if (status <= MAX_STATUS && REASON_PHRASE.test(statusText)) {
    return new NetworkResponse(body, { status, statusText, headers }, url);
  }
  const init = { status: Math.min(status, MAX_STATUS), headers };
  return Object.defineProperties(new NetworkResponse(body, init, url), {
    status: { value: status },
    statusText: { value: statusText },
  });
}

/** Lists the headers of a response. Each `set-cookie` stays one. */
export function listPairs(headers: HeaderRecord): [string, string][] {
  const pairs: [string, string][] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === "string") pairs.push([name, value]);
    else for (const each of value ?? []) pairs.push([name, each]);
  }
  return pairs;
}

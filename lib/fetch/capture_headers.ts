/**
 * Reading the headers that the caller passed to `fetch`.
 *
 * @module
 */
import type { CapturedBody } from "./capture_body.ts";
import { lengthOf } from "./runtime/client.ts";
import { invalidRequest, TOKEN } from "./runtime/invalid_request.ts";
import { native } from "./runtime/native.ts";
import { showValue } from "../show.ts";

/** Headers that the runtime writes itself. It rejects or ignores the caller's. */
const MANAGED: ReadonlySet<string> = new Set([
  "expect",
  "keep-alive",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Reads headers, and names the one that is wrong. */
export function readHeaders(given: unknown): Headers {
  try {
    return new native.Headers(given as HeadersInit | undefined);
  } catch { // the runtime's error may show the value, which may be a secret
    const name = findInvalidHeader(given);
    const which = name === undefined ? "its headers are" : `its header ${showValue(name)} is`;
    throw invalidRequest(`${which} not valid`);
  }
}

/** Names the header, never its value, which may be a secret. */
function findInvalidHeader(given: unknown): string | undefined {
  if (typeof given !== "object" || given === null) return undefined;
  const pairs = Symbol.iterator in given ? [...given as Iterable<unknown>] : Object.entries(given);
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2) continue;
    try {
      new native.Headers([[String(pair[0]), String(pair[1])]]);
    } catch {
      return String(pair[0]).slice(0, 64);
    }
  }
  return undefined;
}

/** RFC 9110, section 5.5: what a header value cannot hold. */
// deno-lint-ignore no-control-regex -- control characters are looked for
const NOT_A_VALUE = /[\0\r\n]|[^\x00-\xff]/;

/**
 * Lists the headers, and checks those that describe the body. A correct length is left out: the
 * runtime writes it.
 */
export function listHeaders(
  method: string,
  body: CapturedBody,
  headers: Headers,
): [string, string][] {
  if (body !== null && (method === "GET" || method === "HEAD")) {
    throw invalidRequest(`a ${method} request cannot have a body`);
  }
  const list = [...headers];
  // Workers accept any text.
  const wrong = list.find(([name, value]) => !TOKEN.test(name) || NOT_A_VALUE.test(value))?.[0];
  if (wrong !== undefined) throw invalidRequest(`its header ${showValue(wrong)} is not valid`);
  const managed = list.find(([name]) => MANAGED.has(name))?.[0];
  if (managed !== undefined) {
    throw invalidRequest(`the runtime writes the header ${managed} itself`);
  }
  const given = list.find(([name]) => name === "content-length")?.[1];
  const length = given === undefined ? undefined : lengthOf(body);
  if (length === undefined) return list; // only the sender of a stream knows its length
  if (given === String(length)) return list.filter(([name]) => name !== "content-length");
  throw invalidRequest(
    `its content-length header must be ${length}: current value is ${showValue(given)}`,
  );
}

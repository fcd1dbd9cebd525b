/**
 * A request on Node as undici sends it, with the headers that the built-in `fetch` adds.
 *
 * @module
 */
import { type HopRequest, lengthOf } from "./client.ts";
import { IDEMPOTENT } from "./init.ts";
import type { HopOptions } from "./node_pools.ts";
import { addExtras, setDefault } from "./node_extras.ts";

/** Headers that make a request conditional, which no cache may answer (Fetch Standard). */
const CONDITIONAL = [
  "if-modified-since",
  "if-none-match",
  "if-unmodified-since",
  "if-match",
  "if-range",
];

/** Returns undici's options of a request, but not its body. */
export function describeRequest(
  request: HopRequest,
  codings: string,
): Omit<HopOptions, "hop" | "body"> {
  const { method, url } = request;
  const { origin } = url;
  const path = withoutFragment(url).slice(origin.length);
  return { method, origin, path, headers: listHeaders(request, codings) };
}

/** Returns the URL as text, without its fragment. An empty query keeps its question mark. */
export function withoutFragment({ href }: URL): string {
  const at = href.indexOf("#");
  return at === -1 ? href : href.slice(0, at);
}

/** True if the server may get the request twice, and the body can be sent twice. */
export function isRepeatable({ method, body }: HopRequest): boolean {
  return IDEMPOTENT.has(method) && lengthOf(body) !== undefined;
}

/**
 * Lists the headers of a request as the built-in `fetch` sends them: equal names joined, `host`
 * left to the URL, defaults added (Fetch Standard, "HTTP-network-or-cache fetch").
 *
 * @param codings The value of `accept-encoding` if the caller gave none
 */
function listHeaders(request: HopRequest, codings: string): Map<string, string> {
  const { headers, body, extras, url } = request;
  const all = new Map<string, string>();
  for (const [name, value] of headers) {
    const before = all.get(name);
    const joined = `${before}${name === "cookie" ? "; " : ", "}${value}`;
    all.set(name, before === undefined ? value : joined);
  }
  all.delete("host");
  const length = lengthOf(body);
  if (length !== undefined && body !== null) setLength(all, length);
  setDefault(all, "accept", "*/*");
  setDefault(all, "accept-language", "*");
  all.set("sec-fetch-mode", extras?.mode ?? "cors");
  setDefault(all, "user-agent", "node");
  if (CONDITIONAL.some((name) => all.has(name))) {
    setDefault(all, "pragma", "no-cache");
    setDefault(all, "cache-control", "no-cache");
  }
  if (extras !== undefined) addExtras(all, extras, url);
  const encoding = all.get("accept-encoding");
  if (all.has("range")) {
    all.set("accept-encoding", encoding === undefined ? "identity" : `${encoding}, identity`);
  } else if (encoding === undefined) {
    all.set("accept-encoding", codings);
  }
  return all;
}

/** A wrong length is the caller's error. undici would find it when half of a blob was sent. */
function setLength(all: Map<string, string>, length: number): void {
  const given = all.get("content-length");
  if (given !== undefined && given !== String(length)) {
    throw new TypeError(`the content-length header is ${given}, and the body has ${length} bytes`);
  }
  if (length > 0) all.set("content-length", String(length));
}

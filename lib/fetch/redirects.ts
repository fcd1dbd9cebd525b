/**
 * Following redirects, hop by hop, within the origins that the certificate may be presented to. A
 * runtime would present it to any host that a redirect names.
 *
 * @module
 */
import { McFetchError } from "../errors.ts";
import type { Capture } from "./capture.ts";
import type { Origins } from "./origins.ts";
import { markRedirected } from "./response.ts";
import { type HopBody, type HopRequest, isStream } from "./runtime/client.ts";
import { native } from "./runtime/native.ts";
import { showText } from "../show.ts";

/** The statuses that redirect (Fetch Standard, "redirect status"). */
const REDIRECT_STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Redirects followed at most (Fetch Standard, "HTTP-redirect fetch", step 8). */
const MAX_REDIRECTS = 20;

/** Headers that go with the body (Fetch Standard, "request-body-header name"). */
const BODY_HEADERS: ReadonlySet<string> = new Set([
  "content-encoding",
  "content-language",
  "content-length",
  "content-location",
  "content-type",
]);

/** Headers that are meant for one origin (Fetch Standard, "HTTP-redirect fetch", step 13). */
const ORIGIN_HEADERS: ReadonlySet<string> = new Set([
  "authorization",
  "cookie",
  "host",
  "proxy-authorization",
]);

const POLICIES: ReadonlySet<string> = new Set([
  "no-referrer",
  "no-referrer-when-downgrade",
  "same-origin",
  "origin",
  "strict-origin",
  "origin-when-cross-origin",
  "strict-origin-when-cross-origin",
  "unsafe-url",
]);

/**
 * Sends a request and follows its redirects (Fetch Standard, "HTTP-redirect fetch").
 *
 * @param first The first hop
 * @param redirect What the caller wants done about redirects
 * @param origins The origins that redirects may lead to besides their own
 * @param send Sends one hop
 * @throws {McFetchError} `cross_origin_redirect` or `redirect_failed`
 */
export async function followRedirects(
  first: HopRequest,
  redirect: Capture["redirect"],
  origins: Origins,
  send: (request: HopRequest) => Promise<Response>,
): Promise<Response> {
  let request = first;
  for (let count = 0;; count++) {
    const response = await send(request);
    const isRedirect = REDIRECT_STATUSES.has(response.status) && redirect !== "manual";
    const location = isRedirect ? response.headers.get("location") : null;
    if (!isRedirect || (location === null && redirect === "follow")) {
      return count === 0 ? response : markRedirected(response);
    }
    await response.body?.cancel();
    if (redirect === "error") throw failed('there is one, and `redirect` is "error"');
    if (count === MAX_REDIRECTS) throw failed(`it is the ${MAX_REDIRECTS + 1}st in a row`);
    request = nextHop(request, response, resolve(location ?? "", request.url, origins));
  }
}

function nextHop(request: HopRequest, { status, headers: given }: Response, url: URL): HopRequest {
  const method = methodAfter(status, request.method);
  const isOtherOrigin = url.origin !== request.url.origin;
  const losesBody = method !== request.method;
  const body = losesBody ? null : repeatBody(request.body, status);
  const headers = request.headers.filter(([name]) =>
    !(isOtherOrigin && ORIGIN_HEADERS.has(name)) && !(losesBody && BODY_HEADERS.has(name))
  );
  const extras = request.extras && { ...request.extras, ...readReferrerPolicy(given) };
  return { ...request, method, url, headers, body, extras };
}

/** Referrer Policy, section 8.1: the last known policy of the response counts from here on. */
function readReferrerPolicy(headers: Headers): { referrerPolicy?: ReferrerPolicy } {
  const policies = (headers.get("referrer-policy") ?? "").toLowerCase().split(/[,\s]+/);
  const last = policies.findLast((policy) => POLICIES.has(policy));
  return last === undefined ? {} : { referrerPolicy: last as ReferrerPolicy };
}

/** Fetch Standard, "HTTP-redirect fetch", step 12. */
function methodAfter(status: number, method: string): string {
  const becomesGet = status === 303
    ? method !== "GET" && method !== "HEAD"
    : (status === 301 || status === 302) && method === "POST";
  return becomesGet ? "GET" : method;
}

function repeatBody(body: HopBody, status: number): HopBody {
  if (!isStream(body)) return body;
  throw failed(
    `status ${status} asks for the body again, and the body was a stream, which is gone; ` +
      "call the final URL, or pass the body as text or bytes",
  );
}

/** Resolves a Location, if the certificate may be presented there. */
function resolve(location: string, from: URL, origins: Origins): URL {
  const text = decodeLocation(location);
  if (!native.URL.canParse(text, from.href)) throw failed("its Location header is not a URL");
  const to = new native.URL(text, from);
  // The origin of a blob: URL is that of the URL inside.
  const isAllowed = to.origin === from.origin || origins?.has(to.origin);
  if (to.protocol !== "https:" || !isAllowed) {
    const where = /^https?:$/.test(to.protocol)
      ? showText(to.origin)
      : `a ${showText(to.protocol)} URL`;
    throw new McFetchError(
      "cross_origin_redirect",
      `Cannot follow the redirect from ${from.origin} to ${where}: the client certificate is ` +
        "presented only to the origin of the request and to those in `origins`",
    );
  }
  if (to.username !== "" || to.password !== "") {
    throw failed("its Location header holds a user name or a password");
  }
  if (to.hash === "") to.hash = from.hash;
  return to;
}

/** Header values come as Latin-1, one character a byte; a Location in raw UTF-8 is decoded. */
function decodeLocation(location: string): string {
  // deno-lint-ignore no-control-regex -- the bytes beyond ASCII are looked for
  if (!/[\x80-\xff]/.test(location) || /[^\x00-\xff]/.test(location)) return location;
  const bytes = Uint8Array.from(location, (character) => character.charCodeAt(0));
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return location;
  }
}

function failed(why: string): McFetchError {
  return new McFetchError("redirect_failed", `Cannot follow the redirect: ${why}`);
}

import { McFetchError } from "../errors.ts";
import type { Origins } from "./origins.ts";

/** The statuses that redirect (Fetch Standard, "redirect status"). */
const REDIRECT_STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Redirects followed at most (Fetch Standard, "HTTP-redirect fetch", step 8). */
const MAX_REDIRECTS = 20;

/** Headers that describe a body and go when it goes (Fetch Standard, "request-body-header name"). */
const BODY_HEADERS = [
  "content-encoding",
  "content-language",
  "content-length",
  "content-location",
  "content-type",
];

/** Headers that are meant for one origin (Fetch Standard, "HTTP-redirect fetch", step 13). */
const ORIGIN_HEADERS = ["authorization", "cookie", "host", "proxy-authorization"];

/** A request as it was given: what its redirects are followed with. */
export interface RedirectableRequest {
  /** The first hop. Its own `redirect` is `"manual"`. */
  readonly request: Request;
  /** What the caller wants done about redirects. */
  readonly redirect: RequestRedirect;
  /** The body where it can be sent again; a stream can be sent only once. */
  readonly body: Exclude<BodyInit, ReadableStream> | undefined;
  /** Where its redirects may lead besides its own origin. */
  readonly origins: Origins;
}

/**
 * Sends a request and follows its redirects, hop by hop, within its origin and those allowed: every
 * runtime would present the certificate to whatever host a redirect names (Fetch Standard,
 * "HTTP-redirect fetch").
 *
 * @throws {McFetchError} `cross_origin_redirect` or `redirect_failed`
 */
export async function followRedirects(
  { request: first, redirect, body, origins }: RedirectableRequest,
  send: (request: Request) => Promise<Response>,
): Promise<Response> {
  let request = first;
  for (let count = 0;; count++) {
    const response = await send(request);
    const location = response.headers.get("location");
    const ends = !REDIRECT_STATUSES.has(response.status) ||
      redirect === "manual" ||
      (location === null && redirect === "follow");
    if (ends) return count === 0 ? response : markRedirected(response);

    await response.body?.cancel();
    if (redirect === "error") {
      throw failed('there is one, and `redirect` is "error"');
    }
    if (count === MAX_REDIRECTS) {
      throw failed(`it is the ${MAX_REDIRECTS + 1}st in a row`);
    }

    const url = resolve(location ?? "", request, origins);
    const headers = new Headers(request.headers);
    if (url.origin !== new URL(request.url).origin) {
      for (const name of ORIGIN_HEADERS) headers.delete(name);
    }
    const method = methodAfter(response.status, request.method);
    const init: RequestInit = {
      method,
      headers,
      redirect: "manual",
      signal: first.signal,
    };
    if (method !== request.method || request.body === null) {
      for (const name of BODY_HEADERS) headers.delete(name);
    } else if (body === undefined) {
      throw failed(
        `status ${response.status} asks for the body again, and a body that was a stream or came ` +
          "in a Request is gone; call the final URL, or pass the body as text or bytes",
      );
    } else {
      if (body instanceof FormData) headers.delete("content-type"); // it names the old boundary
      init.body = body;
    }
    request = new Request(url, init);
  }
}

/** Fetch Standard, "HTTP-redirect fetch", step 12. */
function methodAfter(status: number, method: string): string {
  const becomesGet = status === 303
    ? method !== "GET" && method !== "HEAD"
    : (status === 301 || status === 302) && method === "POST";
  return becomesGet ? "GET" : method;
}

/** Where a redirect leads, if the certificate may be presented there. */
function resolve(location: string, { url }: Request, origins: Origins): URL {
  const from = new URL(url);
  if (!URL.canParse(location, url)) {
    throw failed("its Location header is not a URL");
  }
  const to = new URL(location, url);
  if (to.origin !== from.origin && !origins?.has(to.origin)) {
    // The origin of a URL without a host, such as data:, is the string "null".
    const where = to.origin === "null" ? `a ${to.protocol} URL` : to.origin;
    throw new McFetchError(
      "cross_origin_redirect",
      `Cannot follow the redirect from ${from.origin} to ${where}: the client certificate is ` +
        "presented to the origin that was asked for and to no other",
    );
  }
  if (to.username !== "" || to.password !== "") {
    throw failed("its Location header holds a user name or a password");
  }
  if (to.hash === "") to.hash = from.hash;
  return to;
}

function failed(why: string): McFetchError {
  return new McFetchError("redirect_failed", `Cannot follow the redirect: ${why}`);
}

/** `redirected` is the runtime's word on the redirects that it followed itself: none. */
function markRedirected(response: Response): Response {
  return Object.defineProperty(response, "redirected", { value: true });
}

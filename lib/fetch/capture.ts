/**
 * Reading what the caller passed to `fetch`: once, in the call, into a plain record. Later changes
 * to the caller's objects have no effect.
 *
 * @module
 */
import { McFetchError } from "../errors.ts";
import { captureBody, type CapturedBody, captureRequestBody } from "./capture_body.ts";
import { listHeaders, readHeaders } from "./capture_headers.ts";
import { invalidRequest, TOKEN } from "./runtime/invalid_request.ts";
import { findMissingClass, isPromise, native } from "./runtime/native.ts";
import { type RequestExtras, unsupportedRuntime } from "./runtime/client.ts";
import { showText } from "../show.ts";

/** A request as the caller passed it. */
export interface Capture {
  /** The method, normalized as the Fetch Standard does. */
  readonly method: string;
  readonly url: URL;
  /** Lower-case names, sorted; no default but `content-type`. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: CapturedBody;
  readonly signal: AbortSignal | undefined;
  /** The caller's `Request`, which its signal may depend on. */
  readonly owner: Request | undefined;
  readonly redirect: RequestRedirect;
  /** The digests that the body of the response must have (Subresource Integrity), or `""`. */
  readonly integrity: string;
  readonly extras: RequestExtras | undefined;
}

const OTHERS = [
  ...["body", "duplex", "headers", "integrity", "method", "redirect", "signal"] as const,
];
const EXTRAS = [
  ...["cache", "credentials", "keepalive", "mode", "referrer", "referrerPolicy"] as const,
];

/** The members of `init` that matter, as they were read. */
type Members = Partial<Record<typeof EXTRAS[number] | typeof OTHERS[number], unknown>>;

/** Fetch Standard, "method": these are upper-cased, and these are forbidden. */
const NORMALIZED = /^(delete|get|head|options|post|put)$/i;
const FORBIDDEN = /^(connect|trace|track)$/i;

/**
 * Reads a request. Everything is read synchronously, and each member once.
 *
 * @throws {McFetchError} `insecure_url`, `invalid_request`, or `unsupported_runtime`
 */
export function captureRequest(input: unknown, init: unknown): Capture {
  const request = capture(input, init);
  // Whoever sends the request gets the failure. If nobody sends it, the failure ends no process.
  if (isPromise(request.body)) request.body.catch(() => {});
  return request;
}

function capture(input: unknown, init: unknown): Capture {
  const missing = findMissingClass();
  if (missing !== undefined) {
    throw unsupportedRuntime(
      `there is no ${missing}; a test runner may have hidden it: use its environment for Node`,
    );
  }
  const members = readMembers(init);
  if (isRequest(input)) return captureFromRequest(input, members);
  if (isForeignRequest(input)) {
    // A Request of another realm or library: its members count as those of an init do.
    const own = readMembers(input);
    for (const name of [...OTHERS, ...EXTRAS]) members[name] ??= own[name];
    return captureMembers(readUrl(input.url), members);
  }
  return captureMembers(readUrl(input), members);
}

function readMembers(init: unknown): Members {
  if (init === undefined || init === null) return {};
  if (typeof init !== "object" && typeof init !== "function") {
    throw invalidRequest("init must be an object");
  }
  const given: Members & { readonly window?: unknown } = init;
  const members: Members = { // in the order of Web IDL
    body: given.body,
    cache: given.cache,
    credentials: given.credentials,
    duplex: given.duplex,
    headers: given.headers,
    integrity: given.integrity,
    keepalive: given.keepalive,
    method: given.method,
    mode: given.mode,
    redirect: given.redirect,
    referrer: given.referrer,
    referrerPolicy: given.referrerPolicy,
    signal: given.signal,
  };
  const { window } = given;
  if (window === undefined || window === null) return members;
  throw invalidRequest("window must be null");
}

function captureMembers(url: URL, members: Members): Capture {
  const method = readMethod(members.method);
  const headers = readHeaders(members.headers);
  const body = captureBody(members.body, headers, members.duplex);
  return {
    method,
    url,
    headers: listHeaders(method, body, headers),
    body,
    signal: readSignal(members.signal),
    owner: undefined,
    redirect: readRedirect(members.redirect),
    integrity: members.integrity === undefined ? "" : String(members.integrity),
    extras: readExtras(members),
  };
}

/** Has the runtime join `Request` and `init`: it knows what a subclass with getters cannot hide. */
function captureFromRequest(input: Request, members: Members): Capture {
  // Workers' Request rejects `integrity`, which is checked here on all runtimes.
  const { body: given = null, signal, integrity, ...others } = members;
  const hasBody = given !== null;
  if (!hasBody && input.bodyUsed) throw invalidRequest("its body was already used");
  // Read here first, for an error that names what is wrong.
  const givenMethod = members.method === undefined ? undefined : readMethod(members.method);
  const givenHeaders = members.headers === undefined ? undefined : readHeaders(members.headers);
  let request: Request;
  try {
    // A body of one byte stands in for the given one, which is captured below.
    const body = hasBody ? { body: new Uint8Array(1) } : {};
    const checked = { ...others, method: givenMethod, headers: givenHeaders, ...body };
    const init = Object.entries(checked).filter(([, value]) => value !== undefined);
    request = new native.Request(input, Object.fromEntries(init));
  } catch (cause) {
    throw invalidRequest(`the runtime rejects it (${describeCause(cause)})`, { cause });
  }
  const method = givenMethod ?? readMethod(request.method);
  // Bun keeps the headers of the Request beside those of `init`.
  const headers = givenHeaders ?? new native.Headers(request.headers);
  const body = hasBody
    ? captureBody(given, headers, members.duplex)
    : captureRequestBody(request, input);
  return {
    method,
    url: readUrl(request.url),
    headers: listHeaders(method, body, headers),
    body,
    signal: signal === undefined ? readSignal(input.signal) : readSignal(signal),
    owner: input,
    redirect: request.redirect,
    integrity: String(integrity ?? request.integrity ?? ""),
    extras: readExtras(members) ?? pickExtras(request),
  };
}

function isRequest(input: unknown): input is Request {
  return typeof native.Request === "function" && input instanceof native.Request;
}

function isForeignRequest(input: unknown): input is { readonly url: string } {
  if (typeof input !== "object" || input === null || input instanceof native.URL) return false;
  return (input as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] === "Request";
}

function readUrl(input: unknown): URL {
  const text = String(input);
  let url: URL;
  try {
    url = new native.URL(text);
  } catch { // the runtime's error shows the URL, which may hold a secret
    throw invalidRequest("its URL is not an absolute URL");
  }
  const { protocol, username, password, origin } = url;
  if (protocol !== "https:") {
    const where = protocol === "http:" ? origin : `a ${showText(protocol)} URL`;
    const message = `Cannot send the request to ${where}: a client certificate needs https:`;
    throw new McFetchError("insecure_url", message);
  }
  if (username !== "" || password !== "") {
    throw invalidRequest("its URL holds a user name or a password; use an Authorization header");
  }
  return url;
}

function readMethod(given: unknown): string {
  if (given === undefined) return "GET";
  const method = String(given);
  if (!TOKEN.test(method)) {
    throw invalidRequest("its method is not a token (RFC 9110, section 9.1)");
  }
  if (FORBIDDEN.test(method)) throw invalidRequest(`fetch forbids the method ${showText(method)}`);
  return NORMALIZED.test(method) ? method.toUpperCase() : method;
}

function readSignal(signal: unknown): AbortSignal | undefined {
  if (signal === undefined || signal === null) return undefined;
  const { aborted, addEventListener } = signal as Partial<AbortSignal>;
  if (typeof aborted === "boolean" && typeof addEventListener === "function") {
    return signal as AbortSignal;
  }
  throw invalidRequest("signal is not an AbortSignal");
}

function readRedirect(given: unknown): RequestRedirect {
  const redirect = given === undefined ? "follow" : String(given);
  if (redirect === "follow" || redirect === "manual" || redirect === "error") return redirect;
  throw invalidRequest('redirect must be "follow", "manual" or "error"');
}

/** Has the runtime check the members that few programs use. */
function readExtras(members: Members): RequestExtras | undefined {
  if (EXTRAS.every((name) => members[name] === undefined)) return undefined;
  const given = EXTRAS.filter((name) => members[name] !== undefined)
    .map((name) => [name, members[name]]);
  try {
    const init = Object.fromEntries(given);
    return { ...init, ...pickExtras(new native.Request("https://localhost", init)) };
  } catch (cause) {
    const names = given.map(([name]) => name).join(", ");
    throw invalidRequest(`the runtime rejects one of ${names}`, { cause });
  }
}

function pickExtras(request: Request): RequestExtras {
  const members = EXTRAS.map((name) => [name, request[name]] as const);
  // Bun's Request lacks some of them.
  return Object.fromEntries(members.filter(([, value]) => value !== undefined)) as RequestExtras;
}

function describeCause(cause: unknown): string {
  return cause instanceof Error ? showText(cause.message, 200) : "unknown reason";
}

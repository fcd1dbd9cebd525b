/**
 * `mcFetch` and `createMcFetch`: `fetch` with a client certificate.
 *
 * @module
 */
import type { Credentials } from "../identity/credentials.ts";
import { type Capture, captureRequest } from "./capture.ts";
import type { CapturedBody } from "./capture_body.ts";
import { checkOrigin } from "./origins.ts";
import { type Owner, releaseClients } from "./pool.ts";
import { followRedirects } from "./redirects.ts";
import type { HopRequest, Sender } from "./runtime/client.ts";
import { abortable, reasonOf } from "./runtime/signal.ts";
import { borrowSender, callCredentials, findSession, type Session } from "./session.ts";

/** A `fetch` that presents a client certificate, made by {@linkcode createMcFetch}. */
export interface McFetch {
  /**
   * Sends a request with the certificate.
   *
   * @param input The URL or the request
   * @param init As for `fetch`
   * @returns The runtime's own response, whatever its status
   * @throws {McFetchError} as {@linkcode mcFetch} does, and `closed` after `close()`
   */
  (input: string | URL | Request, init?: RequestInit | null): Promise<Response>;

  /**
   * Takes no more requests, and closes the connections once what is under way is done. A response
   * that was received can still be read to its end.
   */
  close(): Promise<void>;

  /** The same as `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * `fetch` with a client certificate.
 *
 * Calls with equal credentials share connections, however the credentials were built. A client
 * that was idle for a minute is closed.
 *
 * @param input The URL or the request; `https:` alone
 * @param init As for `fetch`. Redirects are followed within the origin of `input` and nowhere else
 * @param credentials The certificate to present
 * @returns The runtime's own response, whatever its status
 * @throws {McFetchError} see {@linkcode McFetchErrorCode} for what `code` tells
 * @throws {DOMException} the signal's reason, when the request is aborted
 *
 * @example A `.p12` file and its passphrase
 * ```ts no-eval
 * import { mcFetch } from "@acme/mc-mtls";
 *
 * const response = await mcFetch(
 *   "https://mtf.services.mastercard.com/petstore/pets?status=AVAILABLE",
 *   { headers: { accept: "application/json" } },
 *   { pfx: await Deno.readFile("client.p12"), passphrase: "keystorepassword" },
 * );
 * console.log(response.status, await response.json());
 * ```
 */
export async function mcFetch(
  input: string | URL | Request,
  init: RequestInit | null | undefined,
  credentials: Credentials,
): Promise<Response> {
  const request = captureRequest(input, init);
  const session = typeof credentials === "function"
    ? callCredentials(credentials)
    : findSession(credentials);
  return await send(request, session, EVERYONE);
}

/**
 * Binds `fetch` to a client certificate, for API clients that take a `fetch` of one's own.
 *
 * The result can stand wherever `typeof fetch` is asked for. It opens nothing before its first
 * request.
 *
 * @param credentials The certificate to present; copied at once, unless it is a function
 * @returns The bound function; close it when it is not needed any more
 * @throws {McFetchError} `invalid_argument` if a part of them is missing or unknown
 *
 * @example Hand it to a generated client
 * ```ts no-eval
 * import { createMcFetch } from "@acme/mc-mtls";
 *
 * await using fetch = createMcFetch({
 *   cert: await Deno.readTextFile("client.pem"),
 *   key: await Deno.readTextFile("client.key"),
 * });
 * const response = await fetch("https://mtf.services.mastercard.com/petstore/pets/1");
 * console.log(response.status);
 * ```
 */
export function createMcFetch(credentials: Credentials): McFetch {
  const owner: Owner = { closed: false };
  // What does not change is checked and copied here, once.
  const session = typeof credentials === "function" ? undefined : findSession(credentials);

  const fetch = async (
    input: string | URL | Request,
    init?: RequestInit | null,
  ): Promise<Response> => {
    const request = captureRequest(input, init);
    const current = session ?? callCredentials(credentials as Extract<Credentials, () => unknown>);
    return await send(request, current, owner);
  };
  const close = (): Promise<void> => {
    releaseClients(owner);
    return Promise.resolve();
  };
  return Object.assign(fetch, { close, [Symbol.asyncDispose]: close });
}

/** The owner of the clients that `mcFetch` opens. They are closed when they have been idle. */
const EVERYONE: Owner = { closed: false };

async function send(
  request: Capture,
  session: Session | Promise<Session>,
  owner: Owner,
): Promise<Response> {
  const { signal, integrity, redirect } = request;
  if (signal?.aborted) {
    if (session instanceof Promise) session.catch(() => {});
    const reason = reasonOf(signal);
    cancelBody(request.body, reason);
    throw reason;
  }
  const current = session instanceof Promise ? await abortable(session, signal) : session;
  const { origins } = current;
  checkOrigin(request.url, origins);
  const { sender, opened, release } = borrowSender(current, owner);
  try {
    const client = opened ?? await abortable(sender, signal);
    const body = request.body instanceof Promise
      ? await abortable(request.body, signal)
      : request.body;
    const first: HopRequest = { ...request, body };
    const response = await followRedirects(
      first,
      redirect,
      origins,
      (hop) => sendHop(client, hop),
    );
    if (integrity === "") return response;
    const { checkIntegrity } = await import("./integrity.ts");
    return await checkIntegrity(response, integrity);
  } finally {
    release();
  }
}

/** Nobody reads the body of a request that is not sent. */
function cancelBody(body: CapturedBody, reason: unknown): void {
  if (body instanceof Promise) body.then((body) => cancelBody(body, reason), () => {});
  else if (body !== null && "getReader" in body) body.cancel(reason).catch(() => {});
}

async function sendHop(client: Sender, request: HopRequest): Promise<Response> {
  try {
    return await client.send(request);
  } catch (error) {
    if (request.signal?.aborted) throw reasonOf(request.signal);
    const { toMcFetchError } = await import("./failures.ts");
    const failure = toMcFetchError(error, request.url, client.settings);
    throw await abortable(failure, request.signal);
  }
}

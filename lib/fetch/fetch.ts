/**
 * `mcFetch` and `createMcFetch`: `fetch` with a client certificate.
 *
 * @module
 */
import type { Credentials } from "../identity/credentials.ts";
import { captureRequest } from "./capture.ts";
import {
  type CheckedOptions,
  checkOptions,
  DEFAULTS,
  type McFetchCallOptions,
  type McFetchOptions,
  RENEWAL_OPTIONS,
} from "./options.ts";
import { closeAllClients, type Owner, releaseClients } from "./pool.ts";
import { send } from "./send.ts";
import { checkOpen } from "./session.ts";
import { makeSource, type Source } from "./source.ts";

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

/** `fetch` with a client certificate, and the end of all its connections. */
export interface McFetchFunction {
  /**
   * `fetch` with a client certificate.
   *
   * Calls with equal credentials share connections, however the credentials were built. A client
   * that was idle for a minute is closed.
   *
   * If the credentials are a function, pass the same function in each call: it is called at most
   * once a minute. See {@linkcode createMcFetch}.
   *
   * @param input The URL or the request; only `https:`
   * @param init As for `fetch`. Redirects are followed only within the origin of `input`
   * @param credentials The certificate to present
   * @param options The number of clients that the program keeps open
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
  (
    input: string | URL | Request,
    init: RequestInit | null | undefined,
    credentials: Credentials,
    options?: McFetchCallOptions,
  ): Promise<Response>;

  /**
   * Closes all clients of the program, those of bound functions too, once what is under way is
   * done. Later calls of `mcFetch` reject with `closed`; bound functions open a client again.
   */
  close(): Promise<void>;
}

/**
 * `fetch` with a client certificate: {@linkcode McFetchFunction}.
 *
 * @example A `.p12` file and its passphrase
 * ```ts no-eval
 * import { mcFetch } from "@acme/mc-mtls";
 *
 * const pfx = await Deno.readFile("client.p12");
 * const url = "https://mtf.services.mastercard.com/petstore/pets/1";
 * const response = await mcFetch(url, undefined, { pfx, passphrase: "keystorepassword" });
 * console.log(response.status, await response.json());
 * ```
 */
export const mcFetch: McFetchFunction = Object.assign(
  async function mcFetch(
    input: string | URL | Request,
    init: RequestInit | null | undefined,
    credentials: Credentials,
    options?: McFetchCallOptions,
  ): Promise<Response> {
    const request = captureRequest(input, init);
    const isRenewed = typeof credentials === "function";
    const { maxClients } = options === undefined
      ? DEFAULTS
      : checkOptions(ACTION, options, ["maxClients"], isRenewed);
    checkOpen(EVERYONE);
    const source = isRenewed
      ? findSource(credentials)
      : makeSource(credentials, EVERYONE, DEFAULTS);
    return await send(request, source, maxClients);
  },
  {
    close(): Promise<void> {
      EVERYONE.closed = true;
      closeAllClients();
      return Promise.resolve();
    },
  },
);

/** The owner of the clients that `mcFetch` opens. They are closed when they have been idle. */
const EVERYONE: Owner = { closed: false };

const ACTION = "send the request";

/** The sources of the functions that `mcFetch` got. */
const sources = new WeakMap<object, Source>();

function findSource(credentials: Extract<Credentials, () => unknown>): Source {
  const source = sources.get(credentials) ??
    makeSource(credentials, { closed: false }, DEFAULTS);
  sources.set(credentials, source);
  return source;
}

/**
 * Binds `fetch` to a client certificate, for API clients that accept a `fetch` function.
 *
 * The result has the type of `fetch`. It opens nothing before its first request.
 *
 * Credentials may be a function, for a certificate that is renewed while the program runs, such as
 * {@linkcode fromFiles} returns. It is called before the first request, and later at most once per
 * `refresh`, in the background of a request, one call at a time. Another certificate is used by new
 * requests; those under way finish on their connections. If the function fails or returns what
 * cannot be used, the last good certificate stays in use. If the server rejects the certificate,
 * the function is called at once, and the request is sent again if there is another one.
 *
 * @param credentials The certificate to present; copied at once, unless it is a function
 * @param options How the certificate is renewed, and what to tell about it
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
export function createMcFetch(credentials: Credentials, options?: McFetchOptions): McFetch {
  const checked = readOptionsOfFetch(credentials, options);
  const source = makeSource(credentials, { closed: false }, checked);
  const fetch = async (
    input: string | URL | Request,
    init?: RequestInit | null,
  ): Promise<Response> => await send(captureRequest(input, init), source, checked.maxClients);
  const close = (): Promise<void> => {
    releaseClients(source.owner);
    return Promise.resolve();
  };
  return Object.assign(fetch, { close, [Symbol.asyncDispose]: close });
}

function readOptionsOfFetch(
  credentials: Credentials,
  options: McFetchOptions | undefined,
): CheckedOptions {
  if (options === undefined) return DEFAULTS;
  const names = [...RENEWAL_OPTIONS, "maxClients"] as const;
  return checkOptions("bind the credentials", options, names, typeof credentials === "function");
}

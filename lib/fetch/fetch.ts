import { releaseClients, useClient } from "./clients.ts";
import {
  copyCredentials,
  type Credentials,
  type FixedCredentials,
} from "../identity/credentials.ts";
import { digestCredentials, openFiles } from "./settings.ts";
import { McFetchError } from "../errors.ts";
import { toMcFetchError } from "./failures.ts";
import { checkOrigin, type Origins, readOrigins } from "./origins.ts";
import { followRedirects, type RedirectableRequest } from "./redirects.ts";
import type { Client, Hop } from "./runtime/client.ts";
import { findRuntime } from "./runtime/find.ts";

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
  (input: string | URL | Request, init?: RequestInit): Promise<Response>;

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
  init: RequestInit | undefined,
  credentials: Credentials,
): Promise<Response> {
  return await send(input, init, await presenter(credentials, EVERYONE));
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
  const owner = {};
  // What does not change is checked and copied here, once.
  const bound = typeof credentials === "function" ? undefined : bind(credentials, owner);
  let closed = false;

  const fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    if (closed) {
      throw new McFetchError("closed", "Cannot send the request: this fetch was closed");
    }
    return await send(input, init, bound ?? await presenter(credentials, owner));
  };
  const close = (): Promise<void> => {
    closed = true;
    releaseClients(owner);
    return Promise.resolve();
  };
  return Object.assign(fetch, { close, [Symbol.asyncDispose]: close });
}

/** The owner of the clients that `mcFetch` opens. They are closed when they have been idle. */
const EVERYONE = {};

/** What presents the certificate, and where it may. */
interface Presenter {
  readonly origins: Origins;
  /** Gives `work` a pooled client of the runtime's, or the caller's fetcher. */
  present(work: (hop: Hop) => Promise<Response>): Promise<Response>;
}

async function presenter(credentials: Credentials, owner: object): Promise<Presenter> {
  return bind(typeof credentials === "function" ? await credentials() : credentials, owner);
}

function bind(credentials: FixedCredentials, owner: object): Presenter {
  const { files, fetcher, origins: given } = copyCredentials(credentials);
  const origins = readOrigins(given);
  if (files === undefined) return { origins, present: (work) => work(fetcher) };

  const open = async (): Promise<Client> => {
    const openClient = findRuntime();
    const settings = await openFiles(files);
    return Object.assign(await openClient(settings), { settings });
  };
  let name: Promise<string> | undefined;
  return {
    origins,
    async present(work) {
      name ??= digestCredentials(files);
      return await useClient(await name, owner, open, work);
    },
  };
}

async function send(
  input: string | URL | Request,
  init: RequestInit | undefined,
  { origins, present }: Presenter,
): Promise<Response> {
  const request = makeRequest(input, init, origins);
  return await present((hop) => followRedirects(request, (request) => sendHop(hop, request)));
}

/** Has the runtime check and normalise the request before anything else is done. */
function makeRequest(
  input: string | URL | Request,
  init: RequestInit = {},
  origins: Origins,
): RedirectableRequest {
  const given = typeof input === "object" && "url" in input ? input : undefined;
  checkOrigin(readUrl(given?.url ?? String(input)), origins);

  const { body, redirect = given?.redirect ?? "follow" } = init;
  if (given?.bodyUsed && !body) throw invalid("its body was already used");
  let request: Request;
  try {
    request = new Request(input, { ...init, redirect: "manual" });
  } catch (cause) {
    throw invalid("its method, headers or body are not valid", { cause });
  }
  if (body && /^(GET|HEAD)$/.test(request.method)) { // Bun looks at this no sooner than it sends
    throw invalid(`a ${request.method} request cannot have a body`);
  }
  if (!["follow", "manual", "error"].includes(redirect)) {
    throw invalid('redirect is none of "follow", "manual" and "error"');
  }
  if (given && !body) useUp(given, request);
  const isStream = typeof body === "object" && body !== null &&
    (body instanceof ReadableStream || Symbol.asyncIterator in body);
  return { request, redirect, body: isStream ? undefined : body ?? undefined, origins };
}

/** Bun copies a body into the new request, but for an empty one, and leaves the first unused. */
function useUp(given: Request, request: Request): void {
  if (given.bodyUsed || given.body === request.body) return;
  given.body?.cancel().catch(() => {}); // comes to its end with the copy
}

function readUrl(text: string): URL {
  if (!URL.canParse(text)) throw invalid("its URL is not an absolute URL");
  const url = new URL(text);
  const { protocol, username, password, origin } = url;
  if (protocol !== "https:") {
    const where = origin === "null" ? `a ${protocol} URL` : origin;
    const message = `Cannot send the request to ${where}: a client certificate needs https:`;
    throw new McFetchError("insecure_url", message);
  }
  if (username !== "" || password !== "") {
    throw invalid("its URL holds a user name or a password; use an Authorization header");
  }
  return url;
}

function invalid(why: string, options?: ErrorOptions): McFetchError {
  return new McFetchError("invalid_request", `Cannot send the request: ${why}`, options);
}

async function sendHop(hop: Hop, request: Request): Promise<Response> {
  try {
    return await hop.fetch(request);
  } catch (error) {
    if (request.signal.aborted) throw request.signal.reason;
    if (error instanceof McFetchError) throw error;
    throw await toMcFetchError(error, new URL(request.url), hop.settings);
  }
}

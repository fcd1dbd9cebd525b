/**
 * The contract between the path of a request and a runtime: one request, one response.
 *
 * @module
 */
import { McFetchError } from "../../errors.ts";
import type { Identity } from "../../identity/identity.ts";
import { describeKey } from "../../keys/algorithms.ts";

/** One request as it goes on the wire. An adapter does not change it. */
export interface HopRequest {
  /** The method, normalized as the Fetch Standard does. */
  readonly method: string;
  /** An `https:` URL without user name and password. It may have a fragment. */
  readonly url: URL;
  /** Validated headers with lower-case names, as the caller gave them; no defaults yet. */
  readonly headers: readonly (readonly [string, string])[];
  /** The body, if there is one. */
  readonly body: HopBody;
  /** The caller's own signal. */
  readonly signal: AbortSignal | undefined;
  /** Members of `init` that few programs use, as the runtime's `Request` reads them. */
  readonly extras?: RequestExtras | undefined;
  /**
   * The caller's `Request`, if there is one. An adapter keeps it as long as the signal matters: on
   * Node the signal of a `Request` that is collected follows nothing any more.
   */
  readonly owner?: Request | undefined;
}

/**
 * The body of a request. Bytes and blobs can be sent again. A stream is sent once, and chunked
 * unless a `content-length` header gives its length.
 */
export type HopBody = Uint8Array<ArrayBuffer> | Blob | ReadableStream<Uint8Array> | null;

/** True if a body is a stream, which is gone once it was sent. */
export function isStream(body: HopBody): body is ReadableStream<Uint8Array> {
  return body !== null && "getReader" in body;
}

/** Returns the length of a body in bytes, if it is known. Such a body can be sent again. */
export function lengthOf(body: HopBody | Promise<HopBody>): number | undefined {
  if (body === null) return 0;
  if (ArrayBuffer.isView(body)) return body.byteLength;
  return "size" in body ? body.size : undefined;
}

/** Members of `init` that few programs use. */
export type RequestExtras = Pick<
  RequestInit,
  "cache" | "credentials" | "keepalive" | "mode" | "referrer" | "referrerPolicy"
>;

/** What a client is opened with: the identity to present and the CAs to trust. */
export interface ClientSettings extends Identity {
  /** CA certificates in PEM, trusted in addition to the runtime's own. */
  readonly extraCa: readonly string[];
  /** The proxy to go through, an `http:` or `https:` URL. Without one the runtime decides. */
  readonly proxy?: string;
}

/** Sends requests, each with the certificate. Knows nothing of key files or redirects. */
export interface Sender {
  /** The settings that the client was opened with; none if the caller's own fetcher sends. */
  readonly settings?: ClientSettings;
  /** Sends one request. Follows nothing. Rejects with the raw failure or the signal's reason. */
  send(request: HopRequest): Promise<Response>;
}

/** One identity's connections. */
export interface Client extends Sender {
  readonly settings: ClientSettings;
  /** Stops taking requests. Requests under way finish; then their connections close. */
  close(): void;
}

/** Opens a client. */
export type OpenClient = (settings: ClientSettings) => Promise<Client>;

/**
 * Returns the error for a certificate or key that the runtime's TLS does not support.
 *
 * @param runtime The runtime's name
 * @param identity The certificate and key
 * @param why `fault`: the demand that the certificate does not meet. `cause`: the runtime's error
 */
export function refuseKey(
  runtime: string,
  { keyKind, isUsual }: Identity,
  { fault, cause }: { readonly fault?: string | undefined; readonly cause?: unknown } = {},
): McFetchError {
  const key = `${describeKey(keyKind)}${isUsual ? "" : ", in an unusual form"}`;
  return new McFetchError(
    "unsupported_algorithm",
    `Cannot present the client certificate: the TLS of ${runtime} does not support it or its key ` +
      `(${key})${fault === undefined ? "" : `: ${fault}`}; ` +
      "ask for a certificate of version 3 for an RSA 2048 or EC P-256 key",
    { cause },
  );
}

/** Returns the error for a CA certificate that the runtime's TLS cannot read. */
export function refuseCa(runtime: string, cause: unknown): McFetchError {
  const message =
    `Cannot use \`extraCa\`: the TLS of ${runtime} cannot read a certificate in it; ` +
    "export it again, or pass another certificate of the CA";
  return new McFetchError("malformed_credentials", message, { cause });
}

const CURVES: ReadonlySet<string> = new Set(["P-256", "P-384", "P-521"]);

/** True if a key is of a kind that the TLS of Deno and Bun supports, sizes aside. */
export function isCommonKey({ keyKind: kind, isUsual }: Identity): boolean {
  if (!isUsual) return false;
  if (kind.family === "RSA") return kind.scheme === "RSA";
  if (kind.family === "EC") return kind.curve !== undefined && CURVES.has(kind.curve);
  return kind.family === "other" && kind.name === "Ed25519";
}

/** Returns the error for a runtime in which a certificate cannot be presented. */
export function unsupportedRuntime(why: string, options?: ErrorOptions): McFetchError {
  const message = `Cannot present a client certificate in this runtime: ${why}`;
  return new McFetchError("unsupported_runtime", message, options);
}

/** Returns the error for a `fetch` that drops the option that carries the certificate. */
export function replacedFetch(option: string): McFetchError {
  return unsupportedRuntime(
    `\`globalThis.fetch\` was replaced before this module was loaded, and ignores \`${option}\`; ` +
      "load this module first",
  );
}

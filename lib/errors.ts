/**
 * The error class of this module, its codes, and the errors about key files.
 *
 * @module
 */
import { showText } from "./show.ts";

/**
 * Stable name of a failure. Programs compare `code`; people read `message`.
 *
 * About the caller's arguments, before any file is opened:
 * - `invalid_argument`: an option is unknown, missing, of the wrong type, or does not apply.
 *
 * About the credentials, before any connection is opened:
 * - `wrong_passphrase`: the passphrase does not open the file.
 * - `malformed_credentials`: the file is truncated, damaged, or of another kind.
 * - `unsupported_algorithm`: the file uses an algorithm that this library or the runtime does not
 *   support. The message names it.
 * - `limit_exceeded`: opening the file needs more work or memory than the limits allow.
 * - `no_private_key`, `no_certificate`: the file has no private key or no certificate.
 * - `ambiguous_key`: the file has several private keys and the caller chose none.
 * - `key_mismatch`: no certificate matches the private key.
 * - `credentials_unavailable`: a file or variable that holds credentials cannot be read.
 *
 * About the request:
 * - `insecure_url`: the URL is not `https:`.
 * - `invalid_request`: the URL, method, headers or body are not valid.
 * - `origin_not_allowed`: `origins` does not allow the certificate for this URL.
 * - `cross_origin_redirect`: a redirect leads to an origin that may not see the certificate.
 * - `redirect_failed`: a redirect cannot be followed, or `redirect` is `"error"`.
 * - `unsupported_runtime`: this runtime cannot present the certificate.
 * - `permission_denied`: the runtime does not permit the program to connect.
 * - `closed`: the fetch function was closed.
 *
 * About the connection:
 * - `certificate_required`, `certificate_rejected`, `certificate_expired`, `certificate_revoked`:
 *   the server rejected the client certificate, or received none.
 * - `server_untrusted`: the server's certificate is not trusted.
 * - `tls_failed`: the TLS handshake failed for another reason.
 * - `proxy_failed`: the proxy rejected the tunnel or could not be reached.
 * - `connection_failed`: the connection could not be opened, or it ended early.
 * - `invalid_response`: the response is not valid HTTP, or does not match `integrity`.
 */
export type McFetchErrorCode =
  | "wrong_passphrase"
  | "malformed_credentials"
  | "unsupported_algorithm"
  | "limit_exceeded"
  | "no_private_key"
  | "no_certificate"
  | "ambiguous_key"
  | "key_mismatch"
  | "credentials_unavailable"
  | "insecure_url"
  | "invalid_request"
  | "origin_not_allowed"
  | "cross_origin_redirect"
  | "redirect_failed"
  | "unsupported_runtime"
  | "permission_denied"
  | "closed"
  | "certificate_required"
  | "certificate_rejected"
  | "certificate_expired"
  | "certificate_revoked"
  | "server_untrusted"
  | "tls_failed"
  | "proxy_failed"
  | "connection_failed"
  | "invalid_response"
  | "invalid_argument";

/**
 * Codes of failures that `fetch` itself also has. p-retry and ky retry an error only if its name is
 * `TypeError` and its message is a runtime's own network error. These errors have that name, and
 * their messages begin as Deno's do: "error sending request for url".
 */
const NETWORK_ERROR = /^(certificate_|server_untrusted|tls_failed|proxy_failed|connection_failed)/;

/** The longest message, in characters. Each foreign text in it has a bound of its own. */
const MAX_MESSAGE = 4096;

/**
 * Error of every function of this module. It is a `TypeError`, as every failure of `fetch` is, so
 * code that handles a failed `fetch` handles this error too. Its `name` is `"TypeError"` if it is
 * about the connection, and `"McFetchError"` otherwise.
 *
 * @example Handle a wrong passphrase
 * ```ts
 * import { McFetchError, mcFetch } from "@acme/mc-mtls";
 *
 * try {
 *   await mcFetch("https://localhost", undefined, { pfx: new Uint8Array(), passphrase: "" });
 * } catch (error) {
 *   if (error instanceof McFetchError && error.code === "wrong_passphrase") {
 *     console.error("Check the passphrase of the .p12 file");
 *   }
 * }
 * ```
 */
export class McFetchError extends TypeError {
  /** The stable name of the failure. */
  readonly code: McFetchErrorCode;

  /**
   * Creates the error.
   *
   * @param code The stable name of the failure
   * @param message The problem and what to do about it, without any secret. It becomes one line
   * without invisible characters, since it may quote text of others
   * @param options `cause`: the runtime's own error, if there is one
   */
  constructor(code: McFetchErrorCode, message: string, options?: ErrorOptions) {
    super(showText(message, MAX_MESSAGE), options);
    this.name = NETWORK_ERROR.test(code) ? "TypeError" : "McFetchError";
    this.code = code;
  }
}

/** Returns the error for a wrong argument. */
export function invalidArgument(action: string, problem: string): McFetchError {
  return new McFetchError("invalid_argument", `Cannot ${action}: ${problem}`);
}

/**
 * Reason why a key file cannot be used. `identity/advice.ts` has the advice for each reason, for
 * each function that can be called.
 */
export type KeyFileReason =
  | "damaged"
  | "empty"
  | "foreign"
  | "read_as_text"
  | "unread"
  | "unsupported_encryption"
  | "unsupported_content"
  | "unsupported_key"
  | "unusable_key"
  | "limit"
  | "passphrase_missing"
  | "passphrase_wrong"
  | "no_private_key"
  | "no_certificate"
  | "no_ca_certificate"
  | "key_mismatch"
  | "ambiguous_key";

/** Error about a key file. Its message states the problem, without advice. */
export class KeyFileError extends McFetchError {
  /** Why the file cannot be used. */
  readonly reason: KeyFileReason;
  /** Detail of the reason: a limit's name, a kind of file, or another possible cause. */
  readonly detail: string;

  /** Creates the error. */
  constructor(code: McFetchErrorCode, message: string, reason: KeyFileReason, detail = "") {
    super(code, message);
    this.reason = reason;
    this.detail = detail;
  }
}

/**
 * Returns the error for a file that is damaged or of another kind.
 *
 * @param file The file's name in messages, such as "the PKCS#12 file"
 * @param problem The broken rule and the value, without any secret
 */
export function malformed(
  file: string,
  problem: string,
  reason: KeyFileReason = "damaged",
  detail = "",
): KeyFileError {
  return new KeyFileError("malformed_credentials", openingMessage(file, problem), reason, detail);
}

/**
 * Returns the error for a valid file that uses an algorithm that is not supported.
 *
 * @param file The file's name in messages
 * @param what The algorithm's usual name or object identifier
 */
export function unsupported(
  file: string,
  what: string,
  reason: KeyFileReason = "unsupported_encryption",
): KeyFileError {
  const message = openingMessage(file, `${what} is not supported`);
  return new KeyFileError("unsupported_algorithm", message, reason);
}

/**
 * Returns the error for a file that needs more work or memory than the limits allow.
 *
 * @param file The file's name in messages
 * @param problem The limit and the value
 * @param option The option that raises the limit
 */
export function limitExceeded(file: string, problem: string, option: string): KeyFileError {
  return new KeyFileError("limit_exceeded", openingMessage(file, problem), "limit", option);
}

/** Another possible reason why a passphrase does not open a file. */
export type OtherCause = "file changed" | "other key passphrase" | "several key passphrases" | "";

/**
 * Returns the error for a passphrase that does not open the file.
 *
 * @param file The file's name in messages
 * @param given True if the caller passed a passphrase
 * @param cause Another possible cause
 */
export function wrongPassphrase(
  file: string,
  given: boolean,
  cause: OtherCause = "",
): KeyFileError {
  const problem = given
    ? "the passphrase does not open it"
    : "it is protected with a passphrase and none was given";
  const reason = given ? "passphrase_wrong" : "passphrase_missing";
  return new KeyFileError("wrong_passphrase", openingMessage(file, problem), reason, cause);
}

/** Starts every message about a key file with the file's name. */
function openingMessage(file: string, problem: string): string {
  return `Cannot open ${file}: ${problem}`;
}

/**
 * What went wrong, as a stable name. Programs compare `code`; people read `message`.
 *
 * About the caller's arguments, before anything is opened:
 * - `invalid_argument`: an option is unknown, missing, of the wrong type, or does not apply.
 *
 * About the credentials, before any connection is opened:
 * - `wrong_passphrase`: the passphrase does not open the file.
 * - `malformed_credentials`: the bytes are not what they should be: truncated, damaged, or another kind of file.
 * - `unsupported_algorithm`: the file is protected with, or holds, something that cannot be used here; the message names it.
 * - `limit_exceeded`: opening the file would take more work or memory than its bounds allow.
 * - `no_private_key`, `no_certificate`: the file holds none.
 * - `ambiguous_key`: the file holds several private keys and none was chosen.
 * - `key_mismatch`: no certificate belongs to the private key.
 *
 * About the request:
 * - `insecure_url`: the URL is not `https:`.
 * - `invalid_request`: the URL, method, headers or body are not valid.
 * - `origin_not_allowed`: the URL is outside the origins that the certificate may be presented to.
 * - `cross_origin_redirect`: a redirect led to an origin that the certificate may not be presented to.
 * - `redirect_failed`: a redirect could not be followed, or was not to be.
 * - `unsupported_runtime`: this runtime cannot present the certificate.
 * - `closed`: the fetch function was closed.
 *
 * About the connection:
 * - `certificate_required`, `certificate_rejected`, `certificate_expired`, `certificate_revoked`: the server's verdict on the client certificate.
 * - `server_untrusted`: the server's certificate is not trusted.
 * - `tls_failed`: the TLS handshake failed for another reason.
 * - `proxy_failed`: the proxy refused or could not be reached.
 * - `connection_failed`: no connection, or it ended early.
 * - `invalid_response`: the answer is not a sound HTTP response, or does not match `integrity`.
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
  | "insecure_url"
  | "invalid_request"
  | "origin_not_allowed"
  | "cross_origin_redirect"
  | "redirect_failed"
  | "unsupported_runtime"
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
 * Codes of what `fetch` itself could have rejected with. Programs such as p-retry and ky retry a
 * `TypeError` only by its name and by the message of one of the runtimes' own network errors, so these
 * errors have that name, and their messages begin as Deno's do: "error sending request for url".
 */
const NETWORK_ERROR = /^(certificate_|server_untrusted|tls_failed|proxy_failed|connection_failed)/;

/**
 * The one error of this module. It is a `TypeError`, as every failure of `fetch` is, so code that
 * handles a failed `fetch` handles it too. The `name` of an error about the connection is
 * `"TypeError"`, of any other `"McFetchError"`.
 *
 * @example Tell a wrong passphrase from the rest
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
  /** The stable name of what went wrong. */
  readonly code: McFetchErrorCode;

  /**
   * Makes the error.
   *
   * @param code The stable name of what went wrong
   * @param message What is wrong and what to do, without any secret
   * @param options `cause`: the runtime's own error, where there is one
   */
  constructor(code: McFetchErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = NETWORK_ERROR.test(code) ? "TypeError" : "McFetchError";
    this.code = code;
  }
}

/** Returns the error for an argument that is wrong. */
export function invalidArgument(action: string, problem: string): McFetchError {
  return new McFetchError("invalid_argument", `Cannot ${action}: ${problem}`);
}

/**
 * Why a key file cannot be used, as a fact. `advice.ts` in `identity` has the advice for each, in the
 * words of the function that was called.
 */
export type KeyFileReason =
  | "damaged"
  | "empty"
  | "foreign"
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

/** A key file cannot be used. The message says what is wrong, without advice. */
export class KeyFileError extends McFetchError {
  /** Why. */
  readonly reason: KeyFileReason;
  /** What the reason is about: a limit's name, a kind of file, another possible cause. */
  readonly detail: string;

  /** Makes the error. */
  constructor(code: McFetchErrorCode, message: string, reason: KeyFileReason, detail = "") {
    super(code, message);
    this.reason = reason;
    this.detail = detail;
  }
}

/**
 * Returns the error for bytes that are not what they should be.
 *
 * @param file What is being opened, such as "the PKCS#12 file"
 * @param problem What is wrong: the rule and the value, without any secret
 */
export function malformed(
  file: string,
  problem: string,
  reason: KeyFileReason = "damaged",
  detail = "",
): KeyFileError {
  return new KeyFileError("malformed_credentials", describe(file, problem), reason, detail);
}

/**
 * Returns the error for a sound file that uses something that this library does not implement.
 *
 * @param file What is being opened
 * @param what The algorithm, by its usual name or its object identifier
 */
export function unsupported(
  file: string,
  what: string,
  reason: KeyFileReason = "unsupported_encryption",
): KeyFileError {
  const message = describe(file, `${what} is not supported`);
  return new KeyFileError("unsupported_algorithm", message, reason);
}

/**
 * Returns the error for a file whose opening would take more work or memory than its limits allow.
 *
 * @param file What is being opened
 * @param problem The limit and the value
 * @param option The option that raises the limit
 */
export function tooMuch(file: string, problem: string, option: string): KeyFileError {
  return new KeyFileError("limit_exceeded", describe(file, problem), "limit", option);
}

/** Another reason why a passphrase does not open a file. */
export type OtherCause = "file changed" | "other key passphrase" | "";

/**
 * Returns the error for a passphrase that does not open the file.
 *
 * @param file What is being opened
 * @param given True if there is a passphrase at all
 * @param cause What else may be wrong
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
  return new KeyFileError("wrong_passphrase", describe(file, problem), reason, cause);
}

/** Every message about a key file starts alike, so that a person sees at once which file is meant. */
function describe(file: string, problem: string): string {
  return `Cannot open ${file}: ${problem}`;
}

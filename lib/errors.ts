/**
 * What went wrong, as a stable name. Programs compare `code`; people read `message`.
 *
 * About the credentials, before any connection is opened:
 * - `wrong_password`: the passphrase does not open the file.
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
 *
 * About making files:
 * - `invalid_argument`: a value that is to go into the file, or says how it is made, is not one that may be.
 */
export type McFetchErrorCode =
  | "wrong_password"
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
  | "invalid_argument";

/**
 * The one error of this module. It is a `TypeError`, as every failure of `fetch` is, so code that
 * handles a failed `fetch` handles it too.
 *
 * @example Tell a wrong passphrase from the rest
 * ```ts
 * import { McFetchError, mcFetch } from "@acme/mc-mtls";
 *
 * try {
 *   await mcFetch("https://localhost", undefined, { pfx: new Uint8Array(), passphrase: "" });
 * } catch (error) {
 *   if (error instanceof McFetchError && error.code === "wrong_password") {
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
    this.name = "McFetchError";
    this.code = code;
  }
}

/** Every message about a key file starts alike, so that a person sees at once which file is meant. */
function message(file: string, problem: string): string {
  return `Cannot open ${file}: ${problem}`;
}

/**
 * The bytes are not what they should be.
 *
 * @param file What was being opened, such as "the PKCS#12 file"
 * @param problem What is wrong, the rule and the value, without any secret
 * @param advice What to do about it
 */
export function malformed(
  file: string,
  problem: string,
  advice = "it is damaged or incomplete, so export or download it again",
): McFetchError {
  return new McFetchError("malformed_credentials", message(file, `${problem}; ${advice}`));
}

/**
 * The file is sound but uses something that is not implemented here.
 *
 * @param file What was being opened
 * @param what The algorithm, by its usual name or its object identifier
 * @param advice What to do about it
 */
export function unsupported(
  file: string,
  what: string,
  advice = "export it again with AES-256 and SHA-256, which is what current tools write by default",
): McFetchError {
  return new McFetchError(
    "unsupported_algorithm",
    message(file, `${what} is not supported; ${advice}`),
  );
}

/**
 * Opening the file would take more work or memory than its bounds allow.
 *
 * @param file What was being opened
 * @param problem The bound and the value
 * @param option The option that raises the bound
 */
export function tooMuch(file: string, problem: string, option: string): McFetchError {
  return new McFetchError(
    "limit_exceeded",
    message(file, `${problem}; if you trust the file, raise the limit \`${option}\``),
  );
}

/**
 * The passphrase does not open the file.
 *
 * @param file What was being opened
 * @param given Whether there was a passphrase at all
 * @param hint What else it may be
 */
export function wrongPassword(file: string, given: boolean, hint = ""): McFetchError {
  const problem = given
    ? "the passphrase does not open it; check the passphrase for typing errors and spaces around it"
    : "it is protected with a passphrase and none was given; pass it as `passphrase`";
  return new McFetchError("wrong_password", message(file, problem + hint));
}

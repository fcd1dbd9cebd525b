/**
 * The exit code of each failure.
 *
 * @module
 */
import { McFetchError, type McFetchErrorCode } from "../errors.ts";
import { UsageError } from "./arguments.ts";
import { ExitCode } from "./command.ts";

/** The exit codes of the library's errors. */
const EXIT_CODES: Readonly<Record<McFetchErrorCode, number>> = {
  invalid_argument: ExitCode.usage,
  wrong_passphrase: ExitCode.credentials,
  malformed_credentials: ExitCode.credentials,
  unsupported_algorithm: ExitCode.credentials,
  limit_exceeded: ExitCode.credentials,
  no_private_key: ExitCode.credentials,
  no_certificate: ExitCode.credentials,
  ambiguous_key: ExitCode.credentials,
  key_mismatch: ExitCode.credentials,
  credentials_unavailable: ExitCode.credentials,
  unsupported_runtime: ExitCode.credentials,
  insecure_url: ExitCode.request,
  invalid_request: ExitCode.usage,
  origin_not_allowed: ExitCode.request,
  cross_origin_redirect: ExitCode.request,
  redirect_failed: ExitCode.request,
  permission_denied: ExitCode.request,
  closed: ExitCode.request,
  certificate_required: ExitCode.request,
  certificate_rejected: ExitCode.request,
  certificate_expired: ExitCode.request,
  certificate_revoked: ExitCode.request,
  server_untrusted: ExitCode.request,
  tls_failed: ExitCode.request,
  proxy_failed: ExitCode.request,
  connection_failed: ExitCode.request,
  invalid_response: ExitCode.request,
};

/** Returns the exit code of a failure. */
export function findExitCode(error: unknown): number {
  if (error instanceof UsageError) return ExitCode.usage;
  return error instanceof McFetchError ? EXIT_CODES[error.code] : ExitCode.credentials;
}

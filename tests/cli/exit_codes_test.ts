/** The exit code of each failure, by number. */
import { assertEquals } from "@std/assert";
import { UsageError } from "../../lib/cli/arguments.ts";
import { ExitCode } from "../../lib/cli/command.ts";
import { findExitCode } from "../../lib/cli/exit_codes.ts";
import { McFetchError, type McFetchErrorCode } from "../../lib/errors.ts";
import { NO_COMMANDS } from "../support/command_line.ts";
import { testExceptOn } from "../support/context.ts";

const CODES: Record<McFetchErrorCode, number> = {
  invalid_argument: 2,
  invalid_request: 2,
  wrong_passphrase: 3,
  malformed_credentials: 3,
  unsupported_algorithm: 3,
  limit_exceeded: 3,
  no_private_key: 3,
  no_certificate: 3,
  ambiguous_key: 3,
  key_mismatch: 3,
  credentials_unavailable: 3,
  unsupported_runtime: 3,
  insecure_url: 4,
  origin_not_allowed: 4,
  cross_origin_redirect: 4,
  redirect_failed: 4,
  permission_denied: 4,
  closed: 4,
  certificate_required: 4,
  certificate_rejected: 4,
  certificate_expired: 4,
  certificate_revoked: 4,
  server_untrusted: 4,
  tls_failed: 4,
  proxy_failed: 4,
  connection_failed: 4,
  invalid_response: 4,
};

testExceptOn(NO_COMMANDS, "each failure has its exit code", () => {
  assertEquals(ExitCode, { ok: 0, problem: 1, usage: 2, credentials: 3, request: 4 });
  for (const [code, expected] of Object.entries(CODES)) {
    assertEquals(findExitCode(new McFetchError(code as McFetchErrorCode, "x")), expected, code);
  }
  assertEquals(findExitCode(new UsageError("x")), 2);
  for (const other of [new Error("a file"), new TypeError("x"), "text", undefined]) {
    assertEquals(findExitCode(other), 3);
  }
});

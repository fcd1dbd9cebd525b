/**
 * The command line: `deno run -A jsr:@acme/mc-mtls/cli <command>`, `npx @acme/mc-mtls <command>`.
 *
 * This file is a separate entry point that runs as soon as it is loaded. The library does not
 * import it.
 *
 * @module
 */
import process from "node:process";
import { McFetchError, type McFetchErrorCode } from "../errors.ts";
import { type Command, ExitCode, formatHelp, formatUsage, UsageError } from "./command.ts";
import { programName } from "./program.ts";
import { describeError, showLine } from "./terminal.ts";

const COMMANDS: ReadonlyMap<string, () => Promise<{ readonly command: Command }>> = new Map([
  ["inspect", () => import("./inspect.ts")],
  ["csr", () => import("./csr.ts")],
  ["convert", () => import("./convert.ts")],
  ["fetch", () => import("./fetch.ts")],
  ["check", () => import("./check.ts")],
  ["sandbox", () => import("./sandbox.ts")],
]);

async function run([name = "", ...args]: readonly string[]): Promise<number> {
  if (name === "--help" || name === "-h" || name === "help") {
    console.log(await formatOverview());
    return ExitCode.ok;
  }
  const load = COMMANDS.get(name);
  if (load === undefined) {
    if (name !== "") console.error(`Unknown command: ${showLine(name)}\n`);
    console.error(await formatOverview());
    return ExitCode.usage;
  }
  const { command } = await load();
  try {
    if (args.includes("--help") || args.includes("-h")) {
      console.log(formatHelp(name, command));
      return ExitCode.ok;
    }
    return await command.run(args);
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${showLine(error.message)}\n\n${formatUsage(name, command.usage)}`);
      console.error(`Help: ${programName()} ${name} --help`);
      return ExitCode.usage;
    }
    console.error(describeError(error));
    return error instanceof McFetchError ? EXIT_CODES[error.code] : ExitCode.credentials;
  }
}

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
  unsupported_runtime: ExitCode.credentials,
  insecure_url: ExitCode.request,
  invalid_request: ExitCode.request,
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

async function formatOverview(): Promise<string> {
  const lines = await Promise.all(
    Array.from(
      COMMANDS,
      async ([name, load]) => `  ${name.padEnd(9)} ${(await load()).command.summary}`,
    ),
  );
  return `fetch with a client certificate, for Mastercard's mTLS APIs and any other

Usage: ${programName()} <command> [options]

${lines.join("\n")}

Run \`${programName()} <command> --help\` for the options of a command.

Exit codes
  0  success
  1  the certificate or the connection has a problem, or the status is 400 or more
  2  the arguments are wrong
  3  a file cannot be read or written, or the credentials cannot be used
  4  the request cannot be sent, or has no response`;
}

// A reader that stops early, such as `head`, is not a failure.
process.stdout.on("error", (error: Error & { code?: string }) => {
  process.exit(error.code === "EPIPE" ? ExitCode.ok : ExitCode.problem);
});
process.exitCode = await run(process.argv.slice(2));

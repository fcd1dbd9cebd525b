/**
 * The command line: `deno run -A jsr:@acme/mc-mtls/cli <command>`, `npx @acme/mc-mtls <command>`. An
 * entry of its own, which starts when it is loaded; the library imports nothing of it.
 *
 * @module
 */
import process from "node:process";
import { type Command, ExitCode, helpOf, UsageError, usageOf } from "./command.ts";
import { programName } from "./program.ts";
import { clean, explain } from "./terminal.ts";
import { McFetchError, type McFetchErrorCode } from "../errors.ts";

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
    console.log(await overview());
    return ExitCode.ok;
  }
  const load = COMMANDS.get(name);
  if (load === undefined) {
    if (name !== "") console.error(`There is no command "${clean(name)}".\n`);
    console.error(await overview());
    return ExitCode.usage;
  }
  const { command } = await load();
  try {
    if (args.includes("--help") || args.includes("-h")) {
      console.log(helpOf(name, command));
      return ExitCode.ok;
    }
    return await command.run(args);
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${clean(error.message)}\n\n${usageOf(name, command.usage)}`);
      console.error(`More: ${programName()} ${name} --help`);
      return ExitCode.usage;
    }
    console.error(explain(error));
    return error instanceof McFetchError ? EXIT_CODES[error.code] : ExitCode.credentials;
  }
}

/** The exit code for each error of the library. */
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

async function overview(): Promise<string> {
  const lines = await Promise.all(
    Array.from(
      COMMANDS,
      async ([name, load]) => `  ${name.padEnd(9)} ${(await load()).command.summary}`,
    ),
  );
  return `fetch with a client certificate, for Mastercard's mTLS APIs and any other

Usage: ${programName()} <command> [options]

${lines.join("\n")}

${programName()} <command> --help tells more of each.

Exit codes
  0  all is well
  1  a problem was found: with the certificate, with the connection, or a status from 400 up
  2  the command was not understood
  3  a file could not be read or written, or the credentials cannot be used
  4  the request could not be sent, or was not answered`;
}

// A reader that has seen enough, as `head` has, is no failure.
process.stdout.on("error", (error: Error & { code?: string }) => {
  process.exit(error.code === "EPIPE" ? ExitCode.ok : ExitCode.problem);
});
process.exitCode = await run(process.argv.slice(2));

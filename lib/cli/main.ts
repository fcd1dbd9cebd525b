/**
 * The command line: `deno run -A jsr:@acme/mc-mtls/cli <command>`, `npx @acme/mc-mtls <command>`.
 *
 * This file is a separate entry point that runs as soon as it is loaded. The library does not
 * import it.
 *
 * @module
 */
import process from "node:process";
import { findNearest } from "../identity/arguments.ts";
import { UsageError } from "./arguments.ts";
import { type Command, ExitCode, formatHelp, formatUsage } from "./command.ts";
import { findExitCode } from "./exit_codes.ts";
import { oneLine, paint, print, printError } from "./layout.ts";
import { programName } from "./program.ts";
import { formatVersion } from "./version.ts";
import { printFailure } from "./words.ts";

const COMMANDS: ReadonlyMap<string, () => Promise<{ readonly command: Command }>> = new Map([
  ["inspect", () => import("./inspect.ts")],
  ["csr", () => import("./csr.ts")],
  ["convert", () => import("./convert.ts")],
  ["fetch", () => import("./fetch.ts")],
  ["check", () => import("./check.ts")],
  ["sandbox", () => import("./sandbox.ts")],
]);

/** The names under which a command's help is asked for. */
const HELP = ["--help", "-h"];

async function run([name = "", ...args]: readonly string[]): Promise<number> {
  if (name === "--version" || name === "-V") {
    print(formatVersion());
    return ExitCode.ok;
  }
  if (HELP.includes(name) || name === "help") {
    const [topic] = args.filter((argument) => !HELP.includes(argument));
    if (topic !== undefined) return await run([topic, "--help"]);
    print(await formatOverview());
    return ExitCode.ok;
  }
  const load = COMMANDS.get(name);
  if (load === undefined) {
    printError(name === "" ? await formatOverview() : describeUnknown(name));
    return ExitCode.usage;
  }
  const { command } = await load();
  try {
    const end = args.indexOf("--");
    if (args.slice(0, end === -1 ? undefined : end).some((argument) => HELP.includes(argument))) {
      print(formatHelp(name, command));
      return ExitCode.ok;
    }
    return await command.run(args);
  } catch (error) {
    printFailure(error);
    if (error instanceof UsageError) {
      printError(`\n${formatUsage(name, command.usage)}\nHelp: ${programName()} ${name} --help`);
    }
    return findExitCode(error);
  }
}

function describeUnknown(name: string): string {
  const nearest = findNearest(name, [...COMMANDS.keys(), "help"]);
  const hint = nearest === undefined ? "" : `; did you mean ${nearest}?`;
  const kind = name.startsWith("-") ? "option" : "command";
  return `${paint(`Unknown ${kind}: ${oneLine(name.slice(0, 40))}${hint}`, "red", process.stderr)}

The commands are ${[...COMMANDS.keys()].join(", ")}.
Help: ${programName()} --help`;
}

async function formatOverview(): Promise<string> {
  const lines = await Promise.all(
    Array.from(
      COMMANDS,
      async ([name, load]) => `  ${name.padEnd(9)} ${(await load()).command.summary}`,
    ),
  );
  return `fetch with a client certificate, for Mastercard's mTLS APIs and any other

Usage: ${programName()} <command> [options]
       ${programName()} --version

${lines.join("\n")}

Run \`${programName()} help <command>\` for the options of a command.

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

/**
 * The shared part of the commands: their descriptions, exit codes and arguments.
 *
 * @module
 */
import { parseArgs, type ParseArgsConfig } from "node:util";
import { programName } from "./program.ts";

/** Command of the command line. */
export interface Command {
  /** The purpose, in one line. */
  readonly summary: string;
  /** The arguments, as the usage line shows them. */
  readonly usage: string;
  /** The arguments of an example. */
  readonly example: string;
  /** The rest of the help. */
  readonly help: string;
  /** Runs the command, and resolves with the exit code. */
  run(args: readonly string[]): Promise<number>;
}

/** The exit codes, as `mc-mtls --help` lists them. */
export const ExitCode = { ok: 0, problem: 1, usage: 2, credentials: 3, request: 4 } as const;

/** Error about the arguments of a command. */
export class UsageError extends Error {}

/** Returns the help of a command. */
export function formatHelp(name: string, { summary, usage, example, help }: Command): string {
  const call = `Example: ${programName()} ${name} ${example}`.trimEnd();
  return `${summary}\n\n${formatUsage(name, usage)}\n${call}\n\n${help}`;
}

/** Returns the usage line of a command. */
export function formatUsage(name: string, usage: string): string {
  return `Usage: ${programName()} ${name} ${usage}`;
}

type OptionsConfig = NonNullable<ParseArgsConfig["options"]>;

interface Config<Options extends OptionsConfig> extends ParseArgsConfig {
  readonly options: Options;
  readonly allowPositionals: true;
  readonly strict: true;
}

type Arguments<Options extends OptionsConfig> = ReturnType<typeof parseArgs<Config<Options>>>;

/**
 * Reads the arguments of a command.
 *
 * @param names The names of the positional arguments, for messages; all are required
 * @throws {UsageError} if an option is unknown, or an argument is missing or left over
 */
export function readArguments<const Options extends OptionsConfig>(
  args: readonly string[],
  options: Options,
  names: readonly string[] = [],
): Arguments<Options> {
  let found: Arguments<Options>;
  try {
    const config: Config<Options> = {
      args: [...args],
      options,
      allowPositionals: true,
      strict: true,
    };
    found = parseArgs(config);
  } catch (error) {
    throw new UsageError(firstSentence(error instanceof Error ? error.message : String(error)));
  }
  const { positionals } = found;
  const missing = names[positionals.length];
  if (missing !== undefined) throw new UsageError(`Missing argument: ${missing}`);
  if (positionals.length > names.length) {
    // The message does not show the argument: it may be a passphrase in the wrong place.
    throw new UsageError(`Too many arguments: expected ${names.join(" ") || "none"}`);
  }
  return found;
}

/** Returns the first sentence without its full stop. The rest is advice about `parseArgs`. */
function firstSentence(text: string): string {
  return text.replace(/\.?(\s*\n|\s+To specify |$)[^]*/, "");
}

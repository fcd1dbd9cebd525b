/** What the commands have in common: how they are described, and how their arguments are read. */
import { parseArgs, type ParseArgsConfig } from "node:util";
import { programName } from "./program.ts";

/** A command of the command line. */
export interface Command {
  /** What it does, in a line. */
  readonly summary: string;
  /** What stands behind its name. */
  readonly usage: string;
  /** The rest of its help. */
  readonly help: string;
  /** Runs it, and resolves with the exit code. */
  run(args: readonly string[]): Promise<number>;
}

/** The exit codes, as `mc-mtls --help` lists them. */
export const ExitCode = { ok: 0, problem: 1, usage: 2, credentials: 3, request: 4 } as const;

/** The arguments are not what the command takes. */
export class UsageError extends Error {}

/** The help of a command. */
export function helpOf(name: string, { summary, usage, help }: Command): string {
  return `${summary}\n\n${usageOf(name, usage)}\n\n${help}`;
}

/** The line that shows how the command is called. */
export function usageOf(name: string, usage: string): string {
  return `Usage: ${programName()} ${name} ${usage}`;
}

/** The options of a command, as `parseArgs` takes them. */
export type OptionsConfig = NonNullable<ParseArgsConfig["options"]>;

interface Config<Options extends OptionsConfig> extends ParseArgsConfig {
  readonly options: Options;
  readonly allowPositionals: true;
  readonly strict: true;
}

/** What `node:util`'s `parseArgs` makes of arguments. */
export type Arguments<Options extends OptionsConfig> = ReturnType<
  typeof parseArgs<Config<Options>>
>;

/**
 * Reads the arguments of a command.
 *
 * @param names What the arguments without a name are, for messages; all of them must be there
 * @throws {UsageError} when they are not what the command takes
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
    throw new UsageError(error instanceof Error ? error.message.split("\n")[0] : String(error));
  }
  const { positionals } = found;
  const missing = names[positionals.length];
  if (missing !== undefined) throw new UsageError(`${missing} is missing.`);
  if (positionals.length > names.length) {
    // It is not shown: somebody may have typed a passphrase there.
    throw new UsageError(`There are arguments too many: expected ${names.join(" ") || "none"}.`);
  }
  return found;
}

/**
 * The shared part of the commands: their descriptions and exit codes.
 *
 * @module
 */
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

/** Returns the help of a command. */
export function formatHelp(name: string, { summary, usage, example, help }: Command): string {
  const call = `Example: ${programName()} ${name} ${example}`.trimEnd();
  return `${summary}\n\n${formatUsage(name, usage)}\n${call}\n\n${help}`;
}

/** Returns the usage line of a command. */
export function formatUsage(name: string, usage: string): string {
  return `Usage: ${programName()} ${name} ${usage}`;
}

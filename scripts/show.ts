/**
 * Runs checks one by one, and counts them: passed, failed, or skipped if something is unavailable.
 *
 * @module
 */
import process from "node:process";
import { run } from "./runtimes.ts";

/** The time limit of a command, in milliseconds. */
export const TIMEOUT: number = 2 * 60 * 1000;

/** The messages of a missing program, package or network. */
const UNAVAILABLE = [
  /spawn \S+ ENOENT/,
  /npm error code (E404|ENOTFOUND|EAI_AGAIN|ECONN\w+|ETIMEDOUT|ERR_SOCKET_TIMEOUT)/,
  /Could not (find|transfer) artifact \S+|No plugin found for prefix|could not be resolved/,
];

/** Error that skips a check, because something is unavailable. */
export class Skip extends Error {}

const counts = { passed: 0, failed: 0, skipped: 0 };

/** Runs a check, and prints and counts the result. Returns true if the check passed. */
export async function show(name: string, work: () => Promise<string | void>): Promise<boolean> {
  try {
    const note = await work();
    counts.passed++;
    console.log(`${name}: passed${note ? `, ${note}` : ""}`);
    return true;
  } catch (error) {
    const isSkip = error instanceof Skip;
    counts[isSkip ? "skipped" : "failed"]++;
    console.log(`${name}: ${isSkip ? "skipped" : "FAILED"}, ${(error as Error).message}`);
    return false;
  }
}

/** Counts a check as skipped, and prints the reason. */
export async function skip(name: string, reason: string): Promise<void> {
  await show(name, () => Promise.reject(new Skip(reason)));
}

/** Prints the counts as the last line, and sets the exit code. */
export function printCounts(): void {
  const { passed, failed, skipped } = counts;
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exitCode = failed === 0 ? 0 : 1;
}

/** Runs a command, and returns its output. Throws if the command fails. */
export async function runOrThrow(
  command: string,
  args: readonly string[],
  env?: Record<string, string>,
): Promise<string> {
  const { code, output } = await run(command, args, env, TIMEOUT);
  if (code !== 0) throw new Error(`${command} ended with ${code}:\n${output}`);
  return output;
}

/** Runs a command that needs a program or a package. Skips the check if that is unavailable. */
export async function runOrSkip(command: string, args: readonly string[]): Promise<void> {
  const { code, output } = await run(command, args);
  if (code === 0) return;
  for (const pattern of UNAVAILABLE) {
    const [said] = pattern.exec(output) ?? [];
    if (said !== undefined) throw new Skip(`unavailable: ${said}`);
  }
  throw new Error(`${command} ended with ${code}:\n${output}`);
}

/**
 * Shows things one by one and counts them: passed, failed, or skipped where something cannot be had.
 *
 * @module
 */
import process from "node:process";
import { run } from "./runtimes.ts";

/** How long a command may take, in milliseconds. */
export const TIMEOUT: number = 2 * 60 * 1000;

/** What is said where a program, a package or the network is not there. */
const OUT_OF_REACH = [
  /spawn \S+ ENOENT/,
  /npm error code (E404|ENOTFOUND|EAI_AGAIN|ECONN\w+|ETIMEDOUT|ERR_SOCKET_TIMEOUT)/,
  /Could not (find|transfer) artifact \S+|No plugin found for prefix|could not be resolved/,
];

/** Something that cannot be had here, which is no failure. */
export class Skip extends Error {}

const counts = { passed: 0, failed: 0, skipped: 0 };

/** Does one thing that is to be shown, and counts its outcome. Returns true if it passed. */
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

/** Counts a thing that cannot be had here, and prints the reason. */
export async function skip(name: string, reason: string): Promise<void> {
  await show(name, () => Promise.reject(new Skip(reason)));
}

/** Prints the counts as the last line, and sets the exit code. */
export function printCounts(): void {
  const { passed, failed, skipped } = counts;
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exitCode = failed === 0 ? 0 : 1;
}

/** Runs a command, and returns its output. */
export async function must(
  command: string,
  args: readonly string[],
  env?: Record<string, string>,
): Promise<string> {
  const { code, output } = await run(command, args, env, TIMEOUT);
  if (code !== 0) throw new Error(`${command} ended with ${code}:\n${output}`);
  return output;
}

/** Runs a command that needs a program or a package that may be out of reach. */
export async function bring(command: string, args: readonly string[]): Promise<void> {
  const { code, output } = await run(command, args);
  if (code === 0) return;
  for (const pattern of OUT_OF_REACH) {
    const [said] = pattern.exec(output) ?? [];
    if (said !== undefined) throw new Skip(`it cannot be had here: ${said}`);
  }
  throw new Error(`${command} ended with ${code}:\n${output}`);
}

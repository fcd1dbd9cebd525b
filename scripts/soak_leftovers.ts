/** Looks for leaks after a soak's task: handles, connections, memory. */
import process from "node:process";
import type { ServerReport, SoakServer } from "./soak_server.ts";

/** Resident memory and used heap, in MiB. */
export interface Memory {
  readonly rss: number;
  readonly heap: number;
}

/** The time limit for connections and handles to close after `close()`, in milliseconds. */
const CLOSE_LIMIT = 2000;

/** Returns the new handles that still keep the process alive after {@linkcode CLOSE_LIMIT}. */
export async function findHandlesLeft(before: readonly string[]): Promise<string[]> {
  const started = performance.now();
  for (;;) {
    const rest = [...before];
    const extra = activeHandles().filter((name) => {
      const index = rest.indexOf(name);
      return index < 0 || rest.splice(index, 1).length === 0;
    });
    if (extra.length === 0 || performance.now() - started > CLOSE_LIMIT) return extra;
    await sleep(100);
  }
}

/** Returns the names of the handles that keep the process alive. */
export function activeHandles(): string[] {
  return process.getActiveResourcesInfo();
}

/** Waits until the server has no open connections, at most {@linkcode CLOSE_LIMIT}. */
export async function waitForConnections(
  { reportUrl }: SoakServer,
): Promise<{ open: number; milliseconds: number }> {
  const started = performance.now();
  for (;;) {
    const { open }: ServerReport = await (await fetch(reportUrl)).json();
    const milliseconds = Math.round(performance.now() - started);
    if (open === 0 || milliseconds > CLOSE_LIMIT) return { open, milliseconds };
    await sleep(100);
  }
}

/** Collects the garbage, and measures the memory. */
export async function measureMemory(): Promise<Memory> {
  const { gc } = globalThis as { gc?(): void };
  for (let round = 0; round < 3; round++) {
    gc?.();
    await sleep(100);
  }
  const { rss, heapUsed } = process.memoryUsage();
  return { rss: Math.round(rss / 2 ** 20), heap: Math.round(heapUsed / 2 ** 20) };
}

/** Waits for a number of milliseconds. */
export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

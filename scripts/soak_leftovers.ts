/** What a soak's client looks at when its work is done: handles, connections, memory. */
import process from "node:process";
import type { ServerReport, SoakServer } from "./soak_server.ts";

/** Resident memory, and the heap that is in use. */
export interface Memory {
  readonly rss: number;
  readonly heap: number;
}

/** How long connections and handles may take to go after `close()`, in milliseconds. */
const LEAVE = 2000;

/** What keeps the process alive and did not before, once it had the time to go. */
export async function handlesLeft(before: readonly string[]): Promise<string[]> {
  const started = performance.now();
  for (;;) {
    const rest = [...before];
    const extra = activeHandles().filter((name) => {
      const index = rest.indexOf(name);
      return index < 0 || rest.splice(index, 1).length === 0;
    });
    if (extra.length === 0 || performance.now() - started > LEAVE) return extra;
    await sleep(100);
  }
}

/** The names of what keeps the process alive; Node alone tells. */
export function activeHandles(): string[] {
  return process.getActiveResourcesInfo();
}

/** Waits until the server has no connection open any more, or {@linkcode LEAVE} is over. */
export async function connectionsLeft(
  { reportUrl }: SoakServer,
): Promise<{ open: number; milliseconds: number }> {
  const started = performance.now();
  for (;;) {
    const { open }: ServerReport = await (await fetch(reportUrl)).json();
    const milliseconds = Math.round(performance.now() - started);
    if (open === 0 || milliseconds > LEAVE) return { open, milliseconds };
    await sleep(100);
  }
}

/** Resident memory and the heap in use, in MiB, with the garbage collected. */
export async function memory(): Promise<Memory> {
  const { gc } = globalThis as { gc?(): void };
  for (let round = 0; round < 3; round++) {
    gc?.();
    await sleep(100);
  }
  const { rss, heapUsed } = process.memoryUsage();
  return { rss: Math.round(rss / 2 ** 20), heap: Math.round(heapUsed / 2 ** 20) };
}

/** Waits, in milliseconds. */
export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

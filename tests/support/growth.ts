/** Measures the cost of a reader: processor time, memory, and turns of the event loop. */
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";

/** Cost of one call. The times are processor time, which other processes do not lengthen. */
export interface Cost {
  /** The whole processor time, in milliseconds. */
  readonly time: number;
  /** The longest processor time between two turns of the event loop, in milliseconds. */
  readonly blocked: number;
  /** The growth of the resident memory at its peak, in bytes. Linux shows it, others give 0. */
  readonly memory: number;
}

/** Runs a call and measures its cost. The result or the error of the call does not matter here. */
export async function measureCost(call: () => Promise<unknown>): Promise<Cost> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  const before = resetPeak();
  const started = process.cpuUsage();
  let last = started;
  let blocked = 0;
  const turn = () => {
    blocked = Math.max(blocked, sum(process.cpuUsage(last)));
    last = process.cpuUsage();
  };
  const timer = setInterval(turn, 1);
  try {
    await call();
  } finally {
    turn();
    clearInterval(timer);
  }
  const memory = Math.max(0, readPeak() - before);
  return { time: sum(process.cpuUsage(started)), blocked, memory };
}

function sum({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1000;
}

/** Resets the peak of the resident memory, and returns the resident memory in bytes. */
function resetPeak(): number {
  try {
    writeFileSync("/proc/self/clear_refs", "5");
  } catch { // not Linux
  }
  return readPeak();
}

/** Returns the peak of the resident memory since it was reset, in bytes. */
function readPeak(): number {
  try {
    const status = readFileSync("/proc/self/status", "latin1");
    return 1024 * Number(/^VmHWM:\s*(\d+)/m.exec(status)?.[1] ?? 0);
  } catch { // not Linux
    return 0;
  }
}

/**
 * Measures the memory: the resident set size after many requests. It must stay flat.
 *
 * @module
 */
import { CONTENDERS, makeJob } from "./cases.ts";
import type { BenchRuntime, Child } from "./child.ts";
import type { Server } from "./nginx.ts";
import { makeSetup, startContender } from "./rates.ts";

/** Resident set sizes of one contender's process, in bytes. */
export interface MemoryRow {
  readonly runtime: string;
  readonly version: string;
  readonly contender: string;
  readonly requests: number;
  /** The sizes after a tenth of the requests, after half of them and after all. */
  readonly rss: readonly number[];
}

const STEPS = [0.1, 0.4, 0.5];

/** Measures the library and the baseline, with `ca`, one after the other. */
export async function measureMemory(
  runtime: BenchRuntime,
  requests: number,
  server: Server,
): Promise<MemoryRow[]> {
  const setup = await makeSetup(server, true);
  const baseline = CONTENDERS[runtime.name][0]!.name;
  const rows: MemoryRow[] = [];
  for (const contender of [baseline, "createMcFetch"]) {
    const child = startContender(runtime, contender, setup, server);
    const rss = await fill(child, requests, server).finally(() => child.stop());
    rows.push({ runtime: runtime.name, version: runtime.version, contender, requests, rss });
  }
  return rows;
}

async function fill(child: Child, requests: number, { origin }: Server): Promise<number[]> {
  const job = makeJob("GET 200 B", origin);
  const sizes: number[] = [];
  for (const share of STEPS) {
    const command = { type: "memory", job, inFlight: 16, requests: requests * share } as const;
    sizes.push((await child.ask(command)).rss);
  }
  return sizes;
}

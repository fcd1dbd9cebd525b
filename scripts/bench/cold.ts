/**
 * Measures the cold start: the time from the start of a process to the first answer. The library
 * and the code by hand run in pairs.
 *
 * @module
 */
import { once } from "node:events";
import { join } from "node:path";
import { BUNDLES, LIBRARY } from "./bundle.ts";
import { type BenchRuntime, startProgram } from "./child.ts";
import { PASSPHRASE, type Server } from "./nginx.ts";
import { median, summarize, type Summary } from "./statistics.ts";

/** Task of `cold_start.ts`. */
export interface ColdStart {
  readonly who: "ours" | "raw";
  readonly form: "pem" | "p12";
  readonly folder: string;
  readonly url: string;
  readonly library: string;
  readonly passphrase: string;
}

/** Times to the first answer, in milliseconds. */
export interface ColdResult {
  readonly runtime: string;
  readonly version: string;
  /** The form of the library's credentials. By hand, Deno and Bun read PEM: they have no `.p12`. */
  readonly form: ColdStart["form"];
  readonly ours: number;
  readonly raw: number;
  /** The library's time divided by the other time of the pair. */
  readonly ratio: Summary;
}

const TIMEOUT = 30_000;

/** Measures one runtime. The first pair only fills the disk cache. */
export async function measureColdStart(
  runtime: BenchRuntime,
  form: ColdStart["form"],
  pairs: number,
  { folder, origin }: Server,
): Promise<ColdResult> {
  const task = { form, folder, url: `${origin}/small`, library: LIBRARY, passphrase: PASSPHRASE };
  const times = { ours: [] as number[], raw: [] as number[] };
  for (let pair = 0; pair <= pairs; pair++) {
    const order = pair % 2 === 0 ? ["ours", "raw"] as const : ["raw", "ours"] as const;
    for (const who of order) {
      const time = await startOnce(runtime, { who, ...task });
      if (pair > 0) times[who].push(time);
    }
  }
  return {
    runtime: runtime.name,
    version: runtime.version,
    form,
    ours: median(times.ours),
    raw: median(times.raw),
    ratio: summarize(times.ours.map((time, pair) => time / times.raw[pair]!)),
  };
}

/** Returns the time from the start to the first output, in milliseconds. */
async function startOnce(runtime: BenchRuntime, task: ColdStart): Promise<number> {
  const since = performance.now();
  const child = startProgram(runtime, [join(BUNDLES, "cold_start.js"), JSON.stringify(task)]);
  const timer = setTimeout(() => child.kill("SIGKILL"), TIMEOUT);
  const exit = once(child, "close");
  let until: number | undefined;
  child.stdout!.once("data", () => until = performance.now());
  await exit.finally(() => clearTimeout(timer));
  if (until === undefined) throw new Error(`A cold start failed: ${JSON.stringify(task)}`);
  return until - since;
}

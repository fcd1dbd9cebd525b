/**
 * Measures requests a second. The contenders flood the server in turns, each from a separate
 * process. Other load on the machine therefore affects all of them.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { BENCH, BUNDLES, LIBRARY } from "./bundle.ts";
import { type Case, type Contender, CONTENDERS, makeJob, planFloods } from "./cases.ts";
import { type BenchRuntime, Child } from "./child.ts";
import type { Server } from "./nginx.ts";
import type { FloodCommand, FloodResult, Setup } from "./protocol.ts";
import { median, summarize, type Summary } from "./statistics.ts";

/** Result of one contender in one case. */
export interface Rate extends Case {
  readonly contender: string;
  /** The requests a second; the median of the rounds. */
  readonly rate: number;
  /** The rate divided by the baseline's in the same round. */
  readonly ratio: Summary;
  /** The latency's median and 99th percentile, in milliseconds; the medians of the rounds. */
  readonly p50: number;
  readonly p99: number;
  /** The CPU time of the process for a request, in microseconds; the median of the rounds. */
  readonly cpu: number;
  /** The baseline's CPU time in the same round divided by the contender's. More is better. */
  readonly cpuRatio: Summary;
}

/** Rates of one runtime, with or without `ca`. */
export interface RateTable {
  readonly runtime: string;
  readonly version: string;
  readonly hasCa: boolean;
  readonly rates: readonly Rate[];
}

/** The largest number of floods in a warm-up. */
const MAX_WARM_UPS = 10;

/** The rate is steady if it rises by less than this twice in a row. */
const STEADY = 1.1;

/** Reads the files that every child process needs. */
export async function makeSetup({ folder }: Server, hasCa: boolean): Promise<Setup> {
  const read = (name: string) => readFile(join(folder, name), "utf8");
  return {
    cert: await read("client.pem"),
    key: await read("client.key"),
    ...hasCa && { ca: await read("ca.pem") },
    library: LIBRARY,
    peers: BENCH,
  };
}

/** Starts a contender in a separate process. */
export function startContender(
  runtime: BenchRuntime,
  contender: string,
  setup: Setup,
  { folder }: Server,
): Child {
  const program = join(BUNDLES, `contenders_${runtime.name.toLowerCase()}.js`);
  const trusted = setup.ca === undefined ? join(folder, "ca.pem") : undefined;
  return new Child(runtime, program, { setup, contender }, trusted);
}

/** Measures every contender of a runtime in the given cases. */
export async function measureRates(
  runtime: BenchRuntime,
  hasCa: boolean,
  cases: readonly Case[],
  isQuick: boolean,
  server: Server,
): Promise<RateTable> {
  const contenders = CONTENDERS[runtime.name].filter(({ isIn, isInQuick }) =>
    cases.some((one) => isIn(one, hasCa)) && (!isQuick || isInQuick(hasCa))
  );
  const setup = await makeSetup(server, hasCa);
  const inFlight = Math.max(...cases.map(({ inFlight }) => inFlight));
  const job = makeJob("GET 200 B", server.origin);
  const children = new Map<Contender, Child>();
  try {
    for (const contender of contenders) {
      const child = startContender(runtime, contender.name, setup, server);
      children.set(contender, child);
      await warmUp(child, { type: "flood", job, inFlight, time: isQuick ? 200 : 400 });
    }
    const rates: Rate[] = [];
    for (const one of cases) {
      const some = [...children].filter(([{ isIn }]) => isIn(one, hasCa));
      if (some.length === 0) continue;
      const named = some.map(([{ name }, child]): [string, Child] => [name, child]);
      rates.push(...await measureCase(one, new Map(named), planFloods(one, isQuick), server));
    }
    return { runtime: runtime.name, version: runtime.version, hasCa, rates };
  } finally {
    await Promise.all([...children.values()].map((child) => child.stop()));
  }
}

/**
 * Floods the server until the rate is steady. undici opens up to two connections for each request
 * in flight, a few in each flood. Each takes about 10 ms if it parses all roots.
 */
async function warmUp(child: Child, command: FloodCommand): Promise<void> {
  let best = 0;
  let steady = 0;
  for (let count = 0; count < MAX_WARM_UPS && steady < 2; count++) {
    const { rate } = await child.ask(command);
    steady = rate < best * STEADY ? steady + 1 : 0;
    best = Math.max(best, rate);
  }
}

async function measureCase(
  { request, inFlight }: Case,
  children: ReadonlyMap<string, Child>,
  { rounds, time }: ReturnType<typeof planFloods>,
  { origin }: Server,
): Promise<Rate[]> {
  const command: FloodCommand = { type: "flood", job: makeJob(request, origin), inFlight, time };
  for (const child of children.values()) await warmUp(child, command);
  const names = [...children.keys()];
  const results = new Map(names.map((name): [string, FloodResult[]] => [name, []]));
  for (let round = 0; round < rounds; round++) {
    // Each round starts with another contender, so that the order changes.
    const first = round % names.length;
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      results.get(name)!.push(await children.get(name)!.ask(command));
    }
  }
  const [baseline] = results.values();
  return [...results].map(([contender, floods]) => ({
    request,
    inFlight,
    contender,
    rate: median(floods.map(({ rate }) => rate)),
    ratio: summarize(floods.map(({ rate }, round) => rate / baseline![round]!.rate)),
    p50: median(floods.map(({ p50 }) => p50)),
    p99: median(floods.map(({ p99 }) => p99)),
    cpu: median(floods.map(({ cpu }) => cpu)),
    cpuRatio: summarize(floods.map(({ cpu }, round) => baseline![round]!.cpu / cpu)),
  }));
}

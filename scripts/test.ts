/**
 * Runs the tests on every installed runtime: `npm test`. Each file has a process of its own.
 *
 * - `npm run test:nodes` runs them on the other versions of Node.
 * - `npm test -- deno bun` runs them only on the named runtimes.
 * - `npm test -- node --only identity` runs only the files with this word in their path.
 * - `npm test -- node --shuffle 7` runs the files in an order that depends on the number.
 * - `npm test -- node --repeat 2` runs each file twice in a row, with the same servers.
 * - `npm test -- --built FOLDER` runs them on Node, with the built modules in this folder.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import type { TestServer } from "../tests/support/server.ts";
import { leaveOutRepeated } from "./package/built.ts";
import { CACHE, findRuntimes, installNodes, ROOT } from "./runtimes.ts";
import {
  canReachJsr,
  type Counts,
  divide,
  type Job,
  type Leg,
  openLeg,
  runJob,
} from "./test_legs.ts";

/** The processes at a time. Each keeps one core busy. */
const LANES = Math.min(availableParallelism(), 2);

/** The files that take longest. They start first, so that no lane is left with one at the end. */
const SLOW = ["growth_test.ts", "pkcs12/corpus_test.ts", "pkcs12/mutation_test.ts"];

/** What is known of a leg so far. */
interface Progress extends Counts {
  /** The jobs that have not ended. */
  waiting: number;
  seconds: number;
  readonly names: string[];
}

/** Runs the jobs, each lane with its own servers. Returns the sum of the results. */
async function runJobs(jobs: readonly Job[], repeat: number): Promise<Counts> {
  const total: Counts = { passed: 0, failed: 0, skipped: 0 };
  const legs = new Map<Leg, Progress>();
  for (const { leg } of jobs) {
    const progress = legs.get(leg) ??
      { passed: 0, failed: 0, skipped: 0, waiting: 0, seconds: 0, names: [] };
    progress.waiting++;
    legs.set(leg, progress);
  }
  const queue = jobs.values();
  const runLane = async () => {
    const child = fork(join(ROOT, "tests", "support", "server.ts"), {
      execArgv: ["--import", "tsx"],
    });
    try {
      const [server] = await once(child, "message") as [TestServer];
      for (const job of queue) { // each lane takes the next job
        const progress = legs.get(job.leg)!;
        for (let i = 0; i < repeat; i++) await runAndAdd(job, server, progress);
        if (--progress.waiting === 0) {
          print(job.leg, progress);
          add(total, progress);
        }
      }
    } finally {
      child.disconnect();
    }
  };
  await Promise.all(Array.from({ length: Math.min(LANES, jobs.length) }, runLane));
  return total;
}

async function runAndAdd({ leg, files }: Job, server: TestServer, sum: Progress): Promise<void> {
  const name = files.length === 1 ? files[0]!.replaceAll("/", ".") : "tests";
  const report = join(CACHE, "junit", leg.label, `${name}.xml`);
  const { counts, skipped, problems, seconds } = await runJob({ leg, files }, server, report);
  add(sum, counts);
  sum.seconds += seconds;
  sum.names.push(...skipped);
  if (problems.length > 0) console.log(`${leg.label}, ${files.join(" ")}:`, ...problems);
}

function add(sum: Counts, { passed, failed, skipped }: Counts): void {
  sum.passed += passed;
  sum.failed += failed;
  sum.skipped += skipped;
}

function print({ label }: Leg, { seconds, names, ...counts }: Progress): void {
  console.log(`${label}: ${formatCounts(counts)} (${seconds.toFixed(1)} s)`);
  for (const name of names) console.log(`  ${name}`);
}

function formatCounts({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** Returns the jobs, the longest first. */
function startLongestFirst(jobs: readonly Job[]): Job[] {
  const isSlow = ({ files }: Job) => files.some((file) => SLOW.includes(file));
  return [...jobs.filter(isSlow), ...jobs.filter((job) => !isSlow(job))];
}

/** Returns the items in an order that depends on the seed (mulberry32, Fisher and Yates). */
function shuffle<Item>(items: readonly Item[], seed: number): Item[] {
  const shuffled = [...items];
  for (let i = shuffled.length - 1; i > 0; i--) {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), seed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    const at = ((mixed ^ (mixed >>> 14)) >>> 0) % (i + 1);
    [shuffled[i], shuffled[at]] = [shuffled[at]!, shuffled[i]!];
  }
  return shuffled;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: {
      nodes: { type: "boolean", default: false },
      only: { type: "string", default: "" },
      shuffle: { type: "string" },
      repeat: { type: "string", default: "1" },
      built: { type: "string" },
    },
    allowPositionals: true,
  });
  const runtimes = values.nodes ? await installNodes() : await findRuntimes();
  const found = (await readdir(join(ROOT, "tests"), { recursive: true }))
    .map((name) => name.replaceAll("\\", "/")) // on Windows
    .filter((name) => name.endsWith("_test.ts") && name.includes(values.only)).sort();
  const isRepeated = values.built !== undefined || (values.nodes && values.only === "");
  const files = isRepeated ? leaveOutRepeated(found) : found;
  if (files.length === 0) throw new Error(`No path of a test file contains ${values.only}`);
  await rm(join(CACHE, "junit"), { recursive: true, force: true });
  console.log(
    await canReachJsr()
      ? "@std/assert: from JSR on Deno, with node:assert on the other runtimes"
      : "@std/assert: JSR is unavailable, with node:assert on every runtime",
  );

  // The hooks that load the built package are Node's.
  const wanted = values.built === undefined ? positionals : ["node"];
  const asked = (name: string) => wanted.length === 0 || wanted.includes(name.toLowerCase());
  const jobs: Job[] = [];
  let missing = 0;
  for (const [name, runtime] of runtimes) {
    if (!asked(name)) continue;
    if (runtime === undefined) {
      console.log(`${name}: skipped, not installed`);
      missing++;
      continue;
    }
    const leg = await openLeg(runtime, values.built);
    await mkdir(join(CACHE, "junit", leg.label), { recursive: true });
    jobs.push(...divide(leg, files));
  }
  const { shuffle: seed, repeat } = values;
  const ordered = seed === undefined ? startLongestFirst(jobs) : shuffle(jobs, Number(seed));
  const started = performance.now();
  const total = await runJobs(ordered, Number(repeat));
  total.skipped += missing;
  if (total.passed === 0) total.failed++; // a run without tests is a failure
  console.log(`${formatCounts(total)} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  process.exitCode = total.failed === 0 ? 0 : 1;
}

await main();

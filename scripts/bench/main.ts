/**
 * Measures the library beside code by hand and other clients: `npm run bench`.
 *
 * @module
 */
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { CACHE, findRuntimes, installNodes, ROOT } from "../runtimes.ts";
import { bundleAll, installPeers } from "./bundle.ts";
import { type Case, CASES, QUICK_CASES } from "./cases.ts";
import { drawChart } from "./chart.ts";
import type { BenchRuntime } from "./child.ts";
import { type ColdResult, measureColdStart } from "./cold.ts";
import { measureMemory, type MemoryRow } from "./memory.ts";
import { type Server, startServer } from "./nginx.ts";
import { measureP12, type P12Row } from "./p12.ts";
import { measureRates, type RateTable } from "./rates.ts";
import { describeEnvironment, type Report, writeReport } from "./report.ts";
import {
  writeColdStarts,
  writeMemory,
  writeP12,
  writeRates,
  writeTenants as writeTenantsTable,
} from "./table.ts";
import { measureTenants, type TenantsRow, writeTenants } from "./tenants.ts";

const USAGE = `Usage: npm run bench -- [--quick] [--cpu] [RUNTIME...] [BENCH...] [CASE...]

  RUNTIME  node, deno, bun; node22, node24, node26 come from npm (default: node, deno, bun)
  BENCH    rates, cold, memory, tenants, p12 (default: all)
  CASE     get, post, 200b, 100kb, 10mb, x1, x16, x64, ca, noca: keep the cases that match all
  --quick  run fewer cases, contenders and rounds, in a minute and a half
  --cpu    also print the CPU time of the contenders, which depends less on other load

Example: npm run bench -- --quick node rates get

A full run takes about ten minutes, and writes docs/bench.json and docs/bench.svg.
Any other run writes both into .cache.
`;

const BENCHES = ["rates", "cold", "memory", "tenants", "p12"];
const RUNTIMES = ["node", "deno", "bun", "node20", "node22", "node24", "node26"];

/** Choices of the arguments. */
interface Wanted {
  /** True if the run is complete, so that its results are for the README. */
  readonly isWhole: boolean;
  readonly isQuick: boolean;
  /** True to print the CPU time, too. */
  readonly hasCpu: boolean;
  readonly runtimes: ReadonlyMap<string, BenchRuntime>;
  readonly benches: readonly string[];
  readonly cases: readonly Case[];
  /** The runs: with `ca`, without, or both. */
  readonly cas: readonly boolean[];
}

function readCases(words: readonly string[], isQuick: boolean): Case[] {
  const sizes = words.filter((word) => !/^(ca|noca)$/.test(word));
  return (isQuick && sizes.length === 0 ? QUICK_CASES : CASES).filter(({ request, inFlight }) => {
    const [method, ...size] = request.toLowerCase().split(" ");
    const names = [method, size.join(""), `x${inFlight}`];
    return sizes.every((word) => names.includes(word));
  });
}

async function readArguments(): Promise<Wanted | undefined> {
  const { values, positionals } = parseArgs({
    options: { quick: { type: "boolean" }, cpu: { type: "boolean" }, help: { type: "boolean" } },
    allowPositionals: true,
  });
  const words = positionals.map((word) => word.toLowerCase());
  const isQuick = values.quick ?? false;
  const known = [...BENCHES, ...RUNTIMES];
  const cases = words.filter((word) => !known.includes(word));
  if (values.help || readCases(cases, isQuick).length === 0) return undefined;
  return {
    isWhole: !isQuick && words.length === 0,
    isQuick,
    hasCpu: values.cpu ?? false,
    runtimes: await findWanted(words.filter((word) => RUNTIMES.includes(word))),
    benches: BENCHES.filter((bench) =>
      !BENCHES.some((one) => words.includes(one)) || words.includes(bench)
    ),
    cases: readCases(cases, isQuick),
    cas: [false, true].filter((hasCa) => !words.includes(hasCa ? "noca" : "ca")),
  };
}

/** Finds the runtimes by the words of the command line. */
async function findWanted(words: readonly string[]): Promise<Map<string, BenchRuntime>> {
  const isAnyToBring = words.some((word) => /^node\d/.test(word));
  const found = [...await findRuntimes(), ...isAnyToBring ? await installNodes() : []];
  const wanted = new Map<string, BenchRuntime>();
  for (const [label, runtime] of found) {
    const word = label.toLowerCase().replace(" ", "");
    if (runtime === undefined || runtime.name === "workerd") continue;
    if (words.length > 0 && !words.includes(word)) continue;
    wanted.set(word, { ...runtime, name: runtime.name });
  }
  return wanted;
}

function print(text: string): void {
  console.log(text);
}

/** Runs the benches in turn, and prints each table at once. */
async function measureAll(wanted: Wanted, server: Server): Promise<Report> {
  const { isQuick, benches, cases, cas } = wanted;
  const rates: RateTable[] = [];
  const coldStarts: ColdResult[] = [];
  const memory: MemoryRow[] = [];
  const tenants: TenantsRow[] = [];
  let p12: P12Row[] = [];
  const runtimes = [...wanted.runtimes.values()];
  if (benches.includes("rates")) {
    for (const runtime of runtimes) {
      for (const hasCa of cas) {
        const table = await measureRates(runtime, hasCa, cases, isQuick, server);
        if (table.rates.length === 0) continue; // no contender has these cases
        rates.push(table);
        print(writeRates(table, false));
        if (wanted.hasCpu) print(writeRates(table, true));
      }
    }
  }
  if (benches.includes("cold")) {
    for (const runtime of runtimes) {
      for (const form of ["pem", "p12"] as const) {
        coldStarts.push(await measureColdStart(runtime, form, isQuick ? 3 : 9, server));
      }
    }
    print(writeColdStarts(coldStarts));
  }
  if (benches.includes("memory")) {
    const requests = isQuick ? 5_000 : 100_000;
    for (const runtime of runtimes) memory.push(...await measureMemory(runtime, requests, server));
    print(writeMemory(memory));
  }
  if (benches.includes("tenants")) {
    await writeTenants(server, server.ca);
    for (const runtime of runtimes) tenants.push(...await measureTenants(runtime, isQuick, server));
    print(writeTenantsTable(tenants));
  }
  if (benches.includes("p12")) {
    print(writeP12(p12 = await measureP12(isQuick, await mkdtemp(join(server.folder, "p12-")))));
  }
  return { ...describeEnvironment(runtimes), rates, coldStarts, memory, tenants, p12 };
}

async function main(): Promise<void> {
  const wanted = await readArguments();
  if (wanted === undefined) {
    console.error(USAGE);
    process.exitCode = 1;
    return;
  }
  await installPeers();
  await bundleAll();
  const server = await startServer();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void server.stop().finally(() => process.exit(1)));
  }
  try {
    const report = await measureAll(wanted, server);
    const folder = wanted.isWhole ? join(ROOT, "docs") : CACHE;
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "bench.json"), writeReport(report));
    if (report.rates.length > 0) await writeFile(join(folder, "bench.svg"), drawChart(report));
    print(`\nWrote ${join(folder, "bench.json")} and bench.svg`);
  } finally {
    await server.stop();
  }
}

await main();

/**
 * Writes the results to a file, with the machine and the versions.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { arch, cpus, platform, totalmem } from "node:os";
import { join } from "node:path";
import { ROOT } from "../runtimes.ts";
import { BENCH } from "./bundle.ts";
import type { BenchRuntime } from "./child.ts";
import type { ColdResult } from "./cold.ts";
import type { MemoryRow } from "./memory.ts";
import type { P12Row } from "./p12.ts";
import type { RateTable } from "./rates.ts";
import type { TenantsRow } from "./tenants.ts";

/** Machine and versions of a run. */
export interface Environment {
  /** The day, as YYYY-MM-DD. */
  readonly date: string;
  /** The processor, the number of cores, the memory and the system. */
  readonly machine: string;
  /** The versions of the programs and packages, by their names. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Results of a run, with its environment. */
export interface Report extends Environment {
  readonly rates: readonly RateTable[];
  readonly coldStarts: readonly ColdResult[];
  readonly memory: readonly MemoryRow[];
  readonly tenants: readonly TenantsRow[];
  readonly p12: readonly P12Row[];
}

/** Returns the day, the machine and the versions. */
export function describeEnvironment(runtimes: readonly BenchRuntime[]): Environment {
  const [cpu] = cpus();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  const versions: Record<string, string> = {};
  for (const { name, version } of runtimes) {
    versions[name] = name in versions ? `${versions[name]}, ${version}` : version;
  }
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpu?.model.trim() ?? "unknown"}, ${cpus().length} cores, ${gigabytes} GiB, ` +
      `${platform()} ${arch()}`,
    versions: { ...versions, ...readVersions() },
  };
}

/** Reads the versions of the programs and packages besides the runtimes. */
function readVersions(): Record<string, string> {
  const packageVersion = (folder: string, name: string): string => {
    const file = join(folder, "node_modules", name, "package.json");
    return JSON.parse(readFileSync(file, "utf8")).version;
  };
  const openssl = execFileSync("openssl", ["version"], { encoding: "utf8" });
  const nginx = execFileSync("sh", ["-c", "nginx -v 2>&1"], { encoding: "utf8" });
  return {
    nginx: /\d+\.\d+\.\d+/.exec(nginx)?.[0] ?? "",
    openssl: /\d+\.\d+\.\d+/.exec(openssl)?.[0] ?? "",
    undici: packageVersion(ROOT, "undici"),
    ...Object.fromEntries(
      ["axios", "got", "node-fetch"].map((name) => [name, packageVersion(BENCH, name)]),
    ),
  };
}

/** Writes the report as JSON with one result on each line, so that a diff shows the changes. */
export function writeReport(report: Report): string {
  const lines = (rows: readonly unknown[]) =>
    rows.length === 0 ? "[]" : `[\n${rows.map((row) => `    ${round(row)}`).join(",\n")}\n  ]`;
  const tables = report.rates.flatMap(({ rates, ...table }) =>
    rates.map((rate) => ({ ...table, ...rate }))
  );
  return `{
  "date": ${JSON.stringify(report.date)},
  "machine": ${JSON.stringify(report.machine)},
  "versions": ${JSON.stringify(report.versions)},
  "rates": ${lines(tables)},
  "coldStarts": ${lines(report.coldStarts)},
  "memory": ${lines(report.memory)},
  "tenants": ${lines(report.tenants)},
  "p12": ${lines(report.p12)}
}
`;
}

/** Writes numbers with four significant digits. */
function round(row: unknown): string {
  return JSON.stringify(
    row,
    (_, value) => typeof value === "number" && value % 1 !== 0 ? +value.toPrecision(4) : value,
  );
}

/**
 * Writes the tables for the terminal.
 *
 * @module
 */
import type { Case } from "./cases.ts";
import type { ColdResult } from "./cold.ts";
import type { MemoryRow } from "./memory.ts";
import type { P12Row } from "./p12.ts";
import type { Rate, RateTable } from "./rates.ts";
import type { TenantsRow } from "./tenants.ts";

const MEBIBYTE = 1024 * 1024;

/** Writes a table with aligned columns. The first column is text, and the others are numbers. */
function writeTable(rows: readonly (readonly string[])[]): string {
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const widths = rows[0]!.map((_, column) => width(column));
  return rows.map((row) =>
    "  " +
    row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)
    ).join("  ").trimEnd()
  ).join("\n");
}

function isSame(one: Case, other: Case): boolean {
  return one.request === other.request && one.inFlight === other.inFlight;
}

function writeDigits(value: number): string {
  return value.toLocaleString("en", { maximumSignificantDigits: 3 });
}

/**
 * Writes the rates of one runtime, with a row for each contender and a column for each case.
 *
 * @param isCpu True to write the CPU times instead of the rates
 */
export function writeRates({ runtime, version, hasCa, rates }: RateTable, isCpu: boolean): string {
  const cases: Case[] = [];
  for (const rate of rates) if (!cases.some((one) => isSame(one, rate))) cases.push(rate);
  const contenders = [...new Set(rates.map(({ contender }) => contender))];
  const cells = (contender: string, write: (rate: Rate) => string) =>
    cases.map((one) => {
      const rate = rates.find((rate) => rate.contender === contender && isSame(rate, one));
      return rate === undefined ? "" : write(rate);
    });
  const [baseline = ""] = contenders;
  const what = isCpu
    ? "the baseline's CPU time a request in µs, then how many times less others take"
    : "the baseline's requests a second, then ratios to it";
  return `\n${runtime} ${version}, ${hasCa ? "with" : "without"} ca: ${what}\n` + writeTable([
    ["", ...cases.map(({ request }) => request)],
    ["in flight", ...cases.map(({ inFlight }) => String(inFlight))],
    [`${baseline} (= 1)`, ...cells(baseline, ({ rate, cpu }) => writeDigits(isCpu ? cpu : rate))],
    ...contenders.slice(1).map((contender) => [
      contender,
      ...cells(contender, ({ ratio, cpuRatio }) => (isCpu ? cpuRatio : ratio).median.toFixed(2)),
    ]),
  ]);
}

/** Writes the cold starts. */
export function writeColdStarts(results: readonly ColdResult[]): string {
  return "\nCold start, process start to first answer, with ca\n" + writeTable([
    ["", "ours, ms", "by hand, ms", "ratio", "middle half"],
    ...results.map(({ runtime, version, form, ours, raw, ratio }) => [
      `${runtime} ${version}, ${form === "pem" ? "PEM" : ".p12"}` +
      (form === "p12" && runtime !== "Node" ? " (by hand: PEM)" : ""),
      ours.toFixed(0),
      raw.toFixed(0),
      ratio.median.toFixed(2),
      `${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)}`,
    ]),
  ]);
}

/** Writes the sizes of the processes. */
export function writeMemory(rows: readonly MemoryRow[]): string {
  const requests = rows[0]!.requests.toLocaleString("en");
  return `\nMemory, rss in MiB after a tenth, half and all of ${requests} requests, with ca\n` +
    writeTable(rows.map(({ runtime, version, contender, rss }) => [
      `${runtime} ${version}, ${contender}`,
      ...rss.map((bytes) => (bytes / MEBIBYTE).toFixed(0)),
    ]));
}

/** Writes the rates and sizes with many credentials. */
export function writeTenants(rows: readonly TenantsRow[]): string {
  return "\nMany credentials in turn, 8 requests in flight: requests a second, and rss in MiB at " +
    "the start and after each quarter\n" +
    writeTable(rows.map(({ runtime, version, hasCa, tenants, requests, rate, rss }) => [
      `${runtime} ${version}, ${tenants} credentials${hasCa ? ", extraCa" : ""}`,
      `${requests} requests`,
      `${writeDigits(rate)}/s`,
      ...rss.map((bytes) => (bytes / MEBIBYTE).toFixed(0)),
    ]));
}

/** Writes the times of the decoders. */
export function writeP12(rows: readonly P12Row[]): string {
  const decoders = [...new Set(rows.map(({ decoder }) => decoder))];
  const files = [...new Set(rows.map(({ file }) => file))];
  const cell = (file: string, decoder: string) => {
    const { time, ratio } = rows.find((row) => row.file === file && row.decoder === decoder)!;
    return time === undefined ? "cannot" : `${time.toFixed(2)} (${ratio!.toFixed(2)})`;
  };
  return "\nOpening a .p12 on Node, in ms (and by the library's time)\n" + writeTable([
    ["", ...decoders],
    ...files.map((file) => [file, ...decoders.map((decoder) => cell(file, decoder))]),
  ]);
}

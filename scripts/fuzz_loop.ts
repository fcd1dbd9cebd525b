/**
 * Fuzzes one target, guided by what V8 knows of which blocks ran. An input that reaches a block that none did before is kept, and further
 * inputs are made from it.
 */
import { createHash, randomInt } from "node:crypto";
import {
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { Session } from "node:inspector";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import type { Target } from "./fuzz_targets.ts";

const [folder = "", target = "", seconds = "", maxBytes = "", maxMegabytes = ""] = process.argv
  .slice(2);
const bundle = pathToFileURL(join(folder, "bundle", "entry.mjs")).href;
const corpusFolder = join(folder, "corpus", target);
const findings = join(folder, "findings");
/** Where the input is while it is tried, so that one that never comes back is not lost. */
const current = join(findings, `${target}-current`);
const currentFile = openSync(current, "w");
/** Lengths and numbers at the edges of what a field can hold. */
const EDGES = [0x00, 0x01, 0x7f, 0x80, 0x81, 0x82, 0x84, 0xa0, 0xff, 0x24, 0x30, 0x31];

const session = new Session();
session.connect();
session.post("Profiler.enable");
// with counts, since without them V8 tells of a function once, and not of blocks that it reaches later
session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });

const blocks = new Set<string>();

/** Whether the last input reached what none had. On the thread's own session the answer comes at once. */
function isNew(): boolean {
  const before = blocks.size;
  session.post("Profiler.takePreciseCoverage", (error, { result }) => {
    if (error) throw error;
    for (const script of result.filter(({ url }) => url === bundle)) {
      for (const { startOffset, endOffset, count } of script.functions.flatMap((it) => it.ranges)) {
        if (count > 0) blocks.add(`${startOffset}-${endOffset}`);
      }
    }
  });
  return blocks.size > before;
}

function pick<T>(items: readonly T[]): T {
  return items[randomInt(items.length)]!;
}

/** One change: a bit, an octet, a stretch gone or doubled, a part of another input, a known word. */
function change(input: Buffer, corpus: readonly Buffer[], words: readonly Buffer[]): Buffer {
  const [a, b] = [randomInt(input.length + 1), randomInt(input.length + 1)];
  const [from, to] = a < b ? [a, b] : [b, a];
  const around = (at: number, end: number, between: Buffer) =>
    Buffer.concat([input.subarray(0, at), between, input.subarray(end)]);
  const other = pick(corpus);
  const start = randomInt(other.length + 1);
  const word = pick(words);
  return pick<() => Buffer>([
    () => around(from, from + 1, Buffer.of((input[from] ?? 0) ^ (1 << randomInt(8)))),
    () => around(from, from + 1, Buffer.of(pick(EDGES))),
    () => around(from, from + 1, Buffer.of(randomInt(256))),
    () => around(from, Math.min(to, from + 16), Buffer.alloc(0)),
    () => around(to, to, input.subarray(from, to)),
    () => around(from, to, other.subarray(start, start + randomInt(64))),
    () => around(from, from, word),
    () => around(from, from + word.length, word),
  ])();
}

function files(at: string): Buffer[] {
  return readdirSync(at).map((name) => readFileSync(join(at, name)));
}

function sha256(input: Buffer): string {
  return createHash("sha256").update(input).digest("hex");
}

async function main(): Promise<void> {
  const { fuzz }: { fuzz: Target } = await import(bundle);
  const seeds = [...files(join(folder, "seeds")), ...files(corpusFolder)];
  const words = files(join(folder, "words"));
  const corpus: Buffer[] = [];
  const end = performance.now() + 1000 * Number(seconds);
  let inputs = 0;
  while (seeds.length > 0 || performance.now() < end) {
    let input = seeds.pop();
    const isSeed = input !== undefined;
    if (!input) {
      input = pick(corpus);
      for (let i = randomInt(1, 5); i > 0; i--) input = change(input, corpus, words);
      input = input.subarray(0, Number(maxBytes));
    }
    ftruncateSync(currentFile);
    writeSync(currentFile, input, 0, input.length, 0);
    await fuzz(input);
    if (process.memoryUsage.rss() > Number(maxMegabytes) * 2 ** 20) {
      throw new Error(`Memory has swollen over ${maxMegabytes} MB`);
    }
    inputs++;
    if (!isNew() && (!isSeed || corpus.length > 0)) continue;
    corpus.push(input);
    if (!isSeed) writeFileSync(join(corpusFolder, sha256(input)), input);
  }
  rmSync(current);
  console.log(`number_of_executed_units: ${inputs}\ncov: ${blocks.size}`);
  console.log(`peak_rss_mb: ${Math.ceil(process.resourceUsage().maxRSS / 1024)}`);
}

try {
  await main();
} catch (error) {
  const name = `${target}-crash-${sha256(readFileSync(current))}`;
  renameSync(current, join(findings, name));
  console.log(`The input is in ${name}`);
  throw error;
}

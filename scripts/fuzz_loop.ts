/**
 * Fuzzes one target on the runtime that runs this file, guided by its block coverage. Keeps each
 * input that reaches a new block, and makes more inputs from it.
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
import { type Profiler, Session } from "node:inspector";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import type { Target } from "./fuzz_targets.ts";

const [folder = "", target = "", seconds = "", maxBytes = "", maxMegabytes = ""] = process.argv
  .slice(2);
const bundle = pathToFileURL(join(folder, "bundle", "entry.mjs")).href;
const corpusFolder = join(folder, "corpus", target);
const findings = join(folder, "findings");
/** The file of the current input. It keeps an input with which the parser never returns. */
const current = join(findings, `${target}-current`);
const currentFile = openSync(current, "w");

/** Lengths and numbers at the edges of the range of a field. */
const EDGES = [0x00, 0x01, 0x7f, 0x80, 0x81, 0x82, 0x84, 0xa0, 0xff, 0x24, 0x30, 0x31];

const session = new Session();
session.connect();
session.post("Profiler.enable");
// With counts: without them, V8 reports a function only once, and not the blocks reached later.
session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });

const blocks = new Set<string>();

/** Returns true if the last input reached a new block. */
async function reachedNewBlock(): Promise<boolean> {
  const before = blocks.size;
  const scripts = await new Promise<Profiler.ScriptCoverage[]>((resolve, reject) => {
    session.post("Profiler.takePreciseCoverage", (error, { result }) => {
      if (error) reject(error);
      else resolve(result);
    });
  });
  for (const script of scripts.filter(({ url }) => url === bundle)) {
    for (const { startOffset, endOffset, count } of script.functions.flatMap((it) => it.ranges)) {
      if (count > 0) blocks.add(`${startOffset}-${endOffset}`);
    }
  }
  return blocks.size > before;
}

function pickOne<T>(items: readonly T[]): T {
  return items[randomInt(items.length)]!;
}

/**
 * Changes an input once: a bit, a byte, a part removed or doubled, a part of another input, or a
 * word of the dictionary.
 */
function changeOnce(input: Buffer, corpus: readonly Buffer[], words: readonly Buffer[]): Buffer {
  const [a, b] = [randomInt(input.length + 1), randomInt(input.length + 1)];
  const [from, to] = a < b ? [a, b] : [b, a];
  const replace = (at: number, end: number, between: Buffer) =>
    Buffer.concat([input.subarray(0, at), between, input.subarray(end)]);
  const other = pickOne(corpus);
  const start = randomInt(other.length + 1);
  const word = pickOne(words);
  return pickOne<() => Buffer>([
    () => replace(from, from + 1, Buffer.of((input[from] ?? 0) ^ (1 << randomInt(8)))),
    () => replace(from, from + 1, Buffer.of(pickOne(EDGES))),
    () => replace(from, from + 1, Buffer.of(randomInt(256))),
    () => replace(from, Math.min(to, from + 16), Buffer.alloc(0)),
    () => replace(to, to, input.subarray(from, to)),
    () => replace(from, to, other.subarray(start, start + randomInt(64))),
    () => replace(from, from, word),
    () => replace(from, from + word.length, word),
  ])();
}

function readFiles(at: string): Buffer[] {
  return readdirSync(at).map((name) => readFileSync(join(at, name)));
}

function sha256(input: Buffer): string {
  return createHash("sha256").update(input).digest("hex");
}

async function main(): Promise<void> {
  const { fuzz }: { fuzz: Target } = await import(bundle);
  const seeds = [...readFiles(join(folder, "seeds")), ...readFiles(corpusFolder)];
  const words = readFiles(join(folder, "words"));
  const corpus: Buffer[] = [];
  let end = Infinity; // the time counts from the last seed
  let inputs = 0;
  while (performance.now() < end) {
    let input = seeds.pop();
    const isSeed = input !== undefined;
    if (seeds.length === 0) end = Math.min(end, performance.now() + 1000 * Number(seconds));
    if (!input) {
      input = pickOne(corpus);
      for (let i = randomInt(1, 5); i > 0; i--) input = changeOnce(input, corpus, words);
      input = input.subarray(0, Number(maxBytes));
    }
    ftruncateSync(currentFile);
    writeSync(currentFile, input, 0, input.length, 0);
    await fuzz(input);
    if (process.memoryUsage.rss() > Number(maxMegabytes) * 2 ** 20) {
      throw new Error(`The process needs more than ${maxMegabytes} MB`);
    }
    inputs++;
    if (!await reachedNewBlock() && (!isSeed || corpus.length > 0)) continue;
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

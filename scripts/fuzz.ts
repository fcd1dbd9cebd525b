/**
 * Fuzzes every parser on Node, Deno and Bun, guided by coverage: `npm run fuzz`. Example for a
 * longer run of two parsers on Deno: `npm run fuzz -- --seconds 600 deno pkcs12 pem`. Inputs that
 * reach new code stay in `.cache/fuzz/corpus`, and the next run starts with them. The slowest
 * inputs are in `.cache/fuzz/slowest`.
 *
 * A finding is an input with which a parser throws an error other than `McFetchError`, or needs
 * more than a second or a gigabyte. Findings are written to `.cache/fuzz/findings`.
 */
import { createHash } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { makeDictionary, makeSeeds } from "./fuzz_seeds.ts";
import { TARGETS } from "./fuzz_targets.ts";
import { CACHE, FILE_FLAGS, findRuntimes, ROOT, run, type Runtime } from "./runtimes.ts";

const FOLDER = join(CACHE, "fuzz");
const MAX_BYTES = 8192;
const MAX_MEGABYTES = 1024;

/** Bundles the targets with the parsers, and writes the seeds and the dictionary. */
async function prepare(): Promise<void> {
  for (const name of ["seeds", "words"]) {
    await rm(join(FOLDER, name), { recursive: true, force: true });
  }
  const corpora = Object.keys(TARGETS).map((target) => `corpus/${target}`);
  for (const name of ["seeds", "words", "findings", "slowest", ...corpora]) {
    await mkdir(join(FOLDER, name), { recursive: true });
  }
  await build({
    entryPoints: [join(ROOT, "scripts", "fuzz_entry.ts")],
    outfile: join(FOLDER, "bundle", "entry.mjs"),
    bundle: true,
    packages: "external", // the coverage counts only the library
    platform: "node",
    format: "esm",
    target: "node20",
  });
  const words = await makeDictionary(join(ROOT, "lib"));
  for (const [i, word] of words.entries()) await writeFile(join(FOLDER, "words", `${i}`), word);
  for (const seed of await makeSeeds(join(ROOT, "tests", "fixtures"))) {
    if (seed.length > MAX_BYTES) continue;
    await writeFile(join(FOLDER, "seeds", createHash("sha256").update(seed).digest("hex")), seed);
  }
}

/** Fuzzes one target, and prints the result. Returns false if there is a finding. */
async function fuzz(
  { name, version, command }: Runtime,
  target: string,
  seconds: number,
): Promise<boolean> {
  const program = join(ROOT, "scripts", "fuzz_loop.ts");
  const numbers = [seconds, MAX_BYTES, MAX_MEGABYTES].map(String);
  const { code, output } = await run(
    command,
    [...FILE_FLAGS[name]!, program, FOLDER, target, ...numbers],
    { FUZZ_TARGET: target, FUZZ_SLOWEST: join(FOLDER, "slowest", target) },
    (seconds + 300) * 1000,
  );
  const figures = [
    [/number_of_executed_units:\s*(\d+)/, "inputs"],
    [/.*cov: (\d+)/s, "blocks"],
    [/slowest: (.*)/, "for the slowest"],
    [/peak_rss_mb:\s*(\d+)/, "MB"],
  ] as const;
  const text = figures.map(([pattern, unit]) => [pattern.exec(output)?.[1], unit])
    .filter(([value]) => value !== undefined).map((it) => it.join(" ")).join(", ");
  console.log(`${target}, ${name} ${version}: ${code === 0 ? "no finding" : "FINDING"}: ${text}`);
  if (code !== 0) {
    console.log(output.split("\n").filter((line) => !line.startsWith("#")).join("\n"));
  }
  return code === 0;
}

const { values, positionals } = parseArgs({
  options: { seconds: { type: "string", default: "5" } },
  allowPositionals: true,
});
const runtimes = [...await findRuntimes()].filter(([name]) => name in FILE_FLAGS);
const isRuntime = (word: string) => runtimes.some(([name]) => name.toLowerCase() === word);
const isAsked = (word: string, kind: (word: string) => boolean) =>
  positionals.includes(word) || !positionals.some(kind);
const isTarget = (word: string) => Object.hasOwn(TARGETS, word);
const unknown = positionals.find((word) => !isRuntime(word) && !isTarget(word));
if (unknown !== undefined) throw new Error(`Unknown runtime or target: ${unknown}`);
await prepare();
for (const [name, runtime] of runtimes.filter(([it]) => isAsked(it.toLowerCase(), isRuntime))) {
  if (runtime === undefined) {
    console.log(`${name}: skipped, not installed`);
    continue;
  }
  for (const target of Object.keys(TARGETS).filter((it) => isAsked(it, isTarget))) {
    if (!await fuzz(runtime, target, Number(values.seconds))) process.exitCode = 1;
  }
}

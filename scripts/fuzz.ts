/**
 * Fuzzes every parser, guided by coverage: `npm run fuzz`. Example for a longer run of two parsers:
 * `npm run fuzz -- --seconds 600 pkcs12 pem`. Inputs that reach new code stay in
 * `.cache/fuzz/corpus`, and the next run starts with them. The slowest inputs are in
 * `.cache/fuzz/slowest`.
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
import { CACHE, ROOT, run } from "./runtimes.ts";

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

function makeCommand(target: string, seconds: number): [command: string, args: string[]] {
  const program = join(ROOT, "scripts", "fuzz_loop.ts");
  return ["tsx", [program, FOLDER, target, ...[seconds, MAX_BYTES, MAX_MEGABYTES].map(String)]];
}

/** Fuzzes one target, and prints the result. Returns false if there is a finding. */
async function fuzz(target: string, seconds: number): Promise<boolean> {
  const { code, output } = await run(
    ...makeCommand(target, seconds),
    { FUZZ_TARGET: target, FUZZ_SLOWEST: join(FOLDER, "slowest", target) },
    (seconds + 120) * 1000,
  );
  const figures = [
    [/number_of_executed_units:\s*(\d+)/, "inputs"],
    [/.*cov: (\d+)/s, "blocks"],
    [/slowest: (.*)/, "for the slowest"],
    [/peak_rss_mb:\s*(\d+)/, "MB"],
  ] as const;
  const text = figures.map(([pattern, unit]) => [pattern.exec(output)?.[1], unit])
    .filter(([value]) => value !== undefined).map((it) => it.join(" ")).join(", ");
  console.log(`${target}: ${code === 0 ? "no finding" : "FINDING"}: ${text}`);
  if (code !== 0) {
    console.log(output.split("\n").filter((line) => !line.startsWith("#")).join("\n"));
  }
  return code === 0;
}

const { values, positionals } = parseArgs({
  options: { seconds: { type: "string", default: "15" } },
  allowPositionals: true,
});
const names = positionals.length > 0 ? positionals : Object.keys(TARGETS);
const unknown = names.find((name) => !Object.hasOwn(TARGETS, name));
if (unknown !== undefined) throw new Error(`Unknown target: ${unknown}`);
await prepare();
for (const name of names) {
  if (!await fuzz(name, Number(values.seconds))) process.exitCode = 1;
}

/**
 * Fuzzes every parser with Jazzer.js, guided by coverage: `npm run fuzz`. Where that does not load,
 * with the loop in `fuzz_loop.ts`. For longer, or some alone:
 * `npm run fuzz -- --seconds 600 pkcs12 pem`. The inputs that were found to reach new code stay in
 * `.cache/fuzz/corpus` and are where the next run starts; the slowest are in `.cache/fuzz/slowest`.
 *
 * A finding is an input that makes a parser throw anything but a `McFetchError`, that takes more than
 * a second, or more than a gigabyte. It is left in `.cache/fuzz/findings`, to become a test file.
 */
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { dictionary, seeds } from "./fuzz_seeds.ts";
import { TARGETS } from "./fuzz_targets.ts";
import { CACHE, ROOT, run } from "./runtimes.ts";

const FOLDER = join(CACHE, "fuzz");
const MAX_BYTES = 8192;
const MAX_MEGABYTES = 1024;
/** Where Jazzer.js stops an input that does not come back, in milliseconds. */
const TIMEOUT = 10_000;

/** Bundles the targets with the parsers, and writes down what the fuzzer starts from. */
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
    packages: "external", // what is not ours is not measured
    platform: "node",
    format: "esm",
    target: "node20",
  });
  const words = await dictionary(join(ROOT, "lib"));
  await writeFile(join(FOLDER, "dictionary"), words.map(quote).join("\n") + "\n");
  for (const [i, word] of words.entries()) await writeFile(join(FOLDER, "words", `${i}`), word);
  for (const seed of await seeds(join(ROOT, "tests", "fixtures"))) {
    if (seed.length > MAX_BYTES) continue;
    await writeFile(join(FOLDER, "seeds", createHash("sha256").update(seed).digest("hex")), seed);
  }
}

/** As libFuzzer reads its dictionary. */
function quote(word: Uint8Array): string {
  const octets = Array.from(word, (octet) => `\\x${octet.toString(16).padStart(2, "0")}`);
  return `"${octets.join("")}"`;
}

/** What keeps Jazzer.js from running here; `undefined` where nothing does. Its prebuilt part asks for glibc 2.38. */
async function obstacle(): Promise<string | undefined> {
  const { code, output } = await run("node", ["-e", 'require("@jazzer.js/core")']);
  return code === 0 ? undefined : /^\s*Error: (.*)$/m.exec(output)?.[1] ?? output;
}

function jazzer(target: string, seconds: number): [command: string, args: string[]] {
  return ["jazzer", [
    join(FOLDER, "bundle", "entry.mjs"),
    join(FOLDER, "corpus", target),
    join(FOLDER, "seeds"),
    ...["--includes", join(FOLDER, "bundle"), "--timeout", `${TIMEOUT}`],
    ...["--cov", "--cov_reporters", "text-summary"],
    "--",
    `-max_total_time=${seconds}`,
    `-max_len=${MAX_BYTES}`,
    `-rss_limit_mb=${MAX_MEGABYTES}`,
    `-dict=${join(FOLDER, "dictionary")}`,
    `-artifact_prefix=${join(FOLDER, "findings", `${target}-`)}`,
    "-print_final_stats=1",
  ]];
}

function loop(target: string, seconds: number): [command: string, args: string[]] {
  const program = join(ROOT, "scripts", "fuzz_loop.ts");
  return ["tsx", [program, FOLDER, target, ...[seconds, MAX_BYTES, MAX_MEGABYTES].map(String)]];
}

/** Fuzzes one target and prints what came of it; false where there is a finding. */
async function fuzz(fuzzer: typeof jazzer, target: string, seconds: number): Promise<boolean> {
  const { code, output } = await run(
    ...fuzzer(target, seconds),
    { FUZZ_TARGET: target, FUZZ_SLOWEST: join(FOLDER, "slowest", target) },
    (seconds + 120) * 1000,
  );
  const figures = [
    [/number_of_executed_units:\s*(\d+)/, "inputs"],
    [/.*cov: (\d+)/s, fuzzer === jazzer ? "edges" : "blocks"],
    [/Branches\s*: ([\d.]+%)/, "of branches"],
    [/slowest: (.*)/, "at the slowest"],
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
if (unknown !== undefined) throw new Error(`No target is named ${unknown}`);
await prepare();
const problem = await obstacle();
if (problem !== undefined) {
  console.log(`Jazzer.js does not load here (${problem}): a loop of our own does its work`);
}
const fuzzer = problem === undefined ? jazzer : loop;
for (const name of names) {
  if (!await fuzz(fuzzer, name, Number(values.seconds))) process.exitCode = 1;
}

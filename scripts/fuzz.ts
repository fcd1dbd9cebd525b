/**
 * Fuzzes every parser with Jazzer.js, guided by coverage: `npm run fuzz`. For longer, or some alone:
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
  await rm(join(FOLDER, "seeds"), { recursive: true, force: true });
  const corpora = Object.keys(TARGETS).map((target) => `corpus/${target}`);
  for (const name of ["seeds", "findings", "slowest", ...corpora]) {
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
  await writeFile(join(FOLDER, "dictionary"), await dictionary(join(ROOT, "lib")));
  for (const seed of await seeds(join(ROOT, "tests", "fixtures"))) {
    if (seed.length > MAX_BYTES) continue;
    await writeFile(join(FOLDER, "seeds", createHash("sha256").update(seed).digest("hex")), seed);
  }
}

/** Fuzzes one target and prints what came of it; false where there is a finding. */
async function fuzz(target: string, seconds: number): Promise<boolean> {
  const { code, output } = await run(
    "jazzer",
    [
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
    ],
    { FUZZ_TARGET: target, FUZZ_SLOWEST: join(FOLDER, "slowest", target) },
    (seconds + 120) * 1000,
  );
  const figure = (pattern: RegExp) => pattern.exec(output)?.[1] ?? "?";
  const figures = [
    `${figure(/number_of_executed_units:\s*(\d+)/)} inputs`,
    `${figure(/.*cov: (\d+)/s)} edges`,
    `${figure(/Branches\s*: ([\d.]+%)/)} of branches`,
    `slowest ${figure(/slowest: (.*)/)}`,
    `${figure(/peak_rss_mb:\s*(\d+)/)} MB`,
  ];
  console.log(`${target}: ${code === 0 ? "no finding" : "FINDING"}: ${figures.join(", ")}`);
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
for (const name of names) {
  if (!await fuzz(name, Number(values.seconds))) process.exitCode = 1;
}

/**
 * Runs the tests on every installed runtime: `npm test`.
 *
 * - `npm run test:nodes` runs them on the other versions of Node.
 * - `npm test -- deno bun` runs them only on the named runtimes.
 * - `npm test -- node --only identity` runs only the files with this word in their path.
 * - `npm test -- --built FOLDER` runs them on Node, with the built modules in this folder.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { IDENTITIES } from "../lib/sandbox/identities.ts";
import type { TestServer } from "../tests/support/server.ts";
import { leaveOutRepeated, useBuilt } from "./package/built.ts";
import {
  CACHE,
  findRuntimes,
  installNodes,
  type Outcome,
  ROOT,
  run,
  type Runtime,
  type RuntimeName,
} from "./runtimes.ts";
import { runWorkerd } from "./workerd.ts";

/** The runtimes that are tested at a time. Each leg keeps one core busy. */
const LANES = Math.min(availableParallelism(), 2);

/** Numbers of tests by their result. */
interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** What a runtime runs. */
interface Subject {
  /** The test files. */
  readonly files: readonly string[];
  /** The folder of the built modules. Default is the sources. */
  readonly built?: string | undefined;
}

/** Run of the tests on one runtime. */
interface Leg {
  readonly runtime: Runtime;
  /** The test files. */
  readonly files: readonly string[];
  /** The path of the JUnit report. */
  readonly report: string;
  readonly server: TestServer;
  readonly env: Record<string, string>;
}

/** The time limit of a runtime, in milliseconds. Two idle cores need a fifth of it. */
const TIMEOUT = 20 * 60 * 1000;

const LEGS: Record<RuntimeName, (leg: Leg) => Promise<Outcome>> = {
  Node: ({ runtime, files, report, env }) => {
    const reporter = ["--test-reporter=junit", `--test-reporter-destination=${report}`];
    const args = ["--import", "tsx", "--test", "--test-concurrency=1", ...reporter];
    return run(runtime.command, [...args, ...files], env, TIMEOUT);
  },
  Deno: async ({ runtime, files, report, env }) => {
    const args = ["test", "--allow-all", "--no-check", `--junit-path=${report}`];
    if (!await canReachJsr()) args.push("--import-map=tests/support/import_map.json");
    return await run(runtime.command, [...args, ...files], env, TIMEOUT);
  },
  Bun: ({ runtime, files, report, env }) => {
    const args = ["test", "--timeout=120000", "--reporter=junit", `--reporter-outfile=${report}`];
    return run(runtime.command, [...args, ...files], env, TIMEOUT);
  },
  workerd: async ({ files, report, server, env }) => {
    const outcome = await runWorkerd("tests", {
      source: [
        ...files.map((file) => `import "${file}";`),
        `import { bindings } from "./tests/support/context.ts";`,
        `import { runAll } from "node:test";`,
        `export default { test: (_, env) => runAll(Object.assign(bindings, env)) };`,
      ].join("\n"),
      alias: {
        "node:test": "./tests/support/workerd_test_runner.ts",
        "@std/assert": "./tests/support/std_assert.ts",
      },
      server,
      identities: IDENTITIES,
      env: ["MC_MTLS_TEST_SERVER"],
      fixtures: "tests/fixtures",
    }, env);
    await writeFile(report, outcome.output);
    return outcome;
  },
};

let hasJsr: Promise<boolean> | undefined;

/** True if Deno can load `@std/assert` from JSR. The other runtimes never do. */
function canReachJsr(): Promise<boolean> {
  const program = 'await import("jsr:@std/assert@^1")';
  return hasJsr ??= run("deno", ["eval", program], {}, 20_000).then(({ code }) => code === 0);
}

/** Runs the tests on one runtime, with separate servers. */
async function runLeg(runtime: Runtime, { files, built }: Subject): Promise<Counts> {
  const label = `${runtime.name} ${runtime.version}${built === undefined ? "" : ", built package"}`;
  const report = join(CACHE, "junit", `${label}.xml`);
  const started = performance.now();
  const child = fork(join(ROOT, "tests", "support", "server.ts"), {
    execArgv: ["--import", "tsx"],
  });
  try {
    const [server] = await once(child, "message") as [TestServer];
    const env = {
      MC_MTLS_TEST_SERVER: JSON.stringify(server),
      NODE_EXTRA_CA_CERTS: server.trustedFile,
      DENO_CERT: server.trustedFile,
      ...(built === undefined ? {} : await useBuilt(runtime, built)),
    };
    const outcome = await LEGS[runtime.name]({ runtime, files, report, server, env });
    const xml = await readFile(report, "utf8").catch(() => "");
    const counts = countTests(xml, outcome);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`${label}: ${formatCounts(counts)} (${seconds} s)`);
    for (const [, name] of xml.matchAll(/<testcase name="([^"]*\(skipped: [^"]*\))"/g)) {
      console.log(`  ${name}`);
    }
    if (counts.failed > 0) {
      console.log(outcome.output, ...xml.match(/<failure[^]*?<\/failure>/g) ?? []);
    }
    return counts;
  } finally {
    child.disconnect();
  }
}

/** Counts the tests in a JUnit report. A run that ends early, or has no test, counts as failed. */
function countTests(xml: string, { code }: Outcome): Counts {
  const occurrences = (pattern: RegExp) => xml.match(pattern)?.length ?? 0;
  const skipped = occurrences(/<skipped\b/g);
  const failed = occurrences(/<(failure|error)\b/g);
  const passed = occurrences(/<testcase\b/g) - failed - skipped;
  const broken = failed === 0 && (code !== 0 || passed === 0);
  return { passed, failed: broken ? 1 : failed, skipped };
}

function formatCounts({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: {
      nodes: { type: "boolean", default: false },
      only: { type: "string", default: "" },
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
  await mkdir(join(CACHE, "junit"), { recursive: true });
  console.log(
    await canReachJsr()
      ? "@std/assert: from JSR on Deno, with node:assert on the other runtimes"
      : "@std/assert: JSR is unavailable, with node:assert on every runtime",
  );

  // The hooks that load the built package are Node's.
  const wanted = values.built === undefined ? positionals : ["node"];
  const asked = (label: string) => wanted.length === 0 || wanted.includes(label.toLowerCase());
  const total: Counts = { passed: 0, failed: 0, skipped: 0 };
  const legs = [...runtimes].filter(([label]) => asked(label)).values();
  const runLegs = async () => {
    for (const [label, runtime] of legs) {
      let counts: Counts = { passed: 0, failed: 0, skipped: 1 };
      if (runtime === undefined) {
        console.log(`${label}: skipped, not installed`);
      } else {
        counts = await runLeg(runtime, {
          files: files.map((name) => `./tests/${name}`),
          built: values.built,
        });
      }
      total.passed += counts.passed;
      total.failed += counts.failed;
      total.skipped += counts.skipped;
    }
  };
  await Promise.all(Array.from({ length: LANES }, runLegs)); // each takes the next leg
  if (total.passed === 0) total.failed++; // a run without tests is a failure
  console.log(formatCounts(total));
  process.exitCode = total.failed === 0 ? 0 : 1;
}

await main();

/** Runs test files on a runtime: one process for each, and one JUnit report. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { IDENTITIES } from "../lib/sandbox/identities.ts";
import type { TestServer } from "../tests/support/server.ts";
import { useBuilt } from "./package/built.ts";
import { type Outcome, run, type Runtime, type RuntimeName } from "./runtimes.ts";
import { transpile } from "./transpile.ts";
import { runWorkerd } from "./workerd.ts";

/** The tests on one runtime. */
export interface Leg {
  readonly runtime: Runtime;
  /** The name in the report: the runtime, and what it tests. */
  readonly label: string;
  /** The variables that make Node load the built package. Default is the sources. */
  readonly built?: Record<string, string> | undefined;
  /** The folder of the modules that are translated for Node. */
  readonly transpiled?: string | undefined;
}

/** Test files that one process runs. Their paths start in the folder of the tests. */
export interface Job {
  readonly leg: Leg;
  readonly files: readonly string[];
}

/** Numbers of tests by their result. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Result of a process. */
export interface JobResult {
  readonly counts: Counts;
  /** The names of the skipped tests. */
  readonly skipped: readonly string[];
  /** The output and the failures, if a test failed. */
  readonly problems: readonly string[];
  readonly seconds: number;
}

/** Prepares the tests on a runtime, with the built modules in a folder or with the sources. */
export async function openLeg(runtime: Runtime, folder: string | undefined): Promise<Leg> {
  const label = `${runtime.name} ${runtime.version}`;
  if (folder !== undefined) {
    return { runtime, label: `${label}, built package`, built: await useBuilt(runtime, folder) };
  }
  if (runtime.name !== "Node") return { runtime, label };
  return { runtime, label, transpiled: await (translation ??= transpile()) };
}

let translation: Promise<string> | undefined;

/** Divides the tests of a runtime into jobs. */
export function divide(leg: Leg, files: readonly string[]): Job[] {
  // One bundle for workerd: it takes longer to make than to run.
  if (leg.runtime.name === "workerd") return [{ leg, files }];
  return files.map((file) => ({ leg, files: [file] }));
}

/** A job with what its process needs. */
interface Start extends Job {
  readonly report: string;
  readonly server: TestServer;
  readonly env: Record<string, string>;
}

const STARTS: Readonly<Record<RuntimeName, (start: Start) => Promise<Outcome>>> = {
  Node: ({ leg: { runtime, built, transpiled = "" }, files: [file = ""], report, env }) => {
    const reporter = ["--test-reporter=junit", `--test-reporter-destination=${report}`];
    if (built !== undefined) {
      return run(runtime.command, [...reporter, `tests/${file}`], { ...env, ...built });
    }
    const path = join(transpiled, "tests", file.replace(/\.ts$/, ".js"));
    const args = ["--enable-source-maps", ...reporter, path];
    return run(runtime.command, args, { ...env, MC_MTLS_TRANSPILED: transpiled });
  },
  Deno: async ({ leg: { runtime }, files, report, env }) => {
    const args = ["test", "--allow-all", "--no-check", `--junit-path=${report}`];
    if (!await canReachJsr()) args.push("--import-map=tests/support/import_map.json");
    return await run(runtime.command, [...args, ...files.map((file) => `./tests/${file}`)], env);
  },
  Bun: ({ leg: { runtime }, files, report, env }) => {
    const args = ["test", "--timeout=120000", "--reporter=junit", `--reporter-outfile=${report}`];
    return run(runtime.command, [...args, ...files.map((file) => `./tests/${file}`)], env);
  },
  workerd: async ({ files, report, server, env }) => {
    const outcome = await runWorkerd("tests", {
      source: [
        ...files.map((file) => `import "./tests/${file}";`),
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
export function canReachJsr(): Promise<boolean> {
  const program = 'await import("jsr:@std/assert@^1")';
  return hasJsr ??= run("deno", ["eval", program], {}, 20_000).then(({ code }) => code === 0);
}

/** Runs a job with these servers. Writes its report to the path. */
export async function runJob(job: Job, server: TestServer, report: string): Promise<JobResult> {
  const env = {
    MC_MTLS_TEST_SERVER: JSON.stringify(server),
    NODE_EXTRA_CA_CERTS: server.trustedFile,
    DENO_CERT: server.trustedFile,
  };
  const started = performance.now();
  const outcome = await STARTS[job.leg.runtime.name]({ ...job, report, server, env });
  const seconds = (performance.now() - started) / 1000;
  const xml = await readFile(report, "utf8").catch(() => "");
  const counts = countTests(xml, outcome);
  const skipped = xml.matchAll(/<testcase name="([^"]*\(skipped: [^"]*\))"/g);
  const problems = counts.failed === 0
    ? []
    : [outcome.output, ...xml.match(/<failure[^]*?<\/failure>/g) ?? []];
  return { counts, skipped: [...skipped].map(([, name]) => name!), problems, seconds };
}

/** Counts the tests in a JUnit report. A run that ends early, or has no test, counts as failed. */
function countTests(xml: string, { code }: Outcome): Counts {
  const occurrences = (pattern: RegExp) => xml.match(pattern)?.length ?? 0;
  const skipped = occurrences(/<skipped\b/g);
  const failed = occurrences(/<(failure|error)\b/g);
  const passed = occurrences(/<testcase\b/g) - failed - skipped;
  const broken = failed === 0 && (code !== 0 || passed + skipped === 0);
  return { passed, failed: broken ? 1 : failed, skipped };
}

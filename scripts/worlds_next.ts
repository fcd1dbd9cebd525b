/**
 * Next.js as a patched world. The application is built and started, and then called for a page and
 * a route, twice each. The `fetch` of Next.js merges and caches calls, and has no certificate.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import type { Answer } from "../examples/worlds/answer.ts";
import { runOrThrow, show, skip } from "./show.ts";
import { findBare, judgeAll } from "./worlds_judge.ts";
import type { WorldsServer } from "./worlds_server.ts";

/** The time limit of the application's start, and of an answer, in milliseconds. */
const TIMEOUT = 30_000;

/** The bundlers that Next.js 16 builds with. */
const BUNDLERS = ["turbopack", "webpack"] as const;

/** Answer of the application, from its `calls.js`. */
interface Report {
  readonly answers: Answer[];
  /** The result of two calls of Next.js' own `fetch`. */
  readonly witness: { readonly isPatched: boolean; readonly serials: readonly number[] };
}

/** Builds the application with each bundler, starts it, and checks its answers. */
export async function showNext(
  application: string,
  install: (program: string) => Promise<void>,
  server: WorldsServer,
): Promise<void> {
  if (!await show("Next.js' packages", () => install(application))) {
    for (const bundler of BUNDLERS) {
      await skip(`Next.js, built with ${bundler}`, "the packages of Next.js are not installed");
    }
    return;
  }
  const program = join(application, "node_modules", "next", "dist", "bin", "next");
  for (const bundler of BUNDLERS) {
    const name = `Next.js, built with ${bundler}`;
    const env = { ...server.env, NEXT_TELEMETRY_DISABLED: "1", DIST: join(".next", bundler) };
    await rm(join(application, env.DIST), { recursive: true, force: true });
    const isBuilt = await show(name, async () => {
      await runOrThrow(process.execPath, [program, "build", `--${bundler}`, application], env);
    });
    if (isBuilt) await showStarted(name, [program, "start", application], env, server);
  }
}

/** Starts the built application, and checks a page and a route. */
async function showStarted(
  name: string,
  start: readonly string[],
  env: Readonly<Record<string, string>>,
  server: WorldsServer,
): Promise<void> {
  const child = spawn(process.execPath, [...start, "--hostname", "127.0.0.1", "--port", "0"], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    let origin = "";
    const isStarted = await show(`${name}, started`, async () => {
      origin = await readOrigin(child);
    });
    if (!isStarted) return;
    await show(`${name}, a server component`, () => judgeTwice(`${origin}/`, true, server));
    await show(`${name}, a route handler`, () => judgeTwice(`${origin}/route`, false, server));
  } finally {
    child.kill();
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  }
}

/** Returns the origin that `next start` prints. */
async function readOrigin({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error("The application has no output");
  const timer = setTimeout(
    () => stdout.destroy(new Error("the application does not start")),
    TIMEOUT,
  );
  let printed = "";
  try {
    for await (const text of stdout.iterator({ destroyOnReturn: false })) {
      printed += text;
      const [origin] = /http:\/\/127\.0\.0\.1:\d+/.exec(printed) ?? [];
      if (origin !== undefined) return origin;
    }
    throw new Error(`the application ended: ${printed}`);
  } finally {
    clearTimeout(timer);
    stdout.resume();
  }
}

/** Calls the same URL twice. The second time, Next.js has cached the answers of the first. */
async function judgeTwice(url: string, isRender: boolean, server: WorldsServer): Promise<void> {
  server.takeArrivals();
  const problems = new Set<string>();
  const serials: number[] = [];
  for (let times = 0; times < 2; times++) {
    const text = await (await fetch(url, { signal: AbortSignal.timeout(TIMEOUT) })).text();
    const [, json = text] = /<script type="application\/json">(.*?)<\/script>/.exec(text) ?? [];
    const { answers, witness }: Report = JSON.parse(json);
    for (const problem of judgeAll(answers, "works")) problems.add(problem);
    if (!witness.isPatched) problems.add("vacuous: the global fetch is not Next.js'");
    serials.push(...witness.serials);
  }
  for (const problem of findBare(server.takeArrivals())) problems.add(problem);
  if (new Set(serials).size !== 1) {
    const what = isRender ? "merges and caches" : "caches";
    problems.add(`vacuous: no fetch that ${what} answers, but ${serials.join(", ")}`);
  }
  if (problems.size > 0) throw new Error([...problems].join("\n  "));
}

/**
 * The copy of the project that holds all mutants, and the processes that run its test files.
 *
 * @module
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { build, type Plugin, transform } from "esbuild";
import type { TestServer } from "../../tests/support/server.ts";
import { listFiles } from "../list_files.ts";
import { CACHE, ROOT } from "../runtimes.ts";
import { transpile } from "../transpile.ts";
import type { Answer, Load, Loaded, Request } from "./runner.ts";

/** The folder of the copy and the results. */
export const FOLDER: string = join(CACHE, "mutants");

/** The number of no mutant. */
export const NONE = -1;

const COPY = join(FOLDER, "project");

/** The copy's modules as JavaScript, for the programs that tests start. */
let transpiled: Promise<string> | undefined;

const RUNNER = join(COPY, "scripts", "mutants", "runner.mjs");

const PATH = [join(ROOT, "node_modules", ".bin"), process.env.PATH].join(delimiter);

/** The folder of real key files, if it exists. */
const MC_MTLS_CORPUS = process.env.MC_MTLS_CORPUS ?? join(ROOT, "..", "shared", "p12-corpus");

/** The limit of the heap of a process, in megabytes. A mutant may allocate without an end. */
const MAX_HEAP = 1500;

/** The time limit of loading a test file, in milliseconds. */
const LOAD_TIME = 120_000;

/** A process loads its file so many times, since modules are never freed. */
const MAX_LOADS = 40;

/** Copies the files that git does not ignore, and replaces those of the library. */
export async function copyProject(instrumented: ReadonlyMap<string, string>): Promise<void> {
  await rm(COPY, { recursive: true, force: true });
  for (const path of await listFiles(".", "")) {
    if (path === "" || path.startsWith("examples/")) continue;
    await mkdir(dirname(join(COPY, path)), { recursive: true });
    await cp(join(ROOT, path), join(COPY, path)).catch(() => {}); // deleted, not committed
  }
  for (const [path, text] of instrumented) await writeFile(join(COPY, path), text);
  await symlink(join(ROOT, "node_modules"), join(COPY, "node_modules"));
  const runner = await readFile(join(ROOT, "scripts", "mutants", "runner.ts"), "utf8");
  await writeFile(RUNNER, (await transform(runner, { loader: "ts" })).code);
}

/** Bundles a test file with the library, so that one import loads all modules again. */
export async function bundleTest(path: string): Promise<string> {
  const outfile = join(COPY, ".bundles", path.replaceAll("/", "-").replace(/\.ts$/, ".mjs"));
  const plugin: Plugin = {
    name: "copy",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^node:test$/ }, () => {
        return { path: pathToFileURL(RUNNER).href, external: true };
      });
      onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const text = await readFile(path, "utf8");
        const url = JSON.stringify(pathToFileURL(path).href);
        return { contents: text.replaceAll("import.meta.url", url), loader: "ts" };
      });
    },
  };
  await build({
    entryPoints: [join(COPY, path)],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    alias: { "@std/assert": join(COPY, "tests", "support", "std_assert.ts") },
    plugins: [plugin],
    logLevel: "error",
  });
  return outfile;
}

/** Process that loads a test file. */
export class Host {
  readonly #child: ChildProcess;
  #loads = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Starts a process for a bundle. */
  static async start(bundle: string, servers: Servers | undefined): Promise<Host> {
    const variables = await servers?.describe();
    const child = fork(RUNNER, [bundle], {
      cwd: COPY,
      env: {
        ...process.env,
        PATH,
        NO_COLOR: "1",
        MC_MTLS_CORPUS,
        MC_MTLS_TRANSPILED: await (transpiled ??= transpile(COPY)),
        ...variables,
      },
      execArgv: [`--max-old-space-size=${MAX_HEAP}`],
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      detached: true, // so that it is a group with the programs that it starts
    });
    return new Host(child);
  }

  /** True if the process can load the file once more. */
  get isUsable(): boolean {
    return this.#child.connected && this.#loads < MAX_LOADS;
  }

  /** Loads the file with a mutant, or with {@linkcode NONE}. */
  async load(mutant: number): Promise<Loaded> {
    this.#loads++;
    const loaded = await this.#ask<Loaded>({ load: mutant }, LOAD_TIME);
    return typeof loaded === "string" ? { error: loaded, names: [], reached: [] } : loaded;
  }

  /** Runs a test. Returns why if there is no answer: `ended`, or `timeout` after some seconds. */
  run(request: Request, limit: number): Promise<Answer | "ended" | "timeout"> {
    return this.#ask<Answer>(request, limit * 1000);
  }

  async #ask<Message>(
    request: Request | Load,
    limit: number,
  ): Promise<Message | "ended" | "timeout"> {
    if (!this.#child.connected) return "ended";
    this.#child.send(request);
    return await receive<Message>(this.#child, limit);
  }

  /** Ends the process and what it started. */
  async stop(): Promise<void> {
    if (this.#child.connected) {
      this.#child.disconnect(); // it removes its files
      await Promise.race([once(this.#child, "exit"), new Promise((end) => setTimeout(end, 2000))]);
    }
    endGroup(this.#child);
  }
}

/** Waits for the next message of a process. */
function receive<Message>(
  child: ChildProcess,
  limit: number,
): Promise<Message | "ended" | "timeout"> {
  return new Promise((resolve) => {
    const end = (result: Message | "ended" | "timeout") => {
      clearTimeout(timer);
      child.off("message", end).off("exit", onExit);
      resolve(result);
    };
    const onExit = () => end("ended");
    const timer = setTimeout(() => end("timeout"), limit);
    child.once("message", end).once("exit", onExit);
  });
}

function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch { /* all have ended */ }
}

/** Test servers that run the unchanged library. */
export class Servers {
  #child: ChildProcess | undefined;
  #env: Promise<Record<string, string>> | undefined;

  /** Returns the variables that describe the servers. Starts them if they do not run. */
  async describe(): Promise<Record<string, string>> {
    if (this.#child?.connected !== true) this.#env = undefined;
    return await (this.#env ??= this.#start());
  }

  /** Ends the servers. The next test gets new ones. */
  stop(): void {
    if (this.#child?.connected) this.#child.disconnect();
    this.#child = undefined;
  }

  async #start(): Promise<Record<string, string>> {
    const script = join(ROOT, "tests", "support", "server.ts");
    this.#child = fork(script, { execArgv: ["--import", "tsx"] });
    const [server] = await once(this.#child, "message") as [TestServer];
    return {
      MC_MTLS_TEST_SERVER: JSON.stringify(server),
      NODE_EXTRA_CA_CERTS: server.trustedFile,
      MC_MTLS_CORPUS: process.env.MC_MTLS_CORPUS ??
        join(ROOT, "..", "shared", "p12-corpus"),
    };
  }
}

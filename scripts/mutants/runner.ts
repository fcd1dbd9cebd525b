/**
 * Replaces `node:test` in the copy of the project. Loads a bundled test file again and again, and
 * runs its tests on demand: with a mutant, or without one. Argument: the path of the bundle.
 *
 * @module
 */
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

/** Request to load the file. */
export interface Load {
  /** The number of the mutant that is switched on, or -1. */
  readonly load: number;
}

/** Request to run a test. */
export interface Request {
  /** The number of the test in its file. */
  readonly test: number;
  /** The number of the mutant that is switched on, or -1. */
  readonly mutant: number;
  /** True to count the mutants that the test reaches, and the programs that it starts. */
  readonly isCounting: boolean;
}

/** Answer to the parent process. */
export interface Answer {
  /** The text of the error; absent if the test passed. */
  readonly error?: string;
  /** True if the error came from nowhere, and may belong to an earlier test. */
  readonly isStray: boolean;
  readonly seconds: number;
  /** The mutants that the test reached. */
  readonly reached: readonly number[];
}

/** Answer about a loaded file. */
export interface Loaded {
  /** The text of the error; absent if the file was loaded. */
  readonly error?: string;
  readonly names: readonly string[];
  /** The mutants that loading the file reached. */
  readonly reached: readonly number[];
}

/** State of the instrumented code; see `SWITCH` in `mutants.ts`. */
interface State {
  active: number;
  hits: number;
  isCounting: boolean;
  reached: Set<number>;
}

type Body = () => void | Promise<void>;

let tests: { readonly name: string; readonly body: Body }[] = [];
let loads = 0;
const scope = globalThis as unknown as { __mutants__: State };
scope.__mutants__ = { active: -1, hits: 0, isCounting: true, reached: new Set() };

/** Registers a test, with the parameters of `node:test` that the tests use. */
export default function test(name: string, second: { skip?: unknown } | Body, third?: Body): void {
  const body = typeof second === "function" ? second : third;
  const isSkipped = typeof second !== "function" && Boolean(second.skip);
  if (body !== undefined && !isSkipped) tests.push({ name, body });
}

/** Registers a function that runs at the end, like `after` of `node:test`. */
export function after(body: Body): void {
  process.once("disconnect", () => void body());
}

/** Switches a mutant on, also for programs that are started. */
function activate(active: number, isCounting: boolean): void {
  process.env.MUTANTS_ACTIVE = `${active}`;
  Object.assign(scope.__mutants__, { active, isCounting, hits: 0, reached: new Set() });
}

/** Loads the file once more: modules have no state of an earlier mutant. */
async function load({ load }: Load): Promise<Loaded> {
  tests = [];
  activate(load, true);
  try {
    await import(`${pathToFileURL(process.argv[2] ?? "")}?${loads++}`);
    return { names: tests.map(({ name }) => name), reached: [...scope.__mutants__.reached] };
  } catch (error) {
    return { error: show(error), names: [], reached: [] };
  } finally {
    activate(-1, false);
  }
}

let fail: ((error: unknown) => void) | undefined;

/** Runs a test. */
async function run({ test, mutant, isCounting }: Request): Promise<Answer> {
  const folder = join(process.cwd(), ".counts", `${process.pid}`);
  if (isCounting) {
    mkdirSync(folder, { recursive: true });
    process.env.NODE_OPTIONS = `--import=${new URL("./cover.mjs", import.meta.url)}`;
    process.env.MUTANTS_COVERAGE = folder;
  }
  activate(mutant, isCounting);
  const started = performance.now();
  let problem: { error?: string; isStray: boolean } = { isStray: false };
  const stray = new Promise<void>((_, reject) => fail = reject).catch((error) => {
    problem = { error: show(error), isStray: true };
  });
  try {
    await Promise.race([tests[test]?.body(), stray]);
  } catch (error) {
    problem = { error: show(error), isStray: false };
  }
  const reached = [...scope.__mutants__.reached];
  activate(-1, false);
  if (isCounting) {
    delete process.env.NODE_OPTIONS;
    for (const file of readdirSync(folder)) {
      reached.push(...JSON.parse(readFileSync(join(folder, file), "utf8")) as number[]);
    }
    rmSync(folder, { recursive: true });
  }
  return { ...problem, seconds: (performance.now() - started) / 1000, reached };
}

function show(error: unknown): string {
  return `${error instanceof Error ? error.stack : error}`.slice(0, 1000);
}

process.on("uncaughtException", (error) => fail?.(error));
process.on("unhandledRejection", (error) => fail?.(error));
process.on("message", async (request: Request | Load) => {
  process.send?.("load" in request ? await load(request) : await run(request));
});
process.once("disconnect", () => setTimeout(() => process.exit(), 100));

/**
 * Runs one test file with many mutants. Each mutant is switched on for the tests that reach it. For
 * a mutant of code that runs only once, the file is loaded again.
 *
 * @module
 */
import type { Mutant } from "./mutants.ts";
import { bundleTest, Host, NONE, type Servers } from "./project.ts";
import type { Answer, Loaded, Request } from "./runner.ts";

/** Test of a file. */
export interface Test {
  readonly name: string;
  readonly seconds: number;
  /** True if it fails when it is repeated in the same process, so the file is loaded again. */
  readonly isSingle: boolean;
  /** The keys of the mutants that it reaches each time. */
  readonly reached: readonly string[];
}

/** What the tests of a file reach. */
export interface Coverage {
  readonly tests: readonly Test[];
  /** The keys of the mutants that are reached only once, by loading or by the first use. */
  readonly once: readonly string[];
  /** The names of the tests that are not used, since they fail without a mutant. */
  readonly failing: readonly string[];
}

/** Test that fails with a mutant. */
export interface Kill {
  readonly test: string;
  readonly isTimeout: boolean;
}

/** A test that takes longer is not run twice to find what it reaches only once, in seconds. */
const LONG = 5;

/** The time limit of a test without a mutant, in seconds. */
const MAX_TIME = 600;

/** The time limit of a test with a mutant: so many times its usual time, and these seconds. */
const PATIENCE = { times: 3, seconds: 10 };

/** The process of one test file. */
export class Session {
  readonly #path: string;
  readonly #servers: Servers | undefined;
  #bundle: Promise<string> | undefined;
  #host: Host | undefined;
  /** The mutant that was switched on when the file was loaded. */
  #loaded: number | undefined;

  constructor(path: string, servers: Servers | undefined) {
    this.#path = path;
    this.#servers = servers;
  }

  /** Runs each test twice without a mutant, to see what it reaches. */
  async cover(keys: ReadonlyMap<number, string>): Promise<Coverage> {
    const { names, reached, error } = await this.#load(NONE);
    if (error !== undefined) throw new Error(`Cannot load ${this.#path}: ${error}`);
    const find = (ids: readonly number[]) => ids.map((id) => keys.get(id) ?? "");
    const tests: Test[] = [];
    const failing: string[] = [];
    const first = new Set(find(reached));
    for (const [test, name] of names.entries()) {
      const run = () => this.#run(NONE, { test, mutant: NONE, isCounting: true }, MAX_TIME);
      const answer = await run();
      const isLong = typeof answer === "string" || answer.seconds > LONG;
      let again = isLong ? answer : await run();
      const isSingle = !isFailure(answer) && isFailure(again);
      if (isSingle) {
        this.#loaded = undefined;
        again = await run();
      }
      if (isFailure(answer) || isFailure(again)) {
        failing.push(name);
        console.log(`Fails without a mutant, so it is not used: ${this.#path}: ${name}`);
      }
      const { seconds = 0, reached = [] } = typeof answer === "string" ? {} : answer;
      for (const key of find(reached)) first.add(key);
      const each = typeof again === "string" ? [] : find(again.reached);
      tests.push({ name, seconds, isSingle, reached: each });
    }
    const each = new Set(tests.flatMap(({ reached }) => reached));
    return { tests, failing, once: [...first].filter((key) => !each.has(key)) };
  }

  /** Runs tests, by their numbers, with a mutant. Returns the first failure. */
  async tryMutant(
    { id, key }: Mutant,
    chosen: readonly number[],
    { tests, once }: Coverage,
  ): Promise<Kill | undefined> {
    const isOnce = once.includes(key);
    for (const test of chosen) {
      const { name = "", seconds = 0, isSingle } = tests[test] ?? {};
      const limit = PATIENCE.times * seconds + PATIENCE.seconds;
      const request = { test, isCounting: false };
      const run = (load: number, mutant: number) => {
        if (isSingle) this.#loaded = undefined;
        return this.#run(load, { ...request, mutant }, limit);
      };
      const tryIt = (load: number) => run(load, id);
      const control = () => run(NONE, NONE);
      let answer = await tryIt(isOnce ? id : NONE);
      if (!isFailure(answer)) continue;
      const mayBeLeft = typeof answer !== "string" && answer.isStray;
      if (mayBeLeft || isFailure(await control())) {
        // An earlier mutant may have left something behind.
        await this.stop();
        answer = await tryIt(id);
        if (!isFailure(answer) || isFailure(await control())) continue;
      }
      return { test: name, isTimeout: isEndless(answer) };
    }
    return undefined;
  }

  /** Runs a test of the file as it was loaded with a mutant. */
  async #run(load: number, request: Request, limit: number): Promise<Answer | "ended" | "timeout"> {
    if (this.#host?.isUsable !== true || this.#loaded !== load) {
      const { error } = await this.#load(load);
      if (error !== undefined) return "ended";
    }
    const answer = await this.#host?.run(request, limit) ?? "ended";
    if (typeof answer === "string") await this.stop();
    return answer;
  }

  async #load(mutant: number): Promise<Loaded> {
    if (this.#host?.isUsable === false) await this.stop();
    this.#host ??= await Host.start(await (this.#bundle ??= bundleTest(this.#path)), this.#servers);
    this.#loaded = mutant;
    const loaded = await this.#host.load(mutant);
    if (loaded.error !== undefined) await this.stop();
    return loaded;
  }

  /** Ends the process. */
  async stop(): Promise<void> {
    const host = this.#host;
    this.#host = undefined;
    this.#loaded = undefined;
    await host?.stop();
  }
}

function isFailure(answer: Answer | "ended" | "timeout"): boolean {
  return typeof answer === "string" || answer.error !== undefined;
}

/** True if a test took too long, or if a mutant was reached too often. */
function isEndless(answer: Answer | "ended" | "timeout"): boolean {
  return answer === "timeout" ||
    (typeof answer !== "string" &&
      answer.error?.includes("Endless: ") === true);
}

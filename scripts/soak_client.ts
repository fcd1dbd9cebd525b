/**
 * The program that `scripts/soak.ts` runs on each runtime. It keeps many requests in flight with
 * several certificates, checks every outcome, and then looks for leaks. The task comes in the
 * variable `MC_MTLS_SOAK`. The program prints the result, and must end by itself.
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { createMcFetch, type McFetch, mcFetch, McFetchError } from "../mod.ts";
import {
  activeHandles,
  findHandlesLeft,
  measureMemory,
  type Memory,
  sleep,
  waitForConnections,
} from "./soak_leftovers.ts";
import type { SoakServer } from "./soak_server.ts";

/** Task of a client. */
export interface SoakTask {
  readonly server: SoakServer;
  /** The folder with each identity's `.pem` and `.key`, and with `ca.pem`. */
  readonly directory: string;
  readonly identities: readonly string[];
  readonly seconds: number;
  readonly inFlight: number;
  /** True to close each fetch after use. If false, nothing is closed, and `mcFetch` is used too. */
  readonly close: boolean;
}

/** Result of the task. */
export interface SoakResult {
  readonly requests: number;
  /** The number of calls by their outcome. */
  readonly outcomes: Record<string, number>;
  /** The failed checks. */
  readonly wrong: string[];
  /** The memory after a quarter of the time and at the end, with no request in flight. */
  readonly memory: readonly [Memory, Memory];
  /** If every fetch was closed: the connections still open at the server, and the time waited. */
  readonly left?: { readonly open: number; readonly milliseconds: number };
  /** The time when the last call settled, from `Date.now()`. */
  readonly settledAt: number;
}

/** The time after which a call's signal ends it, in milliseconds. */
const TIME_LIMIT = 3000;

/** The time after which a call counts as lost, in milliseconds: its signal did not end it. */
const LOST = TIME_LIMIT + 10_000;

/** Runs the task. */
async function soak(task: SoakTask): Promise<SoakResult> {
  const outcomes: Record<string, number> = {};
  const wrong: string[] = [];
  const answered = new Set<string>();
  const complain = (what: string) => void (wrong.length < 10 && wrong.push(what));
  process.on("unhandledRejection", (reason) => complain(`unhandled: ${reason}`));
  process.on("warning", (warning) => complain(`warning: ${warning}`));
  await sleep(100);
  const handles = activeHandles();

  let requests = 0;
  const work = async (until: number) => {
    const worker = async () => {
      while (performance.now() < until) {
        const lost = deadline(LOST, "lost");
        const outcome = await Promise.race([
          call(task, ++requests, answered, complain),
          lost.promise,
        ]);
        lost.cancel();
        if (outcome === "lost") complain(`request ${requests} never settled`);
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      }
    };
    await Promise.all(Array.from({ length: task.inFlight }, worker));
  };
  const started = performance.now();
  await work(started + task.seconds * 250);
  const before = await measureMemory();
  await work(started + task.seconds * 1000);
  const settledAt = Date.now();
  const after = await measureMemory();

  const sum = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
  if (sum !== requests) complain(`${requests} requests, but ${sum} outcomes`);
  if (answered.size === 0) complain("no request was answered");
  const result = { requests, outcomes, wrong, memory: [before, after] as const, settledAt };
  if (!task.close) return result;
  const left = await waitForConnections(task.server);
  // Bun has no API to close its connections.
  if (left.open > 0 && !("Bun" in globalThis)) complain(`${left.open} connections left`);
  await sleep(TIME_LIMIT); // until the signals' timers end
  const extra = await findHandlesLeft(handles);
  if (extra.length > 0) complain(`handles left: ${extra}`);
  return { ...result, left };
}

/** Makes one call with new copies of the credentials. Resolves with the outcome. */
async function call(
  task: SoakTask,
  number: number,
  answered: Set<string>,
  complain: (what: string) => void,
): Promise<string> {
  const id = `${number}`;
  const identity = task.identities[number % task.identities.length]!;
  const ca = readFileSync(`${task.directory}/ca.pem`);
  const cert = readFileSync(`${task.directory}/${identity}.pem`);
  const key = readFileSync(`${task.directory}/${identity}.key`);
  const credentials = number % 2
    ? { cert, key, extraCa: ca }
    : { cert: `${cert}`, key: `${key}`, extraCa: `${ca}` };
  const bound = task.close || number % 3 === 0 ? createMcFetch(credentials) : undefined;
  const signal = AbortSignal.timeout(TIME_LIMIT);
  const init = number % 4 < 2 ? { signal } : { method: "POST", body: id, signal };
  const url = `${task.server.origin}/${id}`;

  let response: Response;
  try {
    response = await (bound?.(url, init) ?? mcFetch(url, init, credentials));
  } catch (error) {
    if (task.close) await bound?.close();
    if (error instanceof McFetchError) return error.code;
    if (error === signal.reason) return "timed out";
    complain(`request ${id} rejected with ${error}`);
    return "another error";
  }
  if (number % 7 === 0) await close(bound, task); // before the body is read
  try {
    if (number % 11 === 0) {
      await response.body?.cancel();
      return "cancelled";
    }
    const text = await response.text();
    const answer = JSON.parse(text); // a cut body must not arrive as a whole one
    const expected = { id, body: init.body ?? "", subject: identity };
    for (const [name, value] of Object.entries(expected)) {
      if (answer[name] !== value) {
        complain(`request ${id}: ${name} is ${answer[name]}, not ${value}`);
      }
    }
    if (answered.has(answer.id)) complain(`request ${id} was answered twice`);
    answered.add(answer.id);
    return "answered";
  } catch (error) {
    if (error instanceof SyntaxError) complain(`request ${id}: half a body arrived as a whole one`);
    return signal.aborted ? "timed out in the body" : "body broke off"; // the runtime's own error
  } finally {
    await close(bound, task);
  }
}

async function close(bound: McFetch | undefined, task: SoakTask): Promise<void> {
  if (task.close) await bound?.close();
}

function deadline<T>(milliseconds: number, value: T): { promise: Promise<T>; cancel(): void } {
  let timer: ReturnType<typeof setTimeout>;
  const promise = new Promise<T>((resolve) => timer = setTimeout(resolve, milliseconds, value));
  return { promise, cancel: () => clearTimeout(timer) };
}

async function main(): Promise<void> {
  const task: SoakTask = JSON.parse(process.env.MC_MTLS_SOAK ?? "{}");
  console.log(`RESULT ${JSON.stringify(await soak(task))}`);
}

interface DenoTests {
  test(options: {
    name: string;
    fn(): Promise<void>;
    sanitizeOps: boolean;
    sanitizeResources: boolean;
  }): void;
}

const { Deno } = globalThis as { Deno?: DenoTests };
if (process.env.MC_MTLS_SOAK_LEAKS === undefined) await main();
// With `deno test`: Deno checks for leaks only in tests.
else Deno?.test({ name: "soak", fn: main, sanitizeOps: true, sanitizeResources: true });

/**
 * What `scripts/soak.ts` has each runtime do: keep many requests in flight with several certificates,
 * check every outcome, and look at what is left afterwards. It is told what to do in the environment
 * variable `MC_MTLS_SOAK`, prints what came of it, and must then end by itself.
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { createMcFetch, type McFetch, mcFetch, McFetchError } from "../mod.ts";
import {
  activeHandles,
  connectionsLeft,
  handlesLeft,
  type Memory,
  memory,
  sleep,
} from "./soak_leftovers.ts";
import type { SoakServer } from "./soak_server.ts";

/** What a client is to do. */
export interface SoakTask {
  readonly server: SoakServer;
  /** Where each identity's `.pem` and `.key` are, and `ca.pem`. */
  readonly directory: string;
  readonly identities: readonly string[];
  readonly seconds: number;
  readonly inFlight: number;
  /** Whether each fetch is closed after use. Otherwise nothing is, and `mcFetch` is used too. */
  readonly close: boolean;
}

/** What came of it. */
export interface SoakResult {
  readonly requests: number;
  /** How the calls ended, and how often. */
  readonly outcomes: Record<string, number>;
  /** What was not as it should be. */
  readonly wrong: string[];
  /** In MiB, with nothing in flight and garbage collected: after a quarter of the time, at the end. */
  readonly memory: readonly [Memory, Memory];
  /** Where all was closed: connections that the server still had open then, and how long it took. */
  readonly left?: { readonly open: number; readonly milliseconds: number };
  /** When the last call had settled, as `Date.now()` tells. */
  readonly settledAt: number;
}

/** How long a call may take before its signal ends it, in milliseconds. */
const PATIENCE = 3000;

/** A call that takes this long, in milliseconds, is lost: neither answer nor abort ended it. */
const LOST = PATIENCE + 10_000;

/** Does the task. */
export async function soak(task: SoakTask): Promise<SoakResult> {
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
  const before = await memory();
  await work(started + task.seconds * 1000);
  const settledAt = Date.now();
  const after = await memory();

  const sum = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
  if (sum !== requests) complain(`${requests} requests, but ${sum} outcomes`);
  if (answered.size === 0) complain("no request was answered");
  const result = { requests, outcomes, wrong, memory: [before, after] as const, settledAt };
  if (!task.close) return result;
  const left = await connectionsLeft(task.server);
  // Bun keeps its connections itself, and has nothing to close them with.
  if (left.open > 0 && !("Bun" in globalThis)) complain(`${left.open} connections left`);
  await sleep(PATIENCE); // the signals' timers
  const extra = await handlesLeft(handles);
  if (extra.length > 0) complain(`handles left: ${extra}`);
  return { ...result, left };
}

/** One call, with credentials built anew. Resolves with how it ended. */
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
  const signal = AbortSignal.timeout(PATIENCE);
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
  if (number % 7 === 0) await close(bound, task); // before its body was read
  try {
    if (number % 11 === 0) {
      await response.body?.cancel();
      return "cancelled";
    }
    const text = await response.text();
    const answer = JSON.parse(text); // what is cut off must not come as whole
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
    if (error instanceof SyntaxError) complain(`request ${id}: half a body came as a whole one`);
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
// Run by `deno test`: Deno checks for leaks in its tests alone.
else Deno?.test({ name: "soak", fn: main, sanitizeOps: true, sanitizeResources: true });

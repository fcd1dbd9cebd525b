/**
 * A program of its own for `abort_test.ts`: it collects garbage, and is watched as it ends.
 *
 * @module
 */
import process from "node:process";
import { createMcFetch } from "../../mod.ts";
import { countConnections, sandboxCredentials, server } from "../support/context.ts";

const bound = createMcFetch(sandboxCredentials());
const [what = ""] = process.argv.slice(2);

/** Collects garbage where the runtime offers it, and makes some anyway. */
async function collect(): Promise<void> {
  const { gc, Bun } = globalThis as { gc?(): void; Bun?: { gc(force: boolean): void } };
  for (let round = 0; round < 5; round++) {
    gc?.();
    Bun?.gc(true);
    if (what.includes("ordinary")) Array.from({ length: 300_000 }, (_, index) => ({ index }));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function within(milliseconds: number, promise: Promise<unknown>): Promise<string> {
  const late = new Promise<string>((resolve) => setTimeout(resolve, milliseconds, "hangs"));
  const told = promise.then(() => "resolves", (error) => error?.name ?? String(error));
  return Promise.race([told, late]);
}

/** Milliseconds until a signal aborts. The head arrives before; on a busy machine, a later time. */
const TIMES = [700, 3_000, 10_000];

const held: AbortSignal[] = [];

/** Makes a signal that aborts at a time, by another signal or by itself. */
const SIGNALS: Record<string, (time: number) => AbortSignal> = {
  timeout: (time) => AbortSignal.timeout(time),
  controller: (time) => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new RangeError("enough")), time);
    return controller.signal;
  },
  any: (time) => {
    const sources = [AbortSignal.timeout(time), new AbortController().signal];
    held.push(...sources); // Node 20 does not keep them
    return AbortSignal.any(sources);
  },
};

/** Aborts while a body is read, after garbage was collected between head and abort. */
async function readBody(make: (time: number) => AbortSignal, isRequest: boolean, path: string) {
  const url = `${server.origin}${path}`;
  for (const time of TIMES) {
    const signal = make(time);
    const call = isRequest ? bound(new Request(url, { signal })) : bound(url, { signal });
    const response = await call.catch((error) => {
      if (!signal.aborted) throw error;
    });
    if (response === undefined) continue;
    const outcome = within(time + 3_000, response.text());
    await collect();
    return await outcome;
  }
  return "the head comes too late";
}

async function countOpen(): Promise<number> {
  return (await countConnections()).open[what] ?? 0;
}

const found: Record<string, unknown> = {};
if (what.startsWith("bodies")) {
  await (await bound(`${server.origin}/echo`)).text(); // opens the client
  await Promise.all(
    Object.entries(SIGNALS).map(async ([name, make]) => {
      found[name] = await readBody(make, false, "/begin");
      found[`${name}, Request`] = await readBody(make, true, "/begin");
      found[`${name}, redirected`] = await readBody(make, false, "/redirect?status=302&to=/begin");
    }),
  );
} else if (what === "sockets") {
  const controllers = Array.from({ length: 200 }, () => new AbortController());
  const answers = await Promise.all(
    controllers.map(({ signal }) => bound(`${server.origin}/begin?watch=${what}`, { signal })),
  );
  await collect();
  found.during = await countOpen();
  for (const controller of controllers) controller.abort();
  for (let wait = 0; wait < 30 && await countOpen() > 0; wait++) await collect();
  found.after = await countOpen();
  found.held = answers.length;
} else if (what === "dropped") {
  for (let call = 0; call < 20; call++) await bound(`${server.origin}/begin?watch=${what}`);
  found.during = await countOpen();
  for (let wait = 0; wait < 30 && await countOpen() > 0; wait++) await collect();
  found.after = await countOpen();
} else {
  for (const codings of ["gzip", "br", "gzip, gzip, gzip, gzip, gzip", what]) {
    const url = `${server.origin}/encoded?codings=${encodeURIComponent(codings)}`;
    const call = bound(url, { signal: AbortSignal.timeout(500) }).then((answer) => answer.text());
    found[codings] = await within(3_000, call);
  }
  await new Promise((resolve) => setTimeout(resolve, 800)); // an error that nobody catches comes late
}
console.log(JSON.stringify(found));
process.exit();

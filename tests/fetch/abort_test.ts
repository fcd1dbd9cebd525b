/**
 * The caller's signal: heard before, during and after the head, whatever is collected meanwhile,
 * and let go of in the end.
 *
 * @module
 */
import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { getEventListeners } from "node:events";
import test from "node:test";
import { createMcFetch, type Credentials, mcFetch, writePkcs12 } from "../../mod.ts";
import {
  countConnections,
  runtime,
  sandboxCredentials,
  sandboxFile,
  server,
  testExceptOn,
} from "../support/context.ts";
import { programArguments, runProgram } from "../support/programs.ts";

const BINDINGS = { workerd: "certificates are bindings there" };
const PROGRAMS = { workerd: "it starts no programs" };

const REASONS: unknown[] = [undefined, new RangeError("enough"), "enough", null, 0, { a: 1 }];

/** The rejection of a promise, which must come in time. */
async function rejection(promise: Promise<unknown>): Promise<unknown> {
  const late = new Promise<unknown>((resolve) => setTimeout(resolve, 3_000, "it hangs"));
  const error = promise.then((value) => ["it resolved", value], (error) => ({ error }));
  const outcome = await Promise.race([error, late]);
  assert(typeof outcome === "object" && outcome !== null && "error" in outcome, `${outcome}`);
  return outcome.error;
}

const CREDENTIALS: Record<string, () => Credentials> = {
  "credentials": sandboxCredentials,
  "a function": () => () => Promise.resolve(sandboxCredentials()),
};

for (const [name, credentials] of Object.entries(CREDENTIALS)) {
  test(`${name}: an abort before, during and after the head rejects with its reason`, async () => {
    await using fetch = createMcFetch(credentials());
    for (const given of REASONS) {
      const reason = AbortSignal.abort(given).reason;
      const before = { signal: AbortSignal.abort(reason) };
      assertEquals(await rejection(fetch(`${server.origin}/echo`, before)), reason);
      for (const path of ["/stall", "/redirect?status=307&to=/stall"]) {
        const controller = new AbortController();
        const { signal } = controller;
        const call = fetch(`${server.origin}${path}`, { signal });
        setTimeout(() => controller.abort(reason), 30);
        const error = await rejection(call);
        assert(Object.is(error, reason), `${path}: ${error}`);
      }
      const controller = new AbortController();
      const { signal } = controller;
      const response = await fetch(`${server.origin}/begin`, { signal });
      const text = response.text();
      setTimeout(() => controller.abort(reason), 30);
      const error = await rejection(text);
      // Other runtimes have an error of their own for some of them.
      if (runtime === "node" || given instanceof Error) assertEquals(error, reason);
    }
  });
}

test("an abort in the same turn as the call sends nothing", async () => {
  const before = await countConnections();
  for (const credentials of Object.values(CREDENTIALS)) {
    const controller = new AbortController();
    const fetch = createMcFetch(credentials());
    const call = fetch(`${server.origin}/retire/same`, { signal: controller.signal });
    controller.abort("enough");
    assertEquals(await rejection(call), "enough");
  }
  const response = await mcFetch(`${server.origin}/visits/same`, {}, sandboxCredentials());
  assertEquals(await response.text(), "0");
  assertEquals((await countConnections()).other, before.other);
});

test("an abort is heard while credentials() is pending", async () => {
  let calls = 0;
  const credentials = () => {
    calls++;
    return new Promise<never>(() => {});
  };
  for (const fetch of [createMcFetch(credentials), undefined]) {
    const init = { signal: AbortSignal.timeout(50) };
    const url = `${server.origin}/echo`;
    const error = await rejection(fetch ? fetch(url, init) : mcFetch(url, init, credentials));
    assertInstanceOf(error, DOMException);
    assertEquals(error.name, "TimeoutError");
  }
  assertEquals(calls, 2);
});

test("credentials() that fails after an abort is not an unhandled rejection", async () => {
  const credentials = async (): Promise<never> => {
    await new Promise((resolve) => setTimeout(resolve, 30));
    throw new Error("nobody hears this");
  };
  for (const signal of [AbortSignal.timeout(1), AbortSignal.abort()]) {
    const error = await rejection(mcFetch(`${server.origin}/echo`, { signal }, credentials));
    assertEquals(error, signal.reason);
  }
  await new Promise((resolve) => setTimeout(resolve, 100));
});

testExceptOn(BINDINGS, "an abort is heard while a key file is opened", async () => {
  const cert = sandboxFile("client.pem");
  const key = sandboxFile("client.key");
  const passphrase = "slow";
  const pfx = await writePkcs12({ cert, key, passphrase, iterations: 2_000_000 });
  const extraCa = Array(3).fill(sandboxFile("ca.pem")); // as no other test has it
  const controller = new AbortController();
  const started = performance.now();
  const init = { signal: controller.signal };
  const call = mcFetch(`${server.origin}/echo`, init, { pfx, passphrase, extraCa });
  setTimeout(() => controller.abort("enough"), 20);
  assertEquals(await rejection(call), "enough");
  const heard = performance.now() - started;
  const opened = await mcFetch(`${server.origin}/echo`, {}, { pfx, passphrase, extraCa });
  await opened.text();
  const whole = performance.now() - started;
  assert(heard < whole / 2, `heard after ${heard} ms of ${whole} ms`);
});

test("a call that is over leaves no listener on the signal", async () => {
  await using fetch = createMcFetch(() => sandboxCredentials());
  const controller = new AbortController();
  const { signal } = controller;
  // Counts what is added through the signal, which runtimes may go past.
  let listeners = 0;
  const { addEventListener, removeEventListener } = signal;
  Object.assign(signal, {
    addEventListener(...args: Parameters<typeof addEventListener>) {
      listeners++;
      addEventListener.apply(signal, args);
    },
    removeEventListener(...args: Parameters<typeof removeEventListener>) {
      listeners--;
      removeEventListener.apply(signal, args);
    },
  });
  const paths = ["/echo", "/chain/3", "/status/204", "/large", "/redirect?status=302&to=blob:x"];
  for (const path of paths) {
    const call = fetch(`${server.origin}${path}`, { signal });
    await call.then((response) => response.arrayBuffer()).catch(() => {});
    const head = await fetch(`${server.origin}${path}`, { signal, method: "HEAD" }).catch(() => {});
    await head?.text();
    const unread = await fetch(`${server.origin}${path}`, { signal }).catch(() => {});
    await unread?.body?.cancel();
  }
  await fetch("https://localhost:1/", { signal }).catch(() => {});
  assertEquals(listeners, 0);
  if (runtime === "node") assertEquals(getEventListeners(signal, "abort").length, 0);
});

test("an abort after the body was read has no effect", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const response = await mcFetch(`${server.origin}/echo`, { signal }, sandboxCredentials());
  await response.text();
  controller.abort();
  await new Promise((resolve) => setTimeout(resolve, 20));
});

/** Runs `abort_call.ts` on this runtime, with a garbage collector that can be called. */
async function callFromProgram(what: string): Promise<Record<string, unknown>> {
  const flags = { node: ["--expose-gc"], deno: ["--v8-flags=--expose-gc"] };
  const args = [...programArguments("tests/fetch/abort_call.ts", flags), what];
  return JSON.parse(await runProgram(args, { timeout: 60_000 }));
}

for (const what of ["bodies", "bodies, ordinary garbage"]) {
  testExceptOn(PROGRAMS, `an abort ends the body after a collection: ${what}`, async () => {
    const found = await callFromProgram(what);
    assertEquals(Object.keys(found).length, 9);
    for (const [name, error] of Object.entries(found)) {
      assertEquals(error, name.startsWith("controller") ? "RangeError" : "TimeoutError", name);
    }
  });
}

testExceptOn(PROGRAMS, "200 downloads that were aborted leave no socket", async () => {
  assertEquals(await callFromProgram("sockets"), { during: 200, after: 0, held: 200 });
});

const COLLECTS = { deno: "leaves it to the collector of its own", bun: "keeps them" };
testExceptOn(
  { ...PROGRAMS, ...COLLECTS },
  "downloads that were dropped leave no socket",
  async () => {
    assertEquals(await callFromProgram("dropped"), { during: 20, after: 0 });
  },
);

testExceptOn(PROGRAMS, "six codings with an open body do not end the process", async () => {
  const six = Array.from({ length: 6 }, () => "gzip").join(", ");
  const found = await callFromProgram(six);
  assertEquals(Object.keys(found).length, 4);
  for (const [codings, outcome] of Object.entries(found)) {
    assert(/Error$/.test(String(outcome)), `${codings}: ${outcome}`);
  }
});

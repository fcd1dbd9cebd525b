/**
 * When a credentials function is called, and which certificate is in use meanwhile. The clock is
 * passed in, so no test waits.
 *
 * @module
 */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import test from "node:test";
import type { FixedCredentials } from "../../lib/identity/credentials.ts";
import { type CheckedOptions, DEFAULTS } from "../../lib/fetch/options.ts";
import { makeRenewal, type Renewal } from "../../lib/fetch/renewal.ts";
import { type Timer, timers } from "../../lib/timers.ts";

/** Credentials that need no file. */
function newCredentials(): FixedCredentials {
  return { fetcher: { fetch: () => Promise.resolve(new Response()) } };
}

/** A call of the function, which the test answers. */
interface Call {
  readonly answer: Promise<FixedCredentials>;
  resolve(credentials: FixedCredentials): void;
  reject(error: unknown): void;
}

function newCall(): Call {
  let resolve: Call["resolve"] = () => {};
  let reject: Call["reject"] = () => {};
  const answer = new Promise<FixedCredentials>((...functions) => [resolve, reject] = functions);
  return { answer, resolve, reject };
}

/** A function whose calls the test answers, on a clock that the test moves. */
class Scene {
  now = 0;
  readonly told: unknown[] = [];
  readonly calls: Call[] = [];
  readonly owner = { closed: false };
  readonly renewal: Renewal;

  constructor(options: Partial<CheckedOptions> = {}) {
    const checked = {
      ...DEFAULTS,
      onRefreshError: (error: unknown) => void this.told.push(error),
      ...options,
    };
    const credentials = () => {
      const call = newCall();
      this.calls.push(call);
      return call.answer;
    };
    this.renewal = makeRenewal(credentials, this.owner, checked, undefined, () => this.now);
  }

  /** Returns the fetcher in use. */
  async fetcher(): Promise<unknown> {
    return (await this.renewal.current()).credentials.fetcher;
  }
}

/** Lets promises settle, also those that load a module. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setTimeout(resolve, 5));
}

test("the function is called for the first request, and once for many", async () => {
  const scene = new Scene();
  assertEquals(scene.calls.length, 0);
  const requests = [scene.fetcher(), scene.fetcher(), scene.fetcher()];
  await settle();
  assertEquals(scene.calls.length, 1);
  const one = newCredentials();
  scene.calls[0]!.resolve(one);
  assertEquals([...new Set(await Promise.all(requests))], [one.fetcher]);
});

test("it is called at most once per refresh, in the background of a request", async () => {
  const scene = new Scene({ refresh: 500 });
  const [one, two] = [newCredentials(), newCredentials()];
  const first = scene.fetcher();
  scene.calls[0]!.resolve(one);
  assertEquals(await first, one.fetcher);
  scene.now = 499;
  assertEquals(await scene.fetcher(), one.fetcher);
  assertEquals(scene.calls.length, 1);
  scene.now = 500;
  assertEquals(await scene.fetcher(), one.fetcher, "the request does not wait");
  scene.now = 5000;
  assertEquals(await scene.fetcher(), one.fetcher);
  assertEquals(scene.calls.length, 2, "one call at a time");
  scene.calls[1]!.resolve(two);
  await settle();
  assertEquals(await scene.fetcher(), two.fetcher);
  assertEquals(scene.calls.length, 3, "the last call began at 500");
});

test("the default of refresh is a minute", async () => {
  const scene = new Scene();
  const first = scene.fetcher();
  scene.calls[0]!.resolve(newCredentials());
  await first;
  scene.now = 59_999;
  await scene.fetcher();
  assertEquals(scene.calls.length, 1);
  scene.now = 60_000;
  await scene.fetcher();
  assertEquals(scene.calls.length, 2);
});

test("a failure before the first success is the request's; the next one asks again", async () => {
  const scene = new Scene();
  const first = scene.fetcher();
  scene.calls[0]!.reject(new RangeError("no file yet"));
  await assertRejects(() => first, RangeError, "no file yet");
  assertEquals(scene.told, []);
  const second = scene.fetcher();
  const one = newCredentials();
  scene.calls[1]!.resolve(one);
  assertEquals(await second, one.fetcher);
});

test("after a success the last good credentials stay, and each failure is reported", async () => {
  const scene = new Scene();
  const one = newCredentials();
  const first = scene.fetcher();
  scene.calls[0]!.resolve(one);
  await first;
  const failures: unknown[] = [
    new Error("gone"),
    { cert: "only" } as unknown as FixedCredentials,
    { cert: "-----BEGIN", key: "-----BEGIN" },
    undefined,
  ];
  for (const [i, failure] of failures.entries()) {
    scene.now += 60_000;
    assertEquals(await scene.fetcher(), one.fetcher);
    const call = scene.calls.at(-1)!;
    if (failure instanceof Error) call.reject(failure);
    else call.resolve(failure as FixedCredentials);
    while (scene.told.length === i) await settle(); // opening files takes turns
    assertEquals(await scene.fetcher(), one.fetcher);
  }
  assertEquals(scene.told[0], failures[0]);
  assertEquals(scene.told.length, failures.length);
});

test("a call that never settles fails after a minute, and asked again", async () => {
  const scene = new Scene();
  const [one, two, three] = [newCredentials(), newCredentials(), newCredentials()];
  const first = scene.fetcher();
  scene.calls[0]!.resolve(one);
  await first;
  scene.now = 60_000;
  await scene.fetcher();
  scene.now = 119_999;
  await scene.fetcher();
  assertEquals([scene.calls.length, scene.told.length], [2, 0]);
  scene.now = 120_000;
  assertEquals(await scene.fetcher(), one.fetcher);
  assertEquals([scene.calls.length, scene.told.length], [3, 1]);
  assertStringIncludes(String(scene.told[0]), "60 seconds");
  scene.calls[2]!.resolve(three);
  await settle();
  scene.calls[1]!.resolve(two); // too late: a later call was answered
  await settle();
  assertEquals(await scene.fetcher(), three.fetcher);
});

test("rejected credentials: the function is called at once, and once for all", async () => {
  const scene = new Scene();
  const [one, two] = [newCredentials(), newCredentials()];
  const first = scene.renewal.current();
  scene.calls[0]!.resolve(one);
  const old = await first;
  const replaced = [scene.renewal.replace(old), scene.renewal.replace(old)];
  await settle();
  assertEquals(scene.calls.length, 2);
  scene.calls[1]!.resolve(two);
  for (const session of await Promise.all(replaced)) {
    assertEquals(session?.credentials.fetcher, two.fetcher);
  }
  assertEquals((await scene.renewal.replace(old))?.credentials.fetcher, two.fetcher);
  assertEquals(scene.calls.length, 2, "it is known already");
});

test("rejected credentials: the request waits for 10 seconds, and leaves no timer behind", async () => {
  const { set, clear } = timers;
  const left: (() => void)[] = [];
  const delays: number[] = [];
  timers.set = (run, delay) => {
    left.push(run);
    delays.push(delay);
    return run as unknown as Timer;
  };
  timers.clear = (timer) => void left.splice(left.indexOf(timer as unknown as () => void), 1);
  try {
    const scene = new Scene();
    const first = scene.renewal.current();
    scene.calls[0]!.resolve(newCredentials());
    const old = await first;
    const [waiting, late] = [scene.renewal.replace(old), scene.renewal.replace(old)];
    assertEquals(delays, [10_000, 10_000]);
    left[1]!();
    assertEquals([await late, left.length], [undefined, 1]);
    scene.calls[1]!.resolve(newCredentials());
    await waiting;
    assertEquals(left, []);
  } finally {
    Object.assign(timers, { set, clear });
  }
});

test("rejected credentials: a call that began before may have read the old files", async () => {
  const scene = new Scene({ refresh: 10 });
  const [one, two] = [newCredentials(), newCredentials()];
  const first = scene.renewal.current();
  scene.calls[0]!.resolve(one);
  const old = await first;
  scene.now = 10;
  scene.renewal.current();
  assertEquals(scene.calls.length, 2);
  const replaced = scene.renewal.replace(old);
  scene.calls[1]!.resolve(one);
  await settle();
  assertEquals(scene.calls.length, 3);
  scene.calls[2]!.resolve(two);
  assertEquals((await replaced)?.credentials.fetcher, two.fetcher);
});

test("rejected credentials without others: the function is not called by each request", async () => {
  const scene = new Scene();
  const one = newCredentials();
  const first = scene.renewal.current();
  scene.calls[0]!.resolve(one);
  const old = await first;
  const replaced = scene.renewal.replace(old);
  scene.calls[1]!.resolve(one);
  assertEquals(await replaced, undefined);
  assertEquals(await scene.renewal.replace(old), undefined);
  assertEquals(scene.calls.length, 2);
  scene.now = 1000;
  const again = scene.renewal.replace(old);
  scene.calls[2]!.reject(new Error("not now"));
  assertEquals(await again, undefined);
  assertEquals(scene.told.length, 1);
});

test("after close() nothing is asked or told", async () => {
  const scene = new Scene();
  const first = scene.renewal.current();
  scene.calls[0]!.resolve(newCredentials());
  await first;
  scene.now = 60_000;
  await scene.renewal.current();
  scene.owner.closed = true;
  scene.calls[1]!.reject(new Error("too late"));
  await settle();
  assertEquals(scene.told, []);
  const error = await scene.fetcher().catch((error: { code: string }) => error) as { code: string };
  assertEquals(error.code, "closed");
});

test("without a listener each distinct failure is warned of once, without secrets", async () => {
  const warned: string[] = [];
  const { warn } = console;
  console.warn = (text: string) => void warned.push(text);
  try {
    const scene = new Scene({ onRefreshError: undefined });
    const first = scene.fetcher();
    scene.calls[0]!.resolve(newCredentials());
    await first;
    const fail = async (failure: unknown) => {
      scene.now += 60_000;
      await scene.fetcher();
      scene.calls.at(-1)!.reject(failure);
      await settle();
    };
    await fail(new Error("the passphrase is hunter2"));
    await fail(new Error("the passphrase is hunter2"));
    await fail(new Error("the passphrase is hunter3"));
    await fail(Object.assign(new Error("hunter2"), { code: "ENOENT" }));
    await fail("hunter2");
  } finally {
    console.warn = warn;
  }
  assertEquals(warned.length, 4);
  for (const text of warned) assert(!text.includes("hunter") && !text.includes("\n"), text);
  assertStringIncludes(warned[2]!, "ENOENT");
});

test("a listener that throws does not fail the request", async () => {
  const warned: string[] = [];
  const { warn } = console;
  console.warn = (text: string) => void warned.push(text);
  try {
    const scene = new Scene({
      onRefreshError: () => {
        throw new Error("secret");
      },
    });
    const one = newCredentials();
    const first = scene.fetcher();
    scene.calls[0]!.resolve(one);
    await first;
    scene.now = 60_000;
    await scene.fetcher();
    scene.calls[1]!.reject(new Error("no"));
    await settle();
    assertEquals(await scene.fetcher(), one.fetcher);
  } finally {
    console.warn = warn;
  }
  assertEquals(warned, ["The function onRefreshError failed: Error"]);
});

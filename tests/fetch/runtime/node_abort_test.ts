/** Aborted and forgotten requests on Node: connections and listeners are let go of. */
import process from "node:process";
import { assert, assertEquals } from "@std/assert";
import { collectGarbage, ok, sleep, testHop, until } from "../../support/hop_client.ts";
import { testOnNode } from "../../support/hop_client.ts";
import { countListeners, type Step } from "../../support/raw_server.ts";

const HEAD = "HTTP/1.1 200 OK\r\n";
const STALL: Step[] = [`${HEAD}content-length: 100\r\n\r\nten bytes.`];
const CHUNK = "x".repeat(64 * 1024);

/** Nothing may come up behind a test; the last test looks. */
const strays: unknown[] = [];
for (const event of ["unhandledRejection", "uncaughtException", "warning"]) {
  process.on?.(event, (error: unknown) => strays.push(error));
}

/** The reason that a promise is rejected with. */
const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(() => "no failure", (error) => error);

testHop("an abort before the request opens no connection", () => ok(""), async (bench) => {
  const reason = { mine: true };
  const signal = AbortSignal.abort(reason);
  let cancelled: unknown;
  const body = new ReadableStream({ cancel: (reason) => void (cancelled = reason) });
  assert(await failure(bench.send({ method: "POST", body, signal })) === reason);
  assert(cancelled === reason);
  assertEquals(bench.server.sockets.length, 0);
});

testHop("an abort while waiting ends the connection", () => [], async ({ send, server }) => {
  const controller = new AbortController();
  const promise = send({ signal: controller.signal });
  await until(() => server.requests.length === 1);
  const reason = { mine: true };
  controller.abort(reason);
  assert(await failure(promise) === reason);
  assert(await until(() => server.sockets[0]!.destroyed));
  assertEquals(countListeners(controller.signal), 0);
});

testHop("an abort while connecting is heard at once", () => ok(""), async ({ send, server }) => {
  const controller = new AbortController();
  const promise = send({ signal: controller.signal });
  controller.abort("stop");
  assertEquals(await failure(promise), "stop");
  await sleep(50);
  assertEquals(server.requests.length, 0);
});

testHop("an abort fails the body after a garbage collection", () => STALL, async (bench) => {
  const controller = new AbortController();
  const read = bench.send({ signal: controller.signal }).then((response) => response.text());
  await until(() => bench.server.requests.length === 1);
  await collectGarbage();
  const reason = { mine: true };
  controller.abort(reason);
  assert(await failure(read) === reason);
  assert(await until(() => bench.server.sockets[0]!.destroyed));
  assertEquals(countListeners(controller.signal), 0);
});

testHop("a timeout is kept by the request alone", () => STALL, async ({ send }) => {
  const signal = AbortSignal.timeout(150);
  const read = failure(send({ signal }).then((response) => response.text()));
  await collectGarbage();
  assertEquals((await read as Error).name, "TimeoutError");
});

testHop("an abort fails a body that came and was not read", () => ok("all"), async ({ send }) => {
  const controller = new AbortController();
  const response = await send({ signal: controller.signal });
  await sleep(20);
  controller.abort("late");
  assertEquals(await failure(response.text()), "late");
});

testHop("a hundred requests leave no listener", () => ok("some text"), async ({ send }) => {
  const { signal } = new AbortController();
  const all = Array.from({ length: 100 }, async () => (await send({ signal })).text());
  await Promise.all(all);
  assertEquals(countListeners(signal), 0);
});

const forgettable: [string, Step[]][] = [
  ["that stalls", STALL],
  ["that is large", [`${HEAD}content-length: 9999999\r\n\r\n`, ...Array(40).fill(CHUNK)]],
];
for (const [name, steps] of forgettable) {
  testHop(`a forgotten response ${name} ends its connection`, () => steps, async (bench) => {
    const { signal } = new AbortController();
    await bench.send({ signal });
    await sleep(50);
    await collectGarbage();
    assert(await until(() => bench.server.sockets[0]!.destroyed));
    assertEquals(countListeners(signal), 0);
  });
}

testHop("a forgotten whole response lets go of the signal", () => ok("whole"), async (bench) => {
  const { signal } = new AbortController();
  await bench.send({ signal });
  await sleep(20);
  await collectGarbage();
  assert(await until(() => countListeners(signal) === 0));
});

testHop(
  "a read that waits is not forgotten",
  () => [...STALL, 300, "y".repeat(90)],
  async ({ send }) => {
    const read = send().then(({ body }) => {
      const reader = body!.getReader();
      return reader.read().then(() => reader.read());
    });
    await collectGarbage();
    assertEquals((await read).value?.length, 90);
  },
);

testHop(
  "a body whose Response is gone can be read",
  () => [...STALL, 200, "y".repeat(90)],
  async (bench) => {
    const body = (await bench.send()).body!;
    await collectGarbage();
    assertEquals((await new Response(body).text()).length, 100);
  },
);

testOnNode("nothing came up behind these tests", async () => {
  await collectGarbage();
  assertEquals(strays, []);
});

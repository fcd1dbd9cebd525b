/** Requests on Node that are sent again, and those that must not be. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Socket } from "node:net";
import { type Ask, type Bench, ok, sleep, testHop, until } from "../../support/hop_client.ts";
import type { RawRequest, Step } from "../../support/raw_server.ts";

const CLOSE: Step = { end: "close" };
const RESET: Step = { end: "reset" };
const bytes = (text: string) => new TextEncoder().encode(text);

/** Answers the first request of a connection, and breaks the connection at the second. */
const breakSecond = ({ index }: RawRequest): Step[] => index === 0 ? ok("ok") : [CLOSE];

/** The server's requests but the first, by method. */
const later = (requests: readonly RawRequest[]) =>
  requests.slice(1).map(({ head, body }) => `${head.split(" ")[0]} ${body}`.trim());

for (const method of ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]) {
  testHop(`${method} is sent again on a new connection`, breakSecond, async ({ send, server }) => {
    await (await send()).text();
    await sleep(5);
    assertEquals((await send({ method })).status, 200);
    assertEquals(later(server.requests), [method, method]);
    assertEquals(server.sockets.length, 2);
  });
}

const bodies: [string, Ask, string][] = [
  ["bytes", { body: bytes("some bytes") }, "some bytes"],
  ["a blob", { body: new Blob(["a", " blob"]) }, "a blob"],
];
for (const [name, ask, text] of bodies) {
  testHop(`PUT with ${name} is sent again whole`, breakSecond, async ({ send, server }) => {
    await (await send()).text();
    await sleep(5);
    assertEquals((await send({ method: "PUT", ...ask })).status, 200);
    assertEquals(later(server.requests), [`PUT ${text}`, `PUT ${text}`]);
  });
}

for (const method of ["POST", "PATCH", "purge"]) {
  testHop(`${method} is never sent again`, breakSecond, async ({ send, server }) => {
    await (await send()).text();
    await sleep(5);
    const body = bytes("pay");
    const error = await assertRejects(() => send({ method, body }), Error);
    assertEquals((error as { code?: string }).code, "UND_ERR_SOCKET");
    await sleep(50);
    assertEquals(later(server.requests), [`${method} pay`]);
  });
}

testHop("a stream is never sent again", breakSecond, async ({ send, server }) => {
  await (await send()).text();
  await sleep(5);
  const body = new Blob(["once"]).stream();
  await assertRejects(() => send({ method: "PUT", body }), Error);
  await sleep(50);
  assertEquals(server.requests.length, 2);
});

/** Breaks the idle connection while undici holds back the next request, before it is written. */
const breakIdle = async ({ send, server }: Bench, ask: Ask): Promise<Response> => {
  const { subscribe, unsubscribe } = await import("node:diagnostics_channel");
  let socket: Socket | undefined;
  const learn = (message: unknown) => socket = (message as { socket: Socket }).socket;
  subscribe("undici:client:connected", learn);
  await (await send()).text();
  unsubscribe("undici:client:connected", learn);
  await sleep(5);
  const response = send(ask);
  socket!.destroy(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }));
  assertEquals((await response).status, 200);
  assertEquals(server.sockets.length, 2);
  return await response;
};

for (const method of ["GET", "POST"]) {
  testHop(`a ${method} that was not written is sent again`, () => ok("ok"), async (bench) => {
    const body = method === "POST" ? bytes("pay") : null;
    await (await breakIdle(bench, { method, body })).text();
    assertEquals(later(bench.server.requests), [`${method} ${body ? "pay" : ""}`.trim()]);
  });
}

const partial: [string, Step[]][] = [
  ["the first byte of a head", ["H", 5, CLOSE]],
  ["half a head", ["HTTP/1.1 200 OK\r\ncontent-", 5, CLOSE]],
  ["an informational head", ["HTTP/1.1 103 Early Hints\r\n\r\n", 5, CLOSE]],
  ["another protocol", ["SSH-2.0\r\n", 5, CLOSE]],
];
for (const [name, steps] of partial) {
  const answer = ({ index }: RawRequest) => index === 0 ? ok("ok") : steps;
  testHop(`a GET is not sent again after ${name}`, answer, async ({ send, server }) => {
    await (await send()).text();
    await sleep(5);
    await assertRejects(() => send(), Error);
    await sleep(50);
    assertEquals(server.requests.length, 2);
  });
}

for (const step of [CLOSE, RESET]) {
  const [kind] = Object.values(step as object);
  testHop(`a GET on a new connection is sent once (${kind})`, () => [step], async (bench) => {
    await assertRejects(() => bench.send(), Error);
    await sleep(50);
    assertEquals(bench.server.requests.length, 1);
  });
}

let answers = 0;
testHop(
  "a request is sent again once, not twice",
  () => answers++ === 0 ? ok("ok") : [CLOSE],
  async ({ send, server }) => {
    await (await send()).text();
    await sleep(5);
    await assertRejects(() => send(), Error);
    await sleep(50);
    assertEquals(server.requests.length, 3);
    // The connection of that failure was new, so the next request is not sent again either.
    await assertRejects(() => send(), Error);
    await sleep(50);
    assertEquals(server.requests.length, 4);
  },
);

testHop(
  "a request is sent again on a new connection, not on another old one",
  breakSecond,
  async ({ send, server }) => {
    const first = await Promise.all(Array.from({ length: 5 }, () => send()));
    for (const response of first) await response.text();
    await sleep(5);
    assertEquals(await (await send()).text(), "ok");
    assertEquals(server.sockets.length, 6);
  },
);

testHop(
  "an aborted request is not sent again",
  ({ index }) => index === 0 ? ok("ok") : [],
  async ({ send, server }) => {
    await (await send()).text();
    await sleep(5);
    const signal = AbortSignal.timeout(30);
    const error = await send({ signal }).catch((error) => error);
    assert(error === signal.reason);
    await sleep(50);
    assertEquals(server.requests.length, 2);
  },
);

for (const step of [CLOSE, RESET]) {
  const [kind] = Object.values(step as object);
  testHop(
    `no GET fails at a server that ends idle connections (${kind})`,
    () => [...ok("ok"), step],
    async ({ send }) => {
      let failed = 0;
      for (let count = 0; count < 200; count++) {
        await send().then((response) => response.text()).catch(() => failed++);
        if (count % 3 === 0) await sleep(1);
      }
      assertEquals(failed, 0);
    },
  );

  testHop(
    `no POST arrives twice at a server that ends idle connections (${kind})`,
    () => [...ok("ok"), step],
    async ({ send, server }) => {
      let failed = 0;
      for (let count = 0; count < 200; count++) {
        const body = bytes(`pay ${count}`);
        await send({ method: "POST", body }).then((it) => it.text()).catch(() => failed++);
        if (count % 3 === 0) await sleep(1);
      }
      const seen = server.requests.map(({ body }) => body);
      assertEquals(new Set(seen).size, seen.length);
      assert(seen.length >= 200 - failed);
    },
  );
}

testHop("what a closed client has under way is not sent again", breakSecond, async (bench) => {
  const { client, send, server } = bench;
  await (await send()).text();
  await sleep(5);
  const promise = send();
  client.close();
  await assertRejects(() => promise, Error);
  assert(await until(() => server.sockets.every((socket) => socket.destroyed)));
  assertEquals(server.requests.length, 2);
});

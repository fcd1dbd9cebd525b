/** One request on Node: bodies, back-pressure, what a response is. */
import process from "node:process";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { collectGarbage, ok, openClient, sleep, testHop, until } from "../../support/hop_client.ts";
import { testOnNode } from "../../support/hop_client.ts";

const HEAD = "HTTP/1.1 200 OK\r\n";
const CHUNK = "x".repeat(64 * 1024);
const bytes = (text: string) => new TextEncoder().encode(text);

/** Nothing may come up behind a test; the last test looks. */
const strays: unknown[] = [];
for (const event of ["unhandledRejection", "uncaughtException", "warning"]) {
  process.on?.(event, (error: unknown) => strays.push(error));
}

/** The reason that a promise is rejected with. */
const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(() => "no failure", (error) => error);

testHop(
  "a server waits while nobody reads",
  (_, socket) => {
    socket.write(`${HEAD}\r\n`);
    const more = () => {
      while (!socket.destroyed && socket.write(CHUNK));
    };
    socket.on("drain", more);
    more();
  },
  async ({ send, server }) => {
    const reader = (await send()).body!.getReader();
    await reader.read();
    await sleep(200);
    const written = server.sockets[0]!.bytesWritten;
    await sleep(200);
    assert(written < 10_000_000, `${written} bytes were taken`);
    assertEquals(server.sockets[0]!.bytesWritten, written);
    for (let count = 0; count < 1000; count++) await reader.read();
    assert(await until(() => server.sockets[0]!.bytesWritten > written));
    await reader.cancel();
    assert(await until(() => server.sockets[0]!.destroyed));
  },
);

testHop(
  "a body waits while the server does not read",
  (_, socket) => void socket.pause(),
  async ({ send, server }) => {
    let pulled = 0;
    let cancelled: unknown;
    const body = new ReadableStream({
      pull(controller) {
        pulled++;
        controller.enqueue(bytes(CHUNK));
      },
      cancel: (reason) => void (cancelled = reason),
    });
    const controller = new AbortController();
    const promise = send({ method: "POST", body, signal: controller.signal });
    await until(() => server.requests.length === 1);
    await sleep(200);
    const before = pulled;
    await sleep(200);
    assertEquals(pulled, before);
    controller.abort("enough");
    assertEquals(await failure(promise), "enough");
    assert(await until(() => cancelled === "enough"));
  },
  { early: true },
);

for (const mine of [new RangeError("mine"), undefined, 0]) {
  testHop(
    `a body that fails with ${mine} is not ended`,
    () => ok("no"),
    async ({ send, server }) => {
      let received = "";
      const body = new ReadableStream({
        start: (controller) => controller.enqueue(bytes("first")),
        async pull(controller) {
          await until(() => server.sockets.length === 1);
          server.sockets[0]!.on("data", (chunk) => received += chunk);
          await sleep(30);
          controller.error(mine);
        },
      }, { highWaterMark: 0 });
      assert(await failure(send({ method: "POST", body })) === mine);
      assert(await until(() => server.sockets[0]!.destroyed));
      assert(!received.includes("\r\n0\r\n"), received);
      assertEquals(server.requests.length, 0);
    },
  );
}

testHop("an early answer stops the upload", () => ok("early"), async ({ send }) => {
  let cancelled = false;
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(bytes("first")),
    cancel: () => void (cancelled = true),
  });
  assertEquals(await (await send({ method: "POST", body })).text(), "early");
  assert(await until(() => cancelled));
}, { early: true });

testHop("the caller keeps its bytes", () => ok("ok"), async ({ send, server }) => {
  const body = bytes("some bytes");
  await (await send({ method: "PUT", body })).text();
  assertEquals(new TextDecoder().decode(body), "some bytes");
  assertEquals(server.requests[0]!.body, "some bytes");
});

testHop(
  "six codings do not end the process",
  () => [
    `${HEAD}content-encoding: gzip, gzip, gzip, gzip, gzip, gzip\r\ncontent-length: 9\r\n\r\nx`,
  ],
  async ({ send, server }) => {
    const controller = new AbortController();
    const error = await failure(send({ signal: controller.signal })) as Error;
    assertEquals(error.message, "the response has 6 content codings; at most 5");
    assert(await until(() => server.sockets[0]!.destroyed));
    controller.abort();
    await sleep(100);
  },
);

testHop(
  "a response is the built-in one, and so is its clone",
  () => ok("ok"),
  async ({ send, server }) => {
    const response = await send({ path: "/a?b#c" });
    for (const each of [response, response.clone(), response.clone().clone()]) {
      assert(each instanceof Response && each.constructor === Response);
      assertEquals(each.url, `${server.origin}/a?b`);
      assertEquals([each.type, each.redirected, await each.text()], ["basic", false, "ok"]);
    }
  },
);

testHop(
  "a clone keeps an odd status",
  () => ["HTTP/1.1 999 \xec\x95\x88\r\ncontent-length: 0\r\n\r\n"],
  async ({ send }) => {
    const { status, statusText, ok } = (await send()).clone();
    assertEquals([status, statusText, ok], [999, "안", false]);
  },
);

testHop("globals that are replaced later have no effect", () => ok("ok"), async ({ send }) => {
  const { Response, Request, Headers, Blob, fetch } = globalThis;
  const blob = new Blob(["x"]);
  const broken = class {
    constructor() {
      throw new Error("replaced");
    }
  };
  Object.assign(globalThis, {
    Response: broken,
    Request: broken,
    Blob: broken,
    Headers: broken,
    fetch: broken,
  });
  try {
    assertEquals(await (await send({ method: "POST", body: blob })).text(), "ok");
  } finally {
    Object.assign(globalThis, { Response, Request, Headers, Blob, fetch });
  }
});

testHop(
  "a closed client finishes its requests and takes no more",
  () => [50, ...ok("done")],
  async (bench) => {
    const promise = bench.send();
    await until(() => bench.server.requests.length === 1);
    bench.client.close();
    await assertRejects(() => bench.send(), Error);
    assertEquals(await (await promise).text(), "done");
    assert(await until(() => bench.server.sockets[0]!.destroyed));
  },
);

testOnNode("zstd is decoded where zlib has it", async () => {
  const zlib: typeof import("node:zlib") & { zstdCompressSync?(text: string): Uint8Array } =
    await import("node:zlib");
  const body = zlib.zstdCompressSync?.("zstd text");
  if (body === undefined) return console.log("skipped: no zstd in this zlib");
  const { getIdentities } = await import("../../support/hop_client.ts");
  const { startRawServer } = await import("../../support/raw_server.ts");
  const head = `${HEAD}content-encoding: zstd\r\ncontent-length: ${body.length}\r\n\r\n`;
  const server = await startRawServer(await getIdentities(), () => [head, body]);
  const client = await openClient();
  const url = new URL(server.origin);
  const request = { method: "GET", url, headers: [], body: null, signal: undefined };
  assertEquals(await (await client.send(request)).text(), "zstd text");
  client.close();
  server.close();
});

testOnNode("nothing came up behind these tests", async () => {
  await collectGarbage();
  assertEquals(strays, []);
});

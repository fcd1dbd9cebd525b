/**
 * The closer look at a failed handshake: how often it connects, and that it goes through the proxy
 * of the request, also for an agent.
 *
 * @module
 */
import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import https from "node:https";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createMcAgent, mcFetch, McFetchError } from "../../mod.ts";
import {
  countConnections,
  runtime,
  sandboxFiles,
  server,
  testExceptOn,
} from "../support/context.ts";

const WORKERD = { workerd: "its connections are the bindings' own" };

/** A server that answers each handshake with the alert handshake_failure. */
interface Refusing {
  readonly url: string;
  /** Connections so far. */
  readonly count: () => number;
}

/**
 * Runs a function with a server of its own.
 *
 * @param together The first connections, which are answered when all of them are there
 */
async function withServer(
  together: number,
  run: (refusing: Refusing) => Promise<void>,
): Promise<void> {
  const waiting: Socket[] = [];
  let count = 0;
  const answer = (socket: Socket) => socket.end(Uint8Array.of(21, 3, 3, 0, 2, 2, 40));
  const target: Server = createServer((socket) => {
    const number = ++count;
    socket.on("error", () => {});
    socket.once("data", () => {
      if (number > together) return void setTimeout(() => answer(socket), 50);
      if (waiting.push(socket) === together) waiting.forEach(answer);
    });
  });
  await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
  const url = `https://127.0.0.1:${(target.address() as AddressInfo).port}`;
  try {
    await run({ url, count: () => count });
  } finally {
    target.close();
  }
}

async function countTunnels(url: string): Promise<number> {
  const { proxies } = await countConnections();
  return proxies.filter(({ target }) => target === new URL(url).host).length;
}

/** The connections of a closer look: one for the server's half, and one that repeats it. */
const LOOKS = runtime === "deno" ? 1 : 2;

testExceptOn(
  WORKERD,
  "calls that fail at once share one closer look",
  () =>
    withServer(5, async ({ url, count }) => {
      const files = sandboxFiles();
      const calls = Array.from(
        { length: 5 },
        () => mcFetch(url, {}, files).catch((error) => error),
      );
      for (const error of await Promise.all(calls)) {
        assertInstanceOf(error, McFetchError);
        assertEquals(error.code, "tls_failed", error.message);
      }
      assertEquals(count(), 5 + LOOKS);
      await mcFetch(url, {}, files).catch(() => {});
      assertEquals(count(), 6 + 2 * LOOKS, "a later failure is looked at again");
    }),
);

testExceptOn(
  WORKERD,
  "a closer look goes through the proxy that the caller named",
  () =>
    withServer(1, async ({ url, count }) => {
      const credentials = { ...sandboxFiles(), proxy: server.proxies.http };
      const error = await mcFetch(url, {}, credentials).catch((error) => error);
      assertInstanceOf(error, McFetchError);
      assertEquals([error.code, count()], ["tls_failed", 1 + LOOKS]);
      assertEquals(await countTunnels(url), 1 + LOOKS);
    }),
);

testExceptOn(
  WORKERD,
  "an agent's closer look goes through the proxy, too",
  () =>
    withServer(1, async ({ url, count }) => {
      const agent = createMcAgent({
        ...sandboxFiles(),
        proxy: server.proxies.http,
        origins: [url],
      }) as unknown as https.Agent;
      const error = await new Promise((resolve) => {
        https.get(url, { agent }, () => resolve(undefined)).on("error", resolve);
      });
      agent.destroy();
      assertInstanceOf(error, McFetchError);
      assertEquals(error.code, "tls_failed", error.message);
      assert(count() > 1, "there was no closer look");
      assertEquals(await countTunnels(url), count());
    }),
);

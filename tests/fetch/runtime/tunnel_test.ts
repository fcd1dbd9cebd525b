/**
 * The tunnel of a proxy that is slow, silent, or says something else. Timers are replaced, so no
 * test waits.
 *
 * @module
 */
import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { ProxyError } from "../../../lib/fetch/runtime/proxy_failure.ts";
import { openTunnel, type Tunnel } from "../../../lib/fetch/runtime/tunnel.ts";
import { timers } from "../../../lib/timers.ts";
import { testExceptOn } from "../../support/context.ts";

const WORKERD = { workerd: "a binding connects by itself" };

/** A proxy that hands each connection to the test. */
interface Proxy {
  readonly url: string;
  /** The next connection, and what was sent on it first. */
  next(): Promise<{ socket: Socket; head: string }>;
}

async function withProxy(run: (proxy: Proxy) => Promise<void>): Promise<void> {
  const sockets: Socket[] = [];
  const heads: { socket: Socket; head: string }[] = [];
  let wake = () => {};
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.once("data", (data) => {
      heads.push({ socket, head: String(data) });
      wake();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { clear } = timers;
  timers.clear = (timer) => started.delete(timer) ? undefined : clear(timer);
  try {
    await run({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      async next() {
        while (heads.length === 0) await new Promise<void>((resolve) => wake = resolve);
        return heads.shift()!;
      },
    });
  } finally {
    timers.clear = clear;
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

/** The timers of the tunnels, by what stands for them. */
const started = new Map<unknown, () => void>();

/** Opens a tunnel, and returns its timers with it. Only what is set in this turn is its own. */
function open(url: string): { tunnel: Tunnel; delays: number[]; expire: () => void } {
  const { set } = timers;
  const delays: number[] = [];
  const own: object[] = [];
  const replaced = (run: () => void, delay: number) => {
    const timer = {};
    own.push(timer);
    delays.push(delay);
    started.set(timer, run);
    return timer;
  };
  timers.set = replaced as unknown as typeof set;
  try {
    const tunnel = openTunnel({ url, source: "`proxy`" }, "a.example:443", {});
    return { tunnel, delays, expire: () => own.forEach((timer) => started.get(timer)?.()) };
  } finally {
    timers.set = set;
  }
}

async function failure(tunnel: Tunnel): Promise<string> {
  const error = await tunnel.socket.then(() => undefined, (error) => error);
  assertInstanceOf(error, ProxyError);
  return error.message;
}

/** Waits for the end of a connection. */
function closed(socket: Socket): Promise<void> {
  socket.resume();
  return new Promise((resolve) => socket.destroyed ? resolve() : socket.once("close", resolve));
}

testExceptOn(
  WORKERD,
  "a proxy that accepts and says nothing has 10 seconds",
  () =>
    withProxy(async ({ url, next }) => {
      const { tunnel, delays, expire } = open(url);
      assertEquals(delays, [10_000]);
      const { socket } = await next();
      expire();
      assertEquals(await failure(tunnel), "did not answer in time");
      await closed(socket);
    }),
);

testExceptOn(
  WORKERD,
  "nothing is sent if the time is up before the proxy is connected",
  () =>
    withProxy(async ({ url, next }) => {
      const { tunnel, expire } = open(url);
      expire();
      assertEquals(await failure(tunnel), "did not answer in time");
      const second = open(url.replace("//", "//second@"));
      assertStringIncludes((await next()).head.toLowerCase(), "proxy-authorization");
      second.tunnel.close();
      await failure(second.tunnel);
    }),
);

testExceptOn(
  WORKERD,
  "the first word of the proxy does not end the time",
  () =>
    withProxy(async ({ url, next }) => {
      const { tunnel, expire } = open(url);
      const { socket } = await next();
      socket.write("HTTP/1.1 200 OK\r\nX-Slow: ");
      expire();
      assertEquals(await failure(tunnel), "did not answer in time");
      await closed(socket);
    }),
);

testExceptOn(
  WORKERD,
  "an open tunnel has no time limit, and closes with its end",
  () =>
    withProxy(async ({ url, next }) => {
      const { tunnel, expire } = open(url.replace("//", "//us%20er:p%40%C3%A9@"));
      const { socket, head } = await next();
      const [line, ...headers] = head.split("\r\n");
      assertEquals(line, "CONNECT a.example:443 HTTP/1.1");
      const basic = btoa("us er:p@\xc3\xa9");
      const lower = headers.map((header) => header.replace(/^[^:]+/, (name) => name.toLowerCase()));
      assert(lower.includes(`proxy-authorization: Basic ${basic}`), head);
      assert(lower.includes("host: a.example:443"), head);
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      const opened = await tunnel.socket;
      expire();
      const answer = new Promise((resolve) => socket.once("data", (data) => resolve(String(data))));
      opened.write("through");
      assertEquals(await answer, "through");
      assert(!opened.destroyed);
      tunnel.close();
      await closed(socket);
    }),
);

testExceptOn(
  WORKERD,
  "any status but 200 is a failure, and the connection ends",
  () =>
    withProxy(async ({ url, next }) => {
      for (const status of [201, 204, 299, 302, 400, 403, 407, 502]) {
        const { tunnel } = open(url);
        const { socket } = await next();
        socket.write(`HTTP/1.1 ${status} Word\r\nContent-Length: 0\r\n\r\n`);
        assertEquals(await failure(tunnel), `rejected with status ${status}`);
        await closed(socket);
      }
    }),
);

testExceptOn(
  WORKERD,
  "a proxy that hangs up, or is none, cannot be used",
  () =>
    withProxy(async ({ url, next }) => {
      for (const answer of ["", "SSH-2.0-OpenSSH\r\n", "HTTP/1.1 "]) {
        const { tunnel } = open(url);
        const { socket } = await next();
        socket.end(answer);
        assertEquals(await failure(tunnel), "cannot be used", answer);
      }
      assertEquals(
        await failure(open("socks5://127.0.0.1:1").tunnel),
        "is not an http: or https: URL",
      );
    }),
);

testExceptOn(
  WORKERD,
  "close() before the answer ends the connection",
  () =>
    withProxy(async ({ url, next }) => {
      const { tunnel } = open(url);
      const { socket } = await next();
      tunnel.close();
      assertEquals(await failure(tunnel), "is not needed any more");
      await closed(socket);
    }),
);

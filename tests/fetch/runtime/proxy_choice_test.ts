/** The proxy that is found in the environment is the one that the runtime's own `fetch` takes. */
import { createServer, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import process from "node:process";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { ProxyChoice } from "../../../lib/fetch/runtime/proxy_choice.ts";
import { countConnections, runtime, server, testExceptOn } from "../../support/context.ts";
import { programArguments, runProgram } from "../../support/programs.ts";
import { trouble } from "../../support/trouble.ts";

const EXCEPT = {
  workerd: "a binding connects by itself",
  ...runtime === "node" && !process.allowedNodeEnvironmentFlags.has("--use-env-proxy") &&
    { node: "this version does not read the environment" },
};

/** Runs a program on this runtime, with no variables about proxies but these. */
function callProgram(
  program: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<string> {
  const clean = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/_proxy$/i.test(name)),
  );
  const options = { env: { ...clean, NODE_USE_ENV_PROXY: "1", ...env }, timeout: 40_000 };
  return runProgram([...programArguments(`tests/fetch/runtime/${program}`), ...args], options);
}

/** A proxy that rejects every tunnel, and the targets that it was asked for. */
async function startProxy(): Promise<{ server: Server; address: string; seen: string[] }> {
  const seen: string[] = [];
  const server = createServer();
  server.on("connect", ({ url = "" }, socket) => {
    seen.push(url);
    socket.on("error", () => {});
    socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, address: `127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

/** Environments; A and B stand for two proxies. */
const ENVIRONMENTS: readonly Record<string, string>[] = [
  { ALL_PROXY: "A" },
  { HTTP_PROXY: "A" },
  { http_proxy: "A" },
  { HTTPS_PROXY: "A", https_proxy: "B" },
  { HTTPS_PROXY: "", https_proxy: "B" },
  { HTTPS_PROXY: "A", https_proxy: "" },
  { ALL_PROXY: "A", HTTPS_PROXY: "B" },
  { ALL_PROXY: "", all_proxy: "B", HTTP_PROXY: "A" },
  { HTTPS_PROXY: "A", NO_PROXY: "localhost" },
  { HTTPS_PROXY: "A", NO_PROXY: "", no_proxy: "LOCALHOST, 127.0.0.1" },
  { HTTPS_PROXY: "A", NO_PROXY: "localhost:8999", no_proxy: "" },
  { HTTPS_PROXY: "A", NO_PROXY: "host,.localhost,localhost:1" },
  { HTTPS_PROXY: "A", NO_PROXY: "127.0.0.0/8" },
  { HTTPS_PROXY: "A", NO_PROXY: "*" },
];

const URLS = ["https://localhost:8999/", "https://a.localhost:8999/", "https://127.0.0.1:8999/"];

testExceptOn(EXCEPT, "the environment is read as the runtime's own fetch reads it", async () => {
  const [a, b] = await Promise.all([startProxy(), startProxy()]);
  try {
    for (const environment of ENVIRONMENTS) {
      const env = Object.fromEntries(
        Object.entries(environment).map(([name, value]) => [
          name,
          value === "A" ? `http://${a.address}` : value === "B" ? `http://${b.address}` : value,
        ]),
      );
      a.seen.length = b.seen.length = 0;
      const output = await callProgram("proxy_choice_call.ts", URLS, env);
      const choices: (ProxyChoice | null)[] = JSON.parse(output);
      const expected = choices.map((choice) => choice && new URL(choice.url).host);
      const taken = URLS.map((url) => {
        const { host } = new URL(url);
        return a.seen.includes(host) ? a.address : b.seen.includes(host) ? b.address : null;
      });
      assertEquals(expected, taken, JSON.stringify(environment));
    }
  } finally {
    a.server.close();
    b.server.close();
  }
});

/** Environments that name a proxy to this runtime, in a way that a short reading misses. */
const UNUSUAL: readonly (readonly [string, (proxy: string) => Record<string, string>])[] = [
  ["https_proxy", (proxy) => ({ HTTPS_PROXY: "", https_proxy: proxy })],
  runtime === "node"
    ? ["HTTP_PROXY", (proxy) => ({ HTTP_PROXY: proxy })]
    : ["ALL_PROXY", (proxy) => ({ ALL_PROXY: proxy })],
];

for (const [source, describe] of UNUSUAL) {
  testExceptOn(EXCEPT, `a closer look goes through the proxy of ${source}`, async () => {
    let connections = 0;
    const target = createTcpServer((socket) => {
      connections++;
      socket.on("error", () => {});
      socket.once("data", () => socket.end(Uint8Array.of(21, 3, 3, 0, 2, 2, 40)));
    });
    await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
    try {
      const url = `https://localhost:${(target.address() as AddressInfo).port}/`;
      const before = await countTunnels(url);
      const output = await callProgram("proxy_call.ts", [url], describe(server.proxies.http));
      assertEquals(output.trim(), "tls_failed");
      const tunnels = await countTunnels(url) - before;
      assert(connections > 1, "there was no closer look");
      assertEquals(connections, tunnels, "a connection went around the proxy");
    } finally {
      target.close();
    }
  });

  testExceptOn(EXCEPT, `proxy_failed names the proxy and ${source}`, async () => {
    const env = { ...describe("http://user:hunter2@localhost:1"), MC_MTLS_TEST_SHOW: "message" };
    const output = await callProgram("proxy_call.ts", ["https://localhost:8999/"], env);
    assertStringIncludes(output, "proxy_failed");
    assertStringIncludes(output, `the proxy localhost:1 (from ${source}) cannot be reached`);
    assert(!/hunter2|user/.test(output), output);
  });
}

/** Returns the number of tunnels to a URL's host so far. */
async function countTunnels(url: string): Promise<number> {
  const { proxies } = await countConnections();
  return proxies.filter(({ target }) => target === new URL(url).host).length;
}

testExceptOn({ workerd: EXCEPT.workerd }, "a proxy that trickles holds no process", async () => {
  const proxy = `http://localhost:${trouble.ports["trickling proxy"]}`;
  const started = performance.now();
  const output = await callProgram("proxy_abort_call.ts", ["https://localhost:8999/", proxy], {});
  assertEquals(output.trim(), "TimeoutError");
  const seconds = (performance.now() - started) / 1000;
  assert(seconds < 9, `the process lived for ${seconds} s`); // the tunnel's own limit is 10 s
});

const WAITS = "it waits for the proxy as long as the signal lets it";
testExceptOn(
  { workerd: EXCEPT.workerd, deno: WAITS, bun: WAITS },
  "a proxy that trickles is proxy_failed",
  async () => {
    const proxy = `http://user:hunter2@localhost:${trouble.ports["trickling proxy"]}`;
    const env = { MC_MTLS_TEST_SHOW: "message" };
    const output = await callProgram("proxy_call.ts", ["https://localhost:8999/", proxy], env);
    assertStringIncludes(output, "proxy_failed");
    assertStringIncludes(output, "(from `proxy`) did not open the tunnel in time");
    assert(!output.includes("hunter2"), output);
  },
);

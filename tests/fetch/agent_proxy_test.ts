/**
 * `createMcAgent` behind a proxy.
 *
 * @module
 */
import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import https from "node:https";
import { createMcAgent, McFetchError } from "../../mod.ts";
import { countConnections, sandboxFiles, server, testExceptOn } from "../support/context.ts";

const EXCEPT = { workerd: "it has no https.Agent" };
const ECHO = `${server.origin}/echo`;
const HOST = new URL(ECHO).host;

/** Runs a function with an agent behind a proxy, and returns what the proxies saw meanwhile. */
async function withProxy<Result>(
  proxy: string,
  run: (agent: https.Agent) => Promise<Result>,
): Promise<{ result: Result; seen: Awaited<ReturnType<typeof countConnections>>["proxies"] }> {
  const { proxies: { length } } = await countConnections();
  const agent = createMcAgent({ ...sandboxFiles(), proxy, origins: [server.origin] });
  try {
    const result = await run(agent as unknown as https.Agent);
    return { result, seen: (await countConnections()).proxies.slice(length) };
  } finally {
    (agent as unknown as https.Agent).destroy();
  }
}

/** Sends a request; returns the common name that the server saw, or the error. */
function send(agent: https.Agent, url: string = ECHO): Promise<unknown> {
  return new Promise((resolve) => {
    https.get(url, { agent }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk) => text += chunk);
      response.on("error", resolve).on("end", () => resolve(JSON.parse(text).commonName));
    }).on("error", resolve);
  });
}

const withUser = (url: string, user: string) => url.replace("://", `://${user}@`);

for (const kind of ["http", "https"] as const) {
  testExceptOn(
    EXCEPT,
    `an agent goes through an ${kind}: proxy, and reuses the tunnel`,
    async () => {
      const proxy = withUser(server.proxies[kind], "user:p%40ss");
      const { result, seen } = await withProxy(proxy, async (agent) => [
        await send(agent),
        await send(agent),
      ]);
      for (const name of result) assertStringIncludes(String(name), "-Client-MTF-");
      const authorization = `Basic ${btoa("user:p@ss")}`;
      assertEquals(seen, [{ target: HOST, authorization, certificate: null }]);
    },
  );
}

testExceptOn(EXCEPT, "an agent whose proxy fails says so, and connects to no server", async () => {
  const before = await countConnections();
  const cases: [string, string][] = [
    [
      withUser(server.proxies.http, "403:hunter2"),
      "rejected the tunnel to the server (status 403)",
    ],
    [withUser(server.proxies.http, "407:hunter2"), "requires a user name and password"],
    ["http://user:hunter2@localhost:1", "cannot be reached: the connection was refused"],
  ];
  for (const [proxy, expected] of cases) {
    const { result } = await withProxy(proxy, send);
    assertInstanceOf(result, McFetchError);
    assertEquals(result.code, "proxy_failed", result.message);
    const { host } = new URL(proxy);
    assertStringIncludes(result.message, `the proxy ${host} (from \`proxy\`) ${expected}`);
    assert(!result.message.includes("hunter2"), result.message);
  }
  assertEquals((await countConnections()).main, before.main);
});

testExceptOn(EXCEPT, "an agent asks no proxy about an origin that is not its own", async () => {
  const { result, seen } = await withProxy(
    server.proxies.http,
    (agent) => send(agent, `${server.otherOrigin}/echo`),
  );
  assertInstanceOf(result, McFetchError);
  assertEquals([result.code, seen], ["origin_not_allowed", []]);
});

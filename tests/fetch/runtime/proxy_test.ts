import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import process from "node:process";
import { inspect } from "node:util";
import { createMcFetch, mcFetch, McFetchError, type McFetchErrorCode } from "../../../mod.ts";
import {
  countConnections,
  runtime,
  sandboxFiles,
  server,
  testExceptOn,
} from "../../support/context.ts";
import { programArguments, runProgram } from "../../support/programs.ts";
import type { SeenConnect } from "../../support/proxies.ts";
import type { Seen } from "../../support/server.ts";

const ECHO = `${server.origin}/echo`;
const WORKERD = { workerd: "a binding connects by itself" };
const SHOWN = "it would show an https: proxy the certificate";
const tiny = server.tinyProxies;
const ABSENT = "tinyproxy is not on this machine";
const WITHOUT_TINYPROXY = tiny ? WORKERD : { node: ABSENT, deno: ABSENT, bun: ABSENT, ...WORKERD };

/**
 * Calls through the proxy; where the server saw it come from, and what the recording proxies saw of
 * it.
 */
async function call(proxy: string | URL) {
  const before = await countConnections();
  const response = await mcFetch(ECHO, undefined, { ...sandboxFiles(), proxy });
  const { from } = await response.json();
  assertEquals(response.status, 200); // without the certificate it would be 422
  return { from, seen: await listTunnels(before) };
}

/** Returns the requests to the proxies since then. Deno asks for its own newest version, too. */
async function listTunnels(before: Seen): Promise<SeenConnect[]> {
  const { proxies } = await countConnections();
  const { host } = new URL(ECHO);
  return proxies.slice(before.proxies.length).filter(({ target }) => target === host);
}

/** Asserts that the call rejects, with the code, and that no server saw a connection. */
async function assertRefused(code: McFetchErrorCode, proxy: string): Promise<McFetchError> {
  const before = await countConnections();
  const error = await assertRejects(() => call(proxy), McFetchError);
  assertEquals(error.code, code, inspect(error));
  assert(!inspect(error, { depth: 9 }).includes("hunter2"));
  const after = await countConnections();
  assertEquals([after.main, after.other], [before.main, before.other]);
  return error;
}

function withUser(url: string, user: string): string {
  return url.replace("://", `://${user}@`);
}

testExceptOn(WORKERD, "an http: proxy tunnels, and does not see the certificate", async () => {
  const { seen } = await call(new URL(withUser(server.proxies.http, "user:p%40ss%3A%25")));
  assertEquals(seen, [{
    target: new URL(ECHO).host,
    authorization: `Basic ${btoa("user:p@ss:%")}`,
    certificate: null,
  }]);
  const [seenOfUser] = (await call(withUser(server.proxies.http, "user"))).seen;
  assertEquals(seenOfUser?.authorization, `Basic ${btoa("user:")}`);
});

testExceptOn(
  { ...WORKERD, deno: SHOWN, bun: SHOWN },
  "an https: proxy that asks for a certificate does not see it",
  async () => {
    const { seen } = await call(withUser(server.proxies.https, "user:word"));
    const authorization = `Basic ${btoa("user:word")}`;
    assertEquals(seen, [{ target: new URL(ECHO).host, authorization, certificate: null }]);
    await assertRefused("proxy_failed", withUser(server.proxies.https, "403:hunter2"));
  },
);

testExceptOn(
  { ...WORKERD, node: "it does not show an https: proxy the certificate" },
  "an https: proxy that would see the certificate is refused",
  async () => {
    const before = await countConnections();
    const proxy = withUser(server.proxies.https, "user:hunter2");
    const error = await assertRefused("unsupported_runtime", proxy);
    assertStringIncludes(error.message, "would present the client certificate to the proxy");
    for (const name of ["HTTPS_PROXY", "all_proxy"]) {
      assertEquals(await callFromProgram({ [name]: proxy }), "unsupported_runtime");
    }
    assertEquals((await countConnections()).main, before.main);
    assertEquals(await listTunnels(before), []);
  },
);

for (const status of [403, 407, 502]) {
  testExceptOn(WORKERD, `a proxy that answers ${status} is proxy_failed`, async () => {
    const proxy = withUser(server.proxies.http, `${status}:hunter2`);
    const { message } = await assertRefused("proxy_failed", proxy);
    assertStringIncludes(message, `the proxy ${new URL(proxy).host} (from \`proxy\`) `);
    if (runtime !== "bun") { // Bun does not tell the status
      assertStringIncludes(
        message,
        status === 407 ? "user name and password" : "rejected the tunn",
      );
    }
  });
}

testExceptOn(WORKERD, "a proxy that cannot be reached is proxy_failed", async () => {
  const refused = await assertRefused("proxy_failed", "http://user:hunter2@localhost:1");
  assertStringIncludes(refused.message, "the proxy localhost:1 (from `proxy`) cannot be reached");
  const unknown = await assertRefused("proxy_failed", "http://user:hunter2@nobody.invalid");
  assertStringIncludes(unknown.message, "the proxy nobody.invalid:80 (from `proxy`) cannot be");
});

testExceptOn(WORKERD, "a proxy that hangs up is asked once", async () => {
  const { proxies: { length } } = await countConnections();
  const proxy = server.proxies.http;
  const unreachable = "https://localhost:65535/"; // the proxy cannot get there, and hangs up
  const call = () => mcFetch(unreachable, undefined, { ...sandboxFiles(), proxy });
  const error = await assertRejects(call, McFetchError);
  const code = runtime === "bun" ? "connection_failed" : "proxy_failed"; // Bun does not tell why
  assertEquals(error.code, code, inspect(error));
  const asked = (await countConnections()).proxies.length - length;
  assertEquals(asked, 1);
});

testExceptOn(WITHOUT_TINYPROXY, "requests go through tinyproxy", async () => {
  const { from } = await call(tiny!.open);
  assertEquals(from, "127.0.0.2");
  assertEquals((await call(withUser(tiny!.closed, "user:pass-word"))).from, "127.0.0.2");
});

testExceptOn(WITHOUT_TINYPROXY, "a tinyproxy that refuses is proxy_failed", async () => {
  await assertRefused("proxy_failed", tiny!.closed);
  await assertRefused("proxy_failed", withUser(tiny!.closed, "user:hunter2"));
  await assertRefused("proxy_failed", tiny!.refusing);
});

testExceptOn(
  WORKERD,
  "the environment's proxy is taken as the runtime's own fetch does",
  async () => {
    const { proxies: { http, https } } = server;
    const nobody = "http://localhost:1";
    const { hostname } = new URL(ECHO);
    const refused = withUser(http, "403:x");
    // Node reads the environment only if it is asked to. Node 20 cannot be asked.
    const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
    const knows = runtime !== "node" || major > 23 || (major === 22 && minor >= 21);
    const on = { NODE_USE_ENV_PROXY: "1" };
    const cases: [Record<string, string>, string, string, boolean][] = [
      [{ ...on, HTTPS_PROXY: http }, "", "200", knows],
      [{ ...on, https_proxy: http }, "", "200", knows],
      [{ ...on, HTTPS_PROXY: refused }, "", knows ? "proxy_failed" : "200", knows],
      [{ ...on, HTTPS_PROXY: http, NO_PROXY: `example.com,${hostname}` }, "", "200", false],
      [{ ...on, HTTPS_PROXY: http, no_proxy: "*" }, "", "200", false],
      [{ ...on, HTTPS_PROXY: http, NO_PROXY: "example.com" }, "", "200", knows],
      [{ ...on, HTTPS_PROXY: nobody }, http, "200", true], // `proxy` goes before
      [{ HTTPS_PROXY: http }, "", "200", runtime !== "node"],
    ];
    if (runtime === "node" && knows) {
      cases.push([{ NODE_OPTIONS: "--use-env-proxy", HTTPS_PROXY: http }, "", "200", true]);
      cases.push([{ ...on, HTTPS_PROXY: https }, "", "200", true]);
      if (major > 22) { // that does not even start with such a variable
        cases.push([{ ...on, HTTPS_PROXY: "socks5://localhost:1" }, "", "proxy_failed", false]);
      }
    }
    for (const [env, proxy, outcome, proxied] of cases) {
      const before = await countConnections();
      assertEquals(await callFromProgram(env, proxy), outcome, JSON.stringify(env));
      const after = await countConnections();
      const seen = await listTunnels(before);
      assertEquals(seen.length > 0, proxied, JSON.stringify(env));
      assert(seen.every(({ certificate }) => certificate === null));
      assertEquals(after.main.tcp - before.main.tcp, outcome === "200" ? 1 : 0);
    }
  },
);

/** Runs `proxy_call.ts` on this runtime, in an environment of its own. */
async function callFromProgram(env: Record<string, string>, proxy = ""): Promise<string> {
  const args = [...programArguments("tests/fetch/runtime/proxy_call.ts"), ECHO, proxy];
  return (await runProgram(args, { env: { ...process.env, ...env } })).trim();
}

testExceptOn(WORKERD, "a proxy that is no http: or https: URL is invalid_argument", () => {
  for (
    const proxy of [
      "localhost:hunter2",
      "socks5://u:hunter2@localhost",
      "http://u:hunter2%@x",
      8080,
    ]
  ) {
    try {
      createMcFetch({ ...sandboxFiles(), proxy: proxy as string });
      assert(false, String(proxy));
    } catch (error) {
      assert(
        error instanceof McFetchError && error.code === "invalid_argument",
        inspect(error),
      );
      assert(!inspect(error).includes("hunter2"));
    }
  }
});

testExceptOn(WORKERD, "clients with different proxies share no connection", async () => {
  const { http } = server.proxies;
  for (const user of ["one", "two"]) {
    assertEquals((await call(withUser(http, user))).seen.length, 1);
    assertEquals((await call(withUser(http, user))).seen.length, 0);
  }
});

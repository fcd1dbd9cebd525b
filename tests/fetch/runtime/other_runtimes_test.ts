/**
 * The rules of Deno and Bun, on Node: their globals are put beside Node's. The tests of proxies
 * compare a part of them with the runtimes themselves.
 *
 * @module
 */
import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import process from "node:process";
import test from "node:test";
import type { Identity } from "../../../lib/identity/identity.ts";
import { isCommonKey } from "../../../lib/fetch/runtime/client.ts";
import { useEnvironmentProxy } from "../../../lib/fetch/runtime/environment.ts";
import { findRuntime } from "../../../lib/fetch/runtime/find.ts";
import { withoutBrackets } from "../../../lib/fetch/runtime/host.ts";
import { isExempt } from "../../../lib/fetch/runtime/no_proxy.ts";
import { refuseHttpsProxy } from "../../../lib/fetch/runtime/proxy.ts";
import {
  describeProxyAddress,
  findProxy,
  isProxyKnown,
} from "../../../lib/fetch/runtime/proxy_choice.ts";
import { McFetchError } from "../../../mod.ts";
import { testExceptOn } from "../../support/context.ts";

const NODE_ONLY = {
  deno: "its own globals are in the way",
  bun: "its own globals are in the way",
  workerd: "its own globals are in the way",
};

type Name = "node" | "deno" | "bun";

/** Replaces globals while a synchronous function runs. */
function withGlobals<Result>(globals: Record<string, unknown>, run: () => Result): Result {
  const before = Object.keys(globals).map((name) =>
    [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const
  );
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  try {
    return run();
  } finally {
    for (const [name, descriptor] of before) {
      if (descriptor) Object.defineProperty(globalThis, name, descriptor);
      else delete (globalThis as Record<string, unknown>)[name];
    }
  }
}

/** Runs a function as on a runtime, with these variables. Deno may not read the denied ones. */
function on<Result>(
  name: Name,
  variables: Record<string, string>,
  run: () => Result,
  denied: readonly string[] = [],
): Result {
  const Deno = {
    env: { get: (variable: string) => variables[variable] },
    permissions: {
      querySync: ({ variable }: { variable: string }) => ({
        state: denied.includes(variable) ? "prompt" : "granted",
      }),
    },
  };
  const globals = name === "deno" ? { Deno } : name === "bun" ? { Bun: {} } : {};
  const { env } = process;
  process.env = { ...variables };
  try {
    return withGlobals(globals, run);
  } finally {
    process.env = env;
  }
}

const A = "http://a:1";
const B = "http://b:2";

/** Variables, and the one that names the proxy on each runtime. */
const SOURCES: readonly (readonly [Record<string, string>, Record<Name, string | undefined>])[] = [
  [{}, { node: undefined, deno: undefined, bun: undefined }],
  [{ HTTPS_PROXY: A }, { node: "HTTPS_PROXY", deno: "HTTPS_PROXY", bun: "HTTPS_PROXY" }],
  [{ https_proxy: A }, { node: "https_proxy", deno: "https_proxy", bun: "https_proxy" }],
  [
    { https_proxy: A, HTTPS_PROXY: B },
    { node: "https_proxy", deno: "HTTPS_PROXY", bun: "https_proxy" },
  ],
  [
    { https_proxy: "", HTTPS_PROXY: B },
    { node: undefined, deno: "HTTPS_PROXY", bun: "HTTPS_PROXY" },
  ],
  [{ HTTP_PROXY: A }, { node: "HTTP_PROXY", deno: undefined, bun: undefined }],
  [
    { HTTP_PROXY: A, HTTPS_PROXY: B },
    { node: "HTTPS_PROXY", deno: "HTTPS_PROXY", bun: "HTTPS_PROXY" },
  ],
  [
    { ALL_PROXY: A, HTTPS_PROXY: B },
    { node: "HTTPS_PROXY", deno: "ALL_PROXY", bun: "HTTPS_PROXY" },
  ],
  [{ ALL_PROXY: A, all_proxy: B }, { node: undefined, deno: "ALL_PROXY", bun: "all_proxy" }],
  [{ all_proxy: B }, { node: undefined, deno: "all_proxy", bun: "all_proxy" }],
  [{ HTTPS_PROXY: "ftp://a:1" }, { node: "HTTPS_PROXY", deno: undefined, bun: "HTTPS_PROXY" }],
  [{ HTTPS_PROXY: "http://u@a" }, { node: "HTTPS_PROXY", deno: undefined, bun: "HTTPS_PROXY" }],
  [
    { HTTPS_PROXY: "http://u:p@a" },
    { node: "HTTPS_PROXY", deno: "HTTPS_PROXY", bun: "HTTPS_PROXY" },
  ],
  [
    { HTTPS_PROXY: A, NO_PROXY: "api.example" },
    { node: undefined, deno: undefined, bun: undefined },
  ],
];

testExceptOn(NODE_ONLY, "the variable that names the proxy, by the rules of each runtime", () => {
  useEnvironmentProxy();
  const url = new URL("https://api.example/");
  for (const [variables, sources] of SOURCES) {
    for (const name of ["node", "deno", "bun"] as const) {
      const found = on(name, variables, () => findProxy(url, undefined));
      assertEquals(found?.source, sources[name], `${JSON.stringify(variables)} on ${name}`);
      if (found !== undefined) assertEquals(found.url, variables[found.source]);
    }
  }
  for (const name of ["deno", "bun"] as const) {
    const found = on(name, { HTTPS_PROXY: "a:1" }, () => findProxy(url, undefined));
    assertEquals(found?.url, "http://a:1", name);
  }
});

testExceptOn(NODE_ONLY, "a named proxy comes first; NO_PROXY exempts it on Deno and Bun", () => {
  const url = new URL("https://api.example/");
  const find = (name: Name, variables: Record<string, string>) =>
    on(name, variables, () => findProxy(url, "http://n:3"));
  const named = { url: "http://n:3", source: "`proxy`" };
  for (const name of ["node", "deno", "bun"] as const) {
    assertEquals(find(name, { HTTPS_PROXY: A }), named, name);
    const exempt = find(name, { NO_PROXY: "api.example" });
    assertEquals(exempt, name === "node" ? named : undefined, name);
  }
});

testExceptOn(NODE_ONLY, "on Deno, the proxy is known if all its variables can be read", () => {
  assertEquals(on("node", {}, isProxyKnown), true);
  assertEquals(on("deno", {}, isProxyKnown), true);
  for (const variable of ["ALL_PROXY", "HTTPS_PROXY", "NO_PROXY"]) {
    assertEquals(on("deno", {}, isProxyKnown, [variable]), false, variable);
  }
  const found = on("deno", { HTTPS_PROXY: A }, () => findProxy(new URL("https://a/"), undefined), [
    "HTTPS_PROXY",
  ]);
  assertEquals(found, undefined);
});

/** An entry of NO_PROXY, a host, and whether it is exempt on Deno, Bun and Node 22. */
const EXEMPT: readonly (readonly [string, string, boolean, boolean, boolean])[] = [
  ["example.com", "api.example.com", true, true, false],
  [".example.com", "api.example.com", true, true, true],
  [".example.com", "example.com", true, true, false],
  ["*.example.com", "api.example.com", false, true, true],
  ["api.example.com:443", "api.example.com", false, true, true],
  ["a.example api.example.com", "api.example.com", false, true, true],
  ["API.example.com", "api.example.com", false, true, true],
  ["127.0.0.0/8", "127.1.2.3", true, true, false],
  ["127.0.0.0/8", "128.0.0.1", false, false, false],
  ["10.0.0.0/31", "10.0.0.2", false, false, false],
  ["10.0.0.0/33", "10.0.0.0", false, false, false],
  ["1000.0.0.0/8", "10.0.0.0", false, false, false],
  ["0.0.1", "127.0.0.1", false, true, false],
  ["::1", "[::1]", true, true, true],
  ["[::1]", "[::1]", false, true, true],
];

testExceptOn(NODE_ONLY, "NO_PROXY by the rules of Deno, of Bun and of Node 22", () => {
  for (const [entry, host, deno, bun, node22] of EXEMPT) {
    const url = new URL(`https://${host}/`);
    const isOff = () => isExempt(url, (name) => name === "NO_PROXY" ? entry : undefined);
    const found = [
      on("deno", {}, isOff),
      on("bun", {}, isOff),
      withGlobals({ process: { version: "v22.1.0" } }, isOff),
      withGlobals({ process: { version: "v22.1.0" }, Bun: {} }, isOff),
    ];
    assertEquals(found, [deno, bun, node22, bun], `${entry} for ${host}`);
  }
  const url = new URL("https://a.example/");
  const read = (no_proxy: string, NO_PROXY: string) => () =>
    isExempt(url, (name) => name === "no_proxy" ? no_proxy : NO_PROXY);
  assertEquals(on("bun", {}, read("", "a.example")), true);
  assertEquals(on("bun", {}, read("b.example", "a.example")), false);
  assertEquals(on("deno", {}, read("b.example", "a.example")), true);
});

test("an https: proxy is refused by name, and no other", () => {
  const refuse = (proxy: string | undefined, variables: Record<string, string> = {}) =>
    refuseHttpsProxy("Deno", proxy, (name) => variables[name]);
  refuse(undefined);
  for (const proxy of ["http://p", "socks5://p", "p:1", "http://https:1"]) {
    refuse(proxy);
    refuse(undefined, { HTTPS_PROXY: proxy });
  }
  for (const proxy of ["https://p", " HTTPS://p"]) {
    const named = assertThrows(() => refuse(proxy), McFetchError);
    assertEquals(named.code, "unsupported_runtime");
    assertStringIncludes(named.message, "the https: proxy that proxy names: Deno would present");
    for (const name of ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "http_proxy"]) {
      const { message } = assertThrows(() => refuse(undefined, { [name]: proxy }), McFetchError);
      assertStringIncludes(message, `the https: proxy that ${name} names`);
    }
    refuse("http://p", { HTTPS_PROXY: proxy });
  }
});

test("the address of a proxy has its usual port, and never a password", () => {
  const cases = {
    "https://p": "p:443",
    "http://p": "p:80",
    "socks5://p": "p:1080",
    "http://p:8080": "p:8080",
    "http://u:hunter2@p:1": "p:1",
    "http://[::1]": "[::1]:80",
    "no URL": "",
    "p:": "",
  };
  for (const [proxy, address] of Object.entries(cases)) {
    assertEquals(describeProxyAddress(proxy), address, proxy);
  }
  assertEquals(["[::1]", "a]b", "a"].map(withoutBrackets), ["::1", "a]b", "a"]);
});

test("the keys that the TLS of Deno and Bun supports", () => {
  const isCommon = (keyKind: Partial<Record<string, string>>, isUsual = true) =>
    isCommonKey({ keyKind, isUsual } as unknown as Identity);
  for (const curve of ["P-256", "P-384", "P-521"]) {
    assertEquals(isCommon({ family: "EC", curve }), true, curve);
  }
  assertEquals(isCommon({ family: "RSA", scheme: "RSA" }), true);
  assertEquals(isCommon({ family: "other", name: "Ed25519" }), true);
  assertEquals(isCommon({ family: "RSA", scheme: "RSA" }, false), false);
  assertEquals(isCommon({ family: "RSA", scheme: "RSA-PSS" }), false);
  assertEquals(isCommon({ family: "EC", curve: "secp256k1" }), false);
  assertEquals(isCommon({ family: "EC" }), false);
  assertEquals(isCommon({ family: "other", name: "Ed448" }), false);
  assertEquals(isCommon({ family: "DSA", name: "Ed25519" }), false);
});

testExceptOn(NODE_ONLY, "a runtime that cannot present certificates is named", async () => {
  const find = async (globals: Record<string, unknown>) => {
    const found = withGlobals(
      { process: undefined, navigator: undefined, ...globals },
      findRuntime,
    );
    const { code, message } = await assertRejects(() => found, McFetchError);
    assertEquals(code, "unsupported_runtime");
    return message.replace("Cannot present a client certificate in this runtime: ", "");
  };
  assertEquals(
    await find({ navigator: { userAgent: "Mozilla/5.0 (X11)" } }),
    "browsers choose client certificates themselves; install the certificate in the browser or " +
      'its system and call fetch with credentials: "include", or send the request from a server',
  );
  assertStringIncludes(await find({ navigator: { userAgent: "Cloudflare-Workers" } }), "bindings");
  assertStringIncludes(await find({ Deno: {} }), "there is no Deno.createHttpClient");
  for (const userAgent of [undefined, "other", "x Mozilla/"]) {
    assertStringIncludes(await find({ navigator: { userAgent } }), "it is none of Deno, Node");
  }
});

/** The environment of the tests: the runtime, the servers, the files. */
import { readFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import type { Credentials, Fetcher, PfxCredentials } from "../../mod.ts";
import type { Seen, TestServer } from "./server.ts";

/** The runtime that the tests run on. */
export const runtime: "deno" | "bun" | "workerd" | "node" = "Deno" in globalThis
  ? "deno"
  : "Bun" in globalThis
  ? "bun"
  : globalThis.navigator?.userAgent === "Cloudflare-Workers"
  ? "workerd"
  : "node";

/** The test servers. `scripts/test.ts` starts them. */
export const server: TestServer = JSON.parse(process.env.MC_MTLS_TEST_SERVER ?? "{}");

/** The bindings that present the sandbox's certificates. Only Workers have bindings. */
export const bindings: Record<string, Fetcher> = {};

/** Registers a test. Skips it on the named runtimes, and adds the reason to the test's name. */
export function testExceptOn(
  runtimes: Partial<Record<typeof runtime, string>>,
  name: string,
  body: () => void | Promise<void>,
): void {
  const reason = runtimes[runtime];
  if (reason === undefined) test(name, body);
  else test(`${name} (skipped: ${reason})`, { skip: reason }, () => {});
}

/** Returns the reason to skip a test on Windows, for `testExceptOn`. */
export function exceptOnWindows(reason: string): Partial<Record<typeof runtime, string>> {
  if (process.platform !== "win32") return {};
  return { node: reason, deno: reason, bun: reason, workerd: reason };
}

/** Reads a file of `tests/fixtures`. */
export function fixture(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL(`../fixtures/${name}`, import.meta.url)));
}

/** Reads a file that the sandbox wrote. */
export function sandboxFile(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(`${server.directory}/${name}`));
}

/** Returns credentials for the sandbox: a new copy of the `.p12`, or the binding on Workers. */
export function sandboxCredentials(
  name: "client" | "expired" | "foreign" = "client",
): Exclude<Credentials, () => unknown> {
  return runtime === "workerd" ? { fetcher: bindings[name]! } : sandboxFiles(name);
}

/** Returns credentials for the sandbox as files, for options that a binding does not have. */
export function sandboxFiles(
  name: "client" | "expired" | "foreign" = "client",
): PfxCredentials {
  return {
    pfx: sandboxFile(`${name}.p12`),
    passphrase: "keystorepassword",
    extraCa: sandboxFile("ca.pem"),
  };
}

/** Returns the connections of the servers and the requests of the proxies since the start. */
export async function countConnections(): Promise<Seen> {
  return await (await fetch(server.connectionsUrl)).json();
}

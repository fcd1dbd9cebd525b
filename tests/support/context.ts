/** What the tests know of where they run: the runtime, the servers, the files. */
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

/** The test servers, started by `scripts/test.ts`. */
export const server: TestServer = JSON.parse(process.env.MC_MTLS_TEST_SERVER ?? "{}");

/** Bindings that present the sandbox's certificates, where the runtime has such (Workers). */
export const bindings: Record<string, Fetcher> = {};

/** Registers a test that a runtime cannot have, under a name that says why. */
export function testExceptOn(
  runtimes: Partial<Record<typeof runtime, string>>,
  name: string,
  body: () => void | Promise<void>,
): void {
  const reason = runtimes[runtime];
  if (reason === undefined) test(name, body);
  else test(`${name} (skipped: ${reason})`, { skip: reason }, () => {});
}

/** The bytes of a file in `tests/fixtures`. */
export function fixture(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL(`../fixtures/${name}`, import.meta.url)));
}

/** The bytes of a file that the sandbox wrote. */
export function sandboxFile(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(`${server.directory}/${name}`));
}

/**
 * Credentials for the sandbox, as this runtime takes them: the `.p12`, built anew at each call, or
 * the binding.
 */
export function sandboxCredentials(
  name: "client" | "expired" | "foreign" = "client",
): Exclude<Credentials, () => unknown> {
  return runtime === "workerd" ? { fetcher: bindings[name]! } : sandboxFiles(name);
}

/** The same as files, for options that a binding does not have. */
export function sandboxFiles(
  name: "client" | "expired" | "foreign" = "client",
): PfxCredentials {
  return {
    pfx: sandboxFile(`${name}.p12`),
    passphrase: "keystorepassword",
    extraCa: sandboxFile("ca.pem"),
  };
}

/** The TLS and TCP connections that the servers have seen so far, and what the proxies have. */
export async function countConnections(): Promise<Seen> {
  return await (await fetch(server.connectionsUrl)).json();
}

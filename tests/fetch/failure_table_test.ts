/** Provokes every row of the failure table, on each runtime and Node version that has it. */
import { execFile } from "node:child_process";
import { networkInterfaces } from "node:os";
import process from "node:process";
import { checkServerIdentity, type PeerCertificate } from "node:tls";
import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { type Failure, FAILURES, findFailure } from "../../lib/fetch/failure_table.ts";
import { McFetchError, type McFetchErrorCode } from "../../mod.ts";
import { runtime, server, testExceptOn } from "../support/context.ts";
import { findRefusingPort } from "../support/ports.ts";
import { callTrouble, trouble, troubleUrl } from "../support/trouble.ts";

/** What a call comes to: a status, or a code and words of the message. */
type Outcome = number | readonly [McFetchErrorCode, ...string[]];

/** A failure, and what each runtime makes of it. */
interface Case {
  readonly name: string;
  readonly path?: string;
  readonly host?: string;
  readonly identity?: string;
  readonly extraCa?: string;
  /** The outcome where no other one is given. */
  readonly all: Outcome;
  readonly deno?: Outcome;
  readonly bun?: Outcome;
  readonly node?: Outcome;
  /** The outcome from Node 24 on. */
  readonly node24?: Outcome;
}

const SHA1: Outcome = ["server_untrusted", "SHA-1 with RSA", "signed with SHA-256"];
const NOT_HTTP: Outcome = ["invalid_response", "not valid HTTP/1.1"];
const NO_TLS: Outcome = ["tls_failed", "does not speak TLS on this port"];
const INTERNAL: Outcome = ["tls_failed", "alert internal_error", "SSLVerifyDepth"];
const NO_DHE: Outcome = ["tls_failed", "TLS_DHE_RSA", "1024 bits", "does not support", "ECDHE"];
const NO_SERVER: Outcome = ["server_untrusted", "not meant for a server", "serverAuth"];

/** True on versions of Node that reject each certificate for an IPv6 address, such as 22.23.3. */
function isBlind(): boolean {
  if (runtime !== "node") return false;
  const certificate = { subject: { CN: "x" }, subjectaltname: "IP Address:0:0:0:0:0:0:0:1" };
  return checkServerIdentity("::1", certificate as unknown as PeerCertificate) !== undefined;
}

const CASES: readonly Case[] = [
  // The server's certificate
  { name: "future", all: ["server_untrusted", "not valid before 2040-01-01", "clock says"] },
  {
    ...{ name: "self-signed", extraCa: "self-signed.pem", all: 200 },
    deno: ["server_untrusted", "CA:TRUE", "CA:FALSE", "`extraCa`"],
  },
  { name: "self-signed leaf", extraCa: "self-signed-leaf.pem", all: 200 },
  {
    name: "self-signed leaf",
    all: ["server_untrusted", "self-signed (CN=localhost)", "`extraCa`"],
  },
  { name: "sha1", all: SHA1, bun: 200 },
  { name: "sha1 intermediate", all: ["server_untrusted", "trouble sha1-inter", "SHA-1"], bun: 200 },
  { name: "for clients", all: NO_SERVER },
  { name: "signs only", all: NO_SERVER, deno: 200 },
  {
    ...{ name: "v1", all: ["server_untrusted", "names no host"] },
    deno: ["server_untrusted", "has version 1"],
  },
  {
    ...{ name: "short", all: 200 },
    deno: ["server_untrusted", "RSA 1024", "too short for Deno"],
    node24: ["server_untrusted", "RSA 1024", "too short for Node"],
  },
  {
    ...{ name: "whole chain", extraCa: "intermediate.pem", deno: 200 },
    all: ["server_untrusted", "intermediate CA CN=trouble inter", "needs the root", "trouble root"],
  },
  { name: "leaf alone", all: ["server_untrusted", "CN=trouble intermediate is not known here"] },
  { name: "leaf alone", extraCa: "", all: ["server_untrusted", "CN=trouble intermediate"] },
  { name: "whole chain", extraCa: "", all: ["server_untrusted", "CN=trouble root", "`extraCa`"] },
  { name: "whole chain", all: 200 },
  // The handshake
  { name: "HTTP/2 only", all: ["tls_failed", "does not speak HTTP/1.1"] },
  {
    ...{ name: "no RFC 5746", all: 200 },
    node: ["tls_failed", "RFC 5746", "UnsafeLegacyServerConnect", "Deno or Bun"],
  },
  {
    ...{ name: "small DH", node: 200, all: NO_DHE },
    node24: ["tls_failed", "too short (1024 bits)", "ECDHE"],
  },
  { name: "internal_error", all: INTERNAL },
  { name: "short depth 1.2", identity: "client-chain", all: INTERNAL },
  { name: "short depth 1.3", identity: "client-chain", all: INTERNAL },
  { name: "handshake_failure", all: ["tls_failed", "no cipher in common"] },
  { name: "weird alert", all: ["tls_failed", "server's log"] },
  {
    ...{ name: "late 1.2", path: "/late", all: 200 },
    deno: ["tls_failed", "only after the request", "use Node or Bun"],
  },
  { name: "late 1.3", path: "/late", all: 403 },
  { name: "plain HTTP", all: NO_TLS },
  // Addresses instead of names
  { name: "plain HTTP", host: "127.0.0.1", all: NO_TLS },
  { name: "plain HTTP on ::1", host: "[::1]", all: NO_TLS },
  { name: "handshake_failure", host: "127.0.0.1", all: ["tls_failed", "no cipher"] },
  {
    name: "strict, ECDSA only",
    host: "127.0.0.1",
    all: ["certificate_required", "signatures ecdsa_"],
  },
  { name: "asks", host: "127.0.0.1", all: 200 },
  {
    ...{ name: "asks", host: "[::1]", all: 200 },
    ...isBlind() && { node: ["server_untrusted", "does not recognize IPv6"] },
  },
  // The client certificate
  { name: "strict", identity: "client-future", all: ["certificate_rejected", "not valid before"] },
  {
    name: "strict, ECDSA only",
    all: ["certificate_required", "signatures ecdsa_secp256r1_sha256"],
  },
  { name: "asks", all: 200 },
  // The response
  { name: "long header", all: 200, node: ["invalid_response", "--max-http-header-size"] },
  { name: "huge header", all: ["invalid_response", "headers are longer"] },
  { name: "no HTTP", all: NOT_HTTP },
  { name: "bad header name", all: NOT_HTTP },
  { name: "two lengths", all: NOT_HTTP },
  { name: "bad status", all: NOT_HTTP },
  { name: "bad length", all: NOT_HTTP },
];

const major = Number(process.versions?.node?.split(".")[0]);

function expected(test: Case): Outcome {
  if (runtime === "node" && major >= 24 && test.node24 !== undefined) return test.node24;
  return (runtime === "workerd" ? undefined : test[runtime]) ?? test.all;
}

const BINDINGS = { workerd: "its connections are the bindings' own" };

/** The programs of the servers that are not Node's own. */
const PROGRAMS: readonly (readonly [RegExp, string])[] = [
  [/^(late|short depth)/, "apache2"],
  [/RFC 5746/, "gnutls-serv"],
  [/^asks/, "nginx"],
];

function exceptions({ name }: Case): Partial<Record<typeof runtime, string>> {
  const program = PROGRAMS.find(([pattern]) => pattern.test(name))?.[1] ?? "openssl";
  const absent = [program, "openssl"].find((name) => trouble.missing.includes(name));
  if (absent === undefined) return BINDINGS;
  const why = `${absent} is not on this machine`;
  return { ...BINDINGS, node: why, deno: why, bun: why };
}

/** The rows that were provoked. */
const provoked = new Set<Failure>();

function note(error: McFetchError): void {
  const row = findFailure(error.cause);
  if (row !== undefined) provoked.add(row);
  for (const row of FAILURES) {
    if (error.code === row.code && error.message.includes(row.says)) provoked.add(row);
  }
}

/** Calls, and asserts what comes of it. */
async function check(outcome: Outcome, call: () => Promise<Response>): Promise<void> {
  const found = await call().then(async (response) => {
    await response.text(); // s_server has one client at a time, and would wait for a cancelled one
    return response.status;
  }, (error) => error);
  if (typeof outcome === "number") {
    return assertEquals(found instanceof Error ? found.message : found, outcome);
  }
  assertInstanceOf(found, McFetchError);
  const [code, ...words] = outcome;
  assertEquals(found.code, code, found.message);
  for (const word of words) assertStringIncludes(found.message, word);
  assert(!/hunter2/.test(found.message), found.message);
  note(found);
}

for (const given of CASES) {
  const { name, host = "localhost", path = "/", identity = "client", extraCa } = given;
  const outcome = expected(given);
  const shown = typeof outcome === "number" ? outcome : outcome[0];
  const title = `${shown}: ${identity} at the server "${name}" by ${host}, with ${
    extraCa ?? "its CA"
  }`;
  testExceptOn(exceptions(given), title, async () => {
    const url = `${troubleUrl(name, host, path)}?secret=hunter2`;
    const options = { identity, ...extraCa !== undefined && { extraCa } };
    await check(outcome, () => callTrouble(url, options));
  });
}

/** Servers of `tls_servers.ts`, by the alerts that they send. */
const ALERTS: readonly (readonly [string, string, McFetchErrorCode])[] = [
  ["strict 1.3", "expired", "certificate_expired"],
  ["strict 1.3", "revoked", "certificate_revoked"],
  ["strict 1.3", "foreign", "certificate_rejected"],
  ["strict 1.3", "for-servers", "certificate_rejected"],
  ["no RSA 1.3", "client", "certificate_required"],
  ["TLS 1.1", "client", "tls_failed"],
  ["reset", "client", "connection_failed"],
];
const { urls = {}, missing = [] } = server.tls ?? {};

for (const [name, identity, code] of ALERTS) {
  const why = "openssl is not on this machine";
  const absent = missing.includes("openssl") ? { node: why, deno: why, bun: why } : {};
  testExceptOn({ ...BINDINGS, ...absent }, `${code}: ${identity} at "${name}"`, async () => {
    const folder = server.tls.directory;
    await check(
      [code],
      () => callTrouble(urls[name] ?? "", { folder, identity, extraCa: "ca.pem" }),
    );
  });
}

/** True if this machine has an IPv6 address of its own: the reserved network is then routed. */
const hasRoute = runtime !== "workerd" &&
  Object.values(networkInterfaces()).flat().some((address) =>
    address?.family === "IPv6" && !address.internal && !address.address.startsWith("fe80")
  );
const ROUTED = "this machine has a route to every IPv6 address";

testExceptOn(BINDINGS, "connection_failed: a closed port, no such host, no route", async () => {
  const closed = `https://localhost:${await findRefusingPort()}/`;
  await check(["connection_failed", "refused"], () => callTrouble(closed));
  await check(
    ["connection_failed", "cannot be resolved"],
    () => callTrouble("https://no-such-host.invalid/"),
  );
  if (!hasRoute) {
    await check(["connection_failed", "no route"], () => callTrouble("https://[2001:db8::1]/"));
  }
  if (runtime === "deno") {
    await check(["connection_failed", "bad port"], () => callTrouble("https://localhost:9/"));
  }
});

const WAITS = "it waits for a handshake as long as the signal lets it";
testExceptOn({ ...BINDINGS, deno: WAITS, bun: WAITS }, "connection_failed: no answer", async () => {
  await check(["connection_failed", "it took too long"], () => callTrouble(urls["stalled"] ?? ""));
});

/** Runs `denied_call.ts` without the permission to connect. */
function runDenied(url: string, proxy: string): Promise<string> {
  const flags = runtime === "deno"
    ? ["run", "--no-prompt", "--no-check", "--allow-read", "--allow-env", "--allow-sys"]
    : ["--permission", "--allow-fs-read=*"]; // Node 26 runs TypeScript by itself
  const args = [...flags, "tests/fetch/denied_call.ts", url, proxy];
  return new Promise((resolve) =>
    execFile(process.execPath, args, (_error, stdout, stderr) => resolve(`${stdout}${stderr}`))
  );
}

const NO_PERMISSIONS = {
  bun: "it has no permissions",
  ...runtime === "node" && major < 26 && { node: "its permissions do not cover the network" },
};

testExceptOn({ ...BINDINGS, ...NO_PERMISSIONS }, "permission_denied names the flag", async () => {
  const url = "https://localhost:8443/?secret=hunter2";
  const direct = await runDenied(url, "");
  assert(direct.startsWith("permission_denied Cannot connect to localhost:8443"), direct);
  assertStringIncludes(direct, runtime === "deno" ? "--allow-net=localhost:8443" : "--allow-net");
  assert(!direct.includes("hunter2"), direct);
  const proxied = await runDenied(url, "http://user:hunter2@localhost:3128");
  assert(proxied.startsWith("permission_denied Cannot connect to localhost:3128"), proxied);
  assertStringIncludes(proxied, runtime === "deno" ? "--allow-net=localhost:3128" : "--allow-net");
  assert(!proxied.includes("hunter2"), proxied);
  provoked.add(FAILURES.find(({ code }) => code === "permission_denied")!);
});

/** The rows that a runtime does not have, by the beginning of their words. */
const ABSENT: Readonly<Record<string, Partial<Record<typeof runtime, string>>>> = {
  "the runtime does not permit": NO_PERMISSIONS,
  "the server asks for the client certificate only": {
    node: "it answers TLS 1.2 renegotiation",
    bun: "it answers TLS 1.2 renegotiation",
  },
  "the server does not support secure renegotiation": {
    deno: "it does not require RFC 5746",
    bun: "it does not require RFC 5746",
  },
  "the server's Diffie-Hellman key": {
    deno: "it has no DHE",
    bun: "it has no DHE",
    ...major < 24 && { node: "it accepts 1024 bits" },
  },
  "fetch does not connect to this port": { node: "it blocks no port", bun: "it blocks no port" },
  "it took too long": { deno: WAITS, bun: WAITS },
  "there is no route": hasRoute ? { node: ROUTED, deno: ROUTED, bun: ROUTED } : {},
};

for (const row of FAILURES) {
  const [, reasons = {}] = Object.entries(ABSENT).find(([start]) => row.says.startsWith(start)) ??
    [];
  const programs = trouble.missing.length > 0 && `without ${trouble.missing.join(", ")}`;
  const incomplete = programs ? { node: programs, deno: programs, bun: programs } : {};
  testExceptOn(
    { ...BINDINGS, ...reasons, ...incomplete },
    `provoked: ${row.code}: ${row.says.slice(0, 60)}`,
    () => assert(provoked.has(row)),
  );
}

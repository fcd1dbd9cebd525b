/** Tests of `check`: whether the server asked for the certificate, and what became of it. */
import process from "node:process";
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runtime, testExceptOn } from "../support/context.ts";
import { NO_COMMANDS, runCommand } from "../support/command_line.ts";
import { trouble, troubleUrl } from "../support/trouble.ts";

/** Skips a test if a program is not there. */
function without(...programs: string[]): Partial<Record<typeof runtime, string>> {
  const absent = [...programs, "openssl"].find((name) => trouble.missing.includes(name));
  if (absent === undefined) return NO_COMMANDS;
  const why = `${absent} is not on this machine`;
  return { ...NO_COMMANDS, node: why, deno: why, bun: why };
}

/** Runs check, and returns the verdict and the text of a step, lines joined. */
function check(
  code: number,
  url: string,
  step: string,
  identity = "client",
  env: Record<string, string> = {},
): string {
  const file = (name: string) => `${trouble.directory}/${name}`;
  const files = ["--cert", file(`${identity}.pem`), "--key", file(`${identity}.key`)];
  const args = ["check", url, ...files, "--ca", file("root.pem")];
  const { stdout, stderr } = runCommand(code, args, env);
  assertEquals(stderr, "");
  const row = new RegExp(`(?:^|\\n)(ok|FAILED|-) +${step}\\b *([^]*?)(?=\\n\\S|\\n*$)`);
  const [, verdict, text] = row.exec(stdout) ?? [];
  return `${verdict} ${text}`.replaceAll(/\s+/g, " ");
}

const CERTIFICATE = "client certificate";

for (const host of ["localhost", "127.0.0.1", "[::1]"]) {
  const isOld = process.version.startsWith("v22.") && host === "[::1]";
  const except = runtime === "node" && isOld ? { node: "it rejects IPv6 addresses" } : {};
  testExceptOn({ ...without("nginx"), ...except }, `check: asked for and sent, at ${host}`, () => {
    for (const name of ["asks", "asks in TLS 1.2"]) {
      const found = check(0, troubleUrl(name, host), CERTIFICATE);
      assertMatch(found, /^ok sent, not rejected; the server asked for one, of CN=trouble root /);
      assertStringIncludes(found, "accepts the signatures ecdsa_secp256r1_sha256");
    }
  });
}

testExceptOn(without("nginx"), "check: a server that never asks", () => {
  const found = check(1, troubleUrl("never asks"), CERTIFICATE);
  assertMatch(found, /^FAILED not sent: the server did not ask for one/);
  assertEquals(check(1, troubleUrl("never asks"), "HTTP"), "ok 200 OK");
});

testExceptOn(without("nginx"), "check: nginx rejects a certificate over HTTP", () => {
  const found = check(1, troubleUrl("asks"), CERTIFICATE, "self-signed");
  assertMatch(found, /^FAILED .*The SSL certificate error.*asked for a .*, and this one was sent/);
});

testExceptOn(without("apache2"), "check: Apache asks after the request", () => {
  const renegotiation = check(
    runtime === "deno" ? 1 : 0,
    troubleUrl("late 1.2", "localhost", "/late"),
    CERTIFICATE,
  );
  assertMatch(renegotiation, /only after the request \(TLS 1\.2 renegotiation\)/);
  assertMatch(renegotiation, runtime === "deno" ? /^FAILED / : /^ok asked for .* and sent then/);
  const late = check(1, troubleUrl("late 1.3", "localhost", "/late"), CERTIFICATE);
  assertMatch(late, /^FAILED not sent: .*TLS 1\.3 post-handshake authentication/);
});

testExceptOn(without("apache2"), "check: other failures are steps of their own", () => {
  const depth = check(1, troubleUrl("short depth 1.3"), CERTIFICATE, "client-chain");
  assertMatch(depth, /^FAILED .*alert internal_error/);
  const ecdsa = check(1, troubleUrl("strict, ECDSA only"), CERTIFICATE);
  assertMatch(ecdsa, /^FAILED .*accepts none with this kind of key/);
  assertMatch(check(1, troubleUrl("future"), "server trust"), /^FAILED .*not valid before/);
  assertMatch(check(1, troubleUrl("plain HTTP"), "TLS"), /^FAILED .*does not speak TLS/);
  assertMatch(check(1, troubleUrl("no HTTP"), "HTTP"), /^FAILED .*not valid HTTP/);
});

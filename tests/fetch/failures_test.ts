import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { readFileSync } from "node:fs";
import test from "node:test";
import { toMcFetchError } from "../../lib/fetch/failures.ts";
import { mcFetch, McFetchError, type McFetchErrorCode } from "../../mod.ts";
import { fixture, type runtime, server, testExceptOn } from "../support/context.ts";

const { urls = {}, missing = [], directory = "" } = server.tls ?? {};

function file(name: string): Uint8Array {
  return new Uint8Array(readFileSync(`${directory}/${name}`));
}

const PEM = new TextDecoder().decode(fixture("ca.pem"));

function call(url: string, identity: string, trusted = true): Promise<Response> {
  const ca = trusted ? { extraCa: file("ca.pem") } : {};
  const credentials = { cert: file(`${identity}.pem`), key: file(`${identity}.key`), ...ca };
  return mcFetch(`${url}?secret=hunter2`, undefined, credentials);
}

/** Why a case cannot be had here, if it cannot. */
function exceptions(name: string): Partial<Record<typeof runtime, string>> {
  const program = name.startsWith("nginx") ? "nginx" : name in urls ? "" : "openssl";
  const why = `${program} is not on this machine`;
  const endless = "it waits for a handshake as long as the signal lets it";
  return {
    workerd: "its connections are the bindings' own",
    ...(name === "stalled" && { deno: endless, bun: endless }),
    ...(missing.includes(program) && { node: why, deno: why, bun: why }),
  };
}

/** The server, the identity, and the code and the words that are expected. */
const CASES: [string, string, McFetchErrorCode, string][] = [];
for (const version of ["1.2", "1.3"]) {
  CASES.push(
    [
      `strict ${version}`,
      "foreign",
      "certificate_rejected",
      "its issuer CN=another CA is not in the chain sent",
    ],
    [`strict ${version}`, "self-signed", "certificate_rejected", "it is self-signed"],
    [
      `strict ${version}`,
      "for-servers",
      "certificate_rejected",
      "it is not valid for client authentication (extended key usage: serverAuth)",
    ],
    [`strict ${version}`, "expired", "certificate_expired", "(10 days ago)"],
    [`strict ${version}`, "revoked", "certificate_revoked", "was revoked"],
    [`no RSA ${version}`, "client", "certificate_required", "accepts none with this kind of key"],
    [`strict ${version}`, "client, untrusted", "server_untrusted", "`extraCa`"],
    [`expired ${version}`, "client", "server_untrusted", "has expired"],
    [`elsewhere ${version}`, "client", "server_untrusted", "another name"],
    // Node's server says nothing: it ends the connection.
    [`Node ${version}`, "expired", "connection_failed", "(10 days ago)"],
  );
}
CASES.push(
  ["TLS 1.1", "client", "tls_failed", "no version of TLS in common"],
  ["NULL cipher", "client", "tls_failed", "no cipher in common"],
  ["no TLS", "client", "tls_failed", "does not speak TLS"],
  ["reset", "client", "connection_failed", "closed the connection"],
  ["end", "client", "connection_failed", "closed the connection"],
  ["stalled", "client", "connection_failed", "it took too long"],
  ["refused", "client", "connection_failed", "refused"],
);

for (const [name, identity, code, words] of CASES) {
  testExceptOn(exceptions(name), `${code}: ${identity} at the server "${name}"`, async () => {
    const [file, untrusted] = identity.split(", ");
    const error = await assertRejects(() => call(urls[name]!, file!, !untrusted), McFetchError);
    assertEquals(error.code, code, error.message);
    assertStringIncludes(error.message, words);
    assertStringIncludes(error.message, new URL(urls[name]!).origin);
    assert(!error.message.includes("hunter2"));
    assertInstanceOf(error, TypeError);
    assertInstanceOf(error.cause, Error);
  });
}

for (const version of ["1.2", "1.3"]) {
  testExceptOn(
    exceptions(`nginx ${version}`),
    `nginx in TLS ${version} answers over HTTP`,
    async () => {
      const url = urls[`nginx ${version}`]!;
      const accepted = await call(url, "client");
      assertEquals([accepted.status, await accepted.text()], [200, "CN=client"]);
      const refused = await call(url, "foreign");
      assertEquals(refused.status, 400);
      assertStringIncludes(await refused.text(), "The SSL certificate error");
    },
  );
}

testExceptOn(
  exceptions("strict"),
  "the verdict of TLS 1.3 is distinguished from a reset, every time",
  async () => {
    const calls = Array.from({ length: 30 }, () => call(urls["strict 1.3"]!, "expired"));
    const codes = await Promise.all(
      calls.map((call) => call.then(() => "none", ({ code }) => code)),
    );
    assertEquals([...new Set(codes)], ["certificate_expired"]);
  },
);

test("a certificate that cannot be looked into does not hide the failure", async () => {
  const utcTime = "\x17\x0d"; // of notBefore, which gets a type that no time has
  const der = atob(PEM.replaceAll(/-----[^-]+-----|\s/g, "")).replace(utcTime, "\x16\x0d");
  const cert = PEM.replace(/(?<=-\n)[^-]+/, `${btoa(der)}\n`);
  const settings = {
    ...{ cert, key: "", keyKind: { family: "other", name: "Ed25519" }, isUsual: true } as const,
    extraCa: [],
  };
  const cause = new Error("received fatal alert: CertificateExpired");
  const error = await toMcFetchError(cause, new URL("https://example.com/"), settings);
  assertEquals([error.code, error.cause], ["certificate_expired", cause]);
});

testExceptOn(exceptions("dns"), "a host that is not there", async () => {
  const error = await assertRejects(
    () => call("https://no-such-host.invalid/", "client"),
    McFetchError,
  );
  assertEquals(error.code, "connection_failed");
  assertStringIncludes(error.message, "cannot be resolved");
});

testExceptOn(
  { workerd: "its connections are the bindings' own" },
  "every test server is there whose program is installed",
  () => {
    const wanted = [...new Set(CASES.map(([name]) => name))].filter((name) => name !== "dns");
    const absent = wanted.filter((name) => !(name in urls));
    const excused = absent.filter((name) => {
      const program = name.startsWith("nginx") ? "nginx" : "openssl";
      return missing.includes(program) && !/^(Node|reset|end|stalled|refused|no TLS)/.test(name);
    });
    assertEquals(absent, excused);
  },
);

/** Parts of the command line that need no server: verdicts, words, reports and options. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import process from "node:process";
import { type Answer, judgeCertificate } from "../../lib/cli/check_certificate.ts";
import { areCas, inspectCas, inspectRequest } from "../../lib/cli/inspect_others.ts";
import { formatReport } from "../../lib/cli/inspect_report.ts";
import { wrapLine } from "../../lib/cli/layout.ts";
import { programName } from "../../lib/cli/program.ts";
import { readRefusal } from "../../lib/cli/refusal.ts";
import { describeError } from "../../lib/cli/words.ts";
import type { Handshake } from "../../lib/fetch/handshake.ts";
import { readPem } from "../../lib/keys/pem.ts";
import { readCertificate } from "../../lib/keys/x509.ts";
import { createCsr, inspectCredentials } from "../../mod.ts";
import {
  type CertificateParts,
  readPublicKeyInfo,
  writeCertificate,
  writeKeyUsage,
  writeName,
} from "../support/certificates.ts";
import {
  filePath,
  fixturePath,
  NO_COMMANDS,
  PASSPHRASE,
  runCommand,
} from "../support/command_line.ts";
import { fixture, runtime, testExceptOn } from "../support/context.ts";

const text = (name: string) => new TextDecoder().decode(fixture(name));
const asked = { authorities: ["CN=a"], signatures: ["rsa_pss_rsae_sha256"], namesOthers: false };

/** What the handshake shows, the answer, and the verdict. */
const VERDICTS: readonly (readonly [Partial<Handshake>, Answer, boolean, string])[] = [
  [{}, { status: 200, text: "" }, true, "not rejected, but it is not known whether the server"],
  [{}, { status: 400, text: "" }, false, "not rejected, but it is not known whether the server"],
  [{ request: null }, { status: 200, text: "" }, false, "not sent: the server did not ask for one"],
  [{ request: asked, isSent: false }, { status: 200, text: "" }, false, "not sent: the server ask"],
  [
    { request: asked, isSent: true },
    { status: 200, text: "" },
    true,
    "sent, not rejected; the ser",
  ],
  ...[401, 403].map((status) =>
    [
      { request: asked, isSent: true },
      { status, text: "" },
      true,
      `sent, not rejected in the handshake; status ${status} may be about it; the server asked`,
    ] as const
  ),
  [
    { request: asked, isSent: true },
    { status: 400, text: "400 The SSL certificate error" },
    false,
    "sent, and rejected over HTTP: the server asked for one, of CN=a",
  ],
];

testExceptOn(NO_COMMANDS, "the verdict on a certificate, by the handshake and the answer", () => {
  for (const [handshake, answer, isGood, start] of VERDICTS) {
    const verdict = judgeCertificate({ chain: [], ...handshake }, undefined, answer);
    assertEquals(verdict.isGood, isGood, start);
    assertEquals(verdict.text.slice(0, start.length), start);
  }
  const late = { isAskedLate: true, isSent: true } as Parameters<typeof judgeCertificate>[1];
  for (const [status, isGood] of [[200, true], [401, false], [403, false]] as const) {
    const verdict = judgeCertificate({ chain: [], request: null }, late, { status, text: "" });
    assertEquals([verdict.isGood, verdict.text], [
      isGood,
      "asked for only after the request (TLS 1.2 renegotiation), and sent then, which Deno does " +
      "not support; ask the operator to ask in the handshake",
    ]);
  }
  const after = { status: 403, text: "Post-Handshake Authentication required" };
  assertEquals(
    judgeCertificate({ chain: [], request: null }, undefined, after).text,
    "not sent: the server did not ask for one in the handshake, but after the request (TLS 1.3 " +
      "post-handshake authentication), which no runtime supports; ask the operator to ask in the " +
      "handshake, or to allow only TLS 1.2 there",
  );
});

testExceptOn(NO_COMMANDS, "options in messages, and widths of coloured texts", () => {
  assertStringIncludes(describeError(new Error("extraCa must be bytes")), "--ca must be bytes");
  assertStringIncludes(describeError(new Error("`extraCa` must be")), "--ca must be");
  // 7 columns, with the escape sequences of colours around them.
  assertEquals(wrapLine("\x1b[31mone two\x1b[39m", 7), "\x1b[31mone two\x1b[39m");
});

testExceptOn(NO_COMMANDS, "the program's name is the command that started it", () => {
  const name = (entry: string | undefined, env: Record<string, string> = {}) =>
    programName(entry, { env, argv: [] });
  if (process.env.MC_MTLS_BUILT === undefined) {
    assert(name(undefined).endsWith("lib/cli/main.ts"), name(undefined));
  }
  const jsr = "https://jsr.io/@acme/mc-mtls/0.1.0/lib/cli/main.ts";
  assertEquals(name(jsr), "deno run -A jsr:@acme/mc-mtls/cli");
  assertEquals(name(jsr, { npm_command: "exec" }), "npx deno run -A jsr:@acme/mc-mtls/cli");
  const installed = { node: "npx @acme/mc-mtls", deno: "deno run -A npm:@acme/mc-mtls" };
  const expected = runtime === "bun" ? "bunx --bun @acme/mc-mtls" : installed[runtime as "node"];
  for (const entry of ["file:///a/node_modules/b/main.ts", "file:///a/lib/cli/main.js"]) {
    assertEquals(name(entry), expected, entry);
  }
});

testExceptOn(NO_COMMANDS, "only a rejected certificate is inspected", async () => {
  const credentials = { cert: text("client.pem"), key: text("client.pkcs8.key") };
  const read = (ReasonCode: string) => {
    const error = { Source: "Gateway", ReasonCode, Description: "a", Recoverable: false };
    const body = JSON.stringify({ Errors: { Error: [error] } });
    const url = new URL("https://api.example/");
    return readRefusal(new Response(body, { status: 422 }), credentials, url);
  };
  const [rejected, declined] = [await read("INVALID_CLIENT_CERT"), await read("DECLINED")];
  assertEquals([rejected.isCertificate, declined.isCertificate], [true, false]);
  assertStringIncludes(rejected.lines.join("\n"), "About the client certificate CN=client");
  assert(!declined.lines.join("\n").includes("About the client certificate"));
});

/** Writes a certificate with this subject and issuer. The bits of its key usage are optional. */
function certificate(subject: string, issuer: string, usage?: number) {
  const parts: CertificateParts = {
    publicKeyInfo: readPublicKeyInfo("client.pem"),
    subject: writeName(subject),
    issuer: writeName(issuer),
    extensions: usage === undefined ? [] : [writeKeyUsage(usage)],
  };
  return readCertificate(writeCertificate(parts), "the certificate");
}

/** The bits of digitalSignature and keyCertSign (RFC 5280, section 4.2.1.3). */
const [SIGN, CERT_SIGN] = [0x80, 0x04];

testExceptOn(NO_COMMANDS, "which certificates are CAs", async () => {
  const root = certificate("root", "root");
  assertEquals(await areCas([]), false);
  assertEquals(await areCas([certificate("a", "root", CERT_SIGN)]), true);
  assertEquals(await areCas([root]), true); // a root without a key usage, as before 1999
  assertEquals(await areCas([certificate("root", "root", SIGN)]), false);
  assertEquals(await areCas([certificate("a", "root")]), false);
  assertEquals(await areCas([certificate("a", "root", SIGN)]), false);
  assertEquals(await areCas([root, certificate("a", "root")]), false);
  // It issued another one of them, and nothing says that it must not.
  const issuing = certificate("issuing", "root");
  assertEquals(await areCas([issuing, certificate("b", "issuing", CERT_SIGN)]), true);
});

testExceptOn(NO_COMMANDS, "the reports of requests and of CAs", async () => {
  const { csr } = await createCsr({ commonName: "a", organization: "b" }, { keyType: "EC P-256" });
  const report = await inspectRequest(readPem(csr, "the request")[0]!.bytes);
  assertStringIncludes(report.text, "Request for  CN=a, O=b\n");
  assertStringIncludes(report.text, "\nKey          EC P-256\n");
  assertEquals(report.hasProblem, false);
  const ca = readCertificate(readPem(text("ca.pem"), "the CA")[0]!.bytes, "the CA");
  const now = await inspectCas([ca], new Date());
  assertEquals([now.hasProblem, now.text.endsWith("No problems.")], [false, true]);
  const later = await inspectCas([ca], new Date("2200-01-01"));
  assertEquals(later.hasProblem, true);
  assertStringIncludes(later.text, "Problem: 1 of them not valid now.");
  const client = await inspectCredentials({
    cert: text("client.pem"),
    key: text("client.pkcs8.key"),
  });
  const rows = formatReport(client, undefined, new Date()).split("\n").map((line) =>
    line.split("  ")[0]
  );
  for (const row of ["Key", "Signature", "Key usage", "Purpose", "Names", "For"]) {
    assert(rows.includes(row), row);
  }
});

testExceptOn(NO_COMMANDS, "options say what they do not do", () => {
  const url = "https://api.example/";
  const refused = (option: string) => runCommand(2, ["fetch", url, option, "1"]).stderr;
  assertStringIncludes(refused("--connect-timeout"), "-m, --max-time SECONDS limits the whole");
  assertStringIncludes(refused("--remote-header-name"), "name the file with -o FILE");
  const { stderr } = runCommand(2, ["sandbox", "--behavior", "nonsense"]);
  assertStringIncludes(stderr, "--behavior must be one of gateway, ");
  const help = runCommand(0, ["sandbox", "--port", "1", "--help"]).stdout;
  assertStringIncludes(help, "sandbox --port 8443 --dir sandbox");
  const common = ["csr", "--common-name", "a", "--organization", "b", "--key-type", "EC P-256"];
  const note = "--days has no effect: the CA decides how long the certificate is valid";
  const first = runCommand(0, [...common, "-o", filePath("first")]).stdout;
  const second = runCommand(0, [...common, "-o", filePath("second"), "--days", "30"]).stdout;
  assertEquals([first.includes(note), second.includes(note)], [false, true]);
});

testExceptOn(NO_COMMANDS, "the iterations of a new .p12 are those that were asked for", () => {
  const from = [fixturePath("openssl3.p12"), "-o", filePath("new.p12")];
  const env = { ...PASSPHRASE, MC_MTLS_NEW_PASSPHRASE: "changeit" };
  const { stderr } = runCommand(2, ["convert", ...from, "--iterations", "10"], env);
  assertStringIncludes(stderr, "--iterations must be");
});

testExceptOn(NO_COMMANDS, "inspect --json says what a chain was verified with", () => {
  const args = ["inspect", fixturePath("client.pem"), "--key", fixturePath("client.pkcs8.key")];
  const { stdout } = runCommand(0, [...args, "--ca", fixturePath("ca.pem"), "--json"]);
  const { verification } = JSON.parse(stdout);
  assertEquals(verification.path.at(-1).includes("CN="), true);
});

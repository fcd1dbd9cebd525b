/** Tests `inspect` of requests, CAs and chains, and the way from a request to a `.p12`. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { certificatePem, issue, type Issued, keyPem } from "../../lib/sandbox/pki.ts";
import {
  filePath,
  fixturePath,
  NO_COMMANDS,
  ON_TERMINAL,
  PASSPHRASE,
  ROOT,
  runAtTerminal,
  runCommand,
  START,
} from "../support/command_line.ts";
import { runtime, testExceptOn } from "../support/context.ts";

const HAS_OPENSSL = runtime !== "workerd" && spawnSync("openssl", ["version"]).status === 0;
const NO_OPENSSL = {
  ...NO_COMMANDS,
  ...!HAS_OPENSSL && { [runtime]: "openssl is not installed" },
};

const FOR_OTHERS = ["--url", "https://api.example"];

testExceptOn(NO_OPENSSL, "a request for any CA has the names that OpenSSL sees", () => {
  const output = filePath("payments");
  const names = ["payments.example", "*.example.org", "192.0.2.1", "2001:db8::1", "a@b.example"];
  const others = ["URI:spiffe://trust/service", "DNS:münchen.example", "https://a.example/x"];
  const sans = [...names, ...others].flatMap((name) => ["--san", name]);
  const args = ["csr", "--common-name", "www.payments.example", "-o", output, "--key-type"];
  const { stdout } = runCommand(0, [...args, "EC P-256", ...sans, "--days", "30"]);
  assertStringIncludes(stdout, "send it to your CA");
  assertStringIncludes(stdout, "--days has no effect: the CA decides");
  const { stdout: text } = spawnSync("openssl", [
    ...["req", "-in", `${output}.csr`, "-noout", "-text", "-verify"],
  ], { encoding: "utf8" });
  assertMatch(text, /Subject: CN ?= ?www\.payments\.example\n/);
  assertStringIncludes(
    text,
    "DNS:payments.example, DNS:*.example.org, IP Address:192.0.2.1, " +
      "IP Address:2001:DB8:0:0:0:0:0:1, email:a@b.example, URI:spiffe://trust/service, " +
      "DNS:xn--mnchen-3ya.example, URI:https://a.example/x",
  );
  const inspected = runCommand(0, ["inspect", `${output}.csr`]).stdout;
  assertMatch(inspected, /^Request for +CN=www\.payments\.example$/m);
  assertMatch(inspected, /^Names +DNS:payments\.example, DNS:\*\.example\.org, IP:192\.0\.2\.1, /m);
  assertStringIncludes(inspected, "No problems.");
  for (const name of ["a b", "-", "a..b", "256.1.1.1", "DNS:", "IP:x", "x@", "a\u0001b"]) {
    const { stderr } = runCommand(2, [...args, "EC P-256", "--san", name, "--force"]);
    assertStringIncludes(stderr, "--san must be hosts, IP addresses");
  }
});

testExceptOn(
  NO_OPENSSL,
  "a request becomes a .p12 in one line, with OpenSSL as the CA",
  async () => {
    if (process.platform === "win32") return;
    const ca = await issue({ commonName: "Our CA", use: "ca" });
    const [cert, key] = [
      filePath("our.pem", certificatePem(ca)),
      filePath("our.key", await keyPem(ca)),
    ];
    const [name, p12] = [filePath("me"), filePath("me.p12")];
    const program = [process.execPath, ...START].map((word) => `'${word}'`).join(" ");
    const script = `${program} csr --common-name me --key-type 'EC P-256' -o ${name} --print |
    openssl x509 -req -CA ${cert} -CAkey ${key} -days 300 |
    ${program} convert - --key ${name}.key -o ${p12} --iterations 2048`;
    const env = { ...process.env, MC_MTLS_NEW_PASSPHRASE: "changeit" };
    const { status, stderr } = spawnSync("sh", ["-c", script], {
      cwd: ROOT,
      encoding: "utf8",
      env,
    });
    assertEquals(status, 0, stderr);
    const { stdout } = runCommand(0, ["inspect", p12, "--ca", cert, ...FOR_OTHERS], PASSPHRASE);
    assertMatch(stdout, /^Subject +CN=me$/m);
    assertMatch(stdout, /^Verified by +CN=Our CA$/m);
  },
);

testExceptOn(
  NO_COMMANDS,
  "inspect reads requests and CA certificates, and names what is wrong",
  () => {
    const request = runCommand(0, ["inspect", fixturePath("request.pem")]).stdout;
    assertMatch(request, /^Request for +CN=client, O=mc-mtls$/m);
    const json = JSON.parse(
      runCommand(0, ["inspect", fixturePath("request.pem"), "--json"]).stdout,
    );
    assertEquals([json.request.keyType, json.request.isSigned], ["RSA 2048", true]);
    // One changed byte in the signature, at the end of the request.
    const pem = readFileSync(fixturePath("request.pem"), "utf8");
    const at = pem.indexOf("\n-----END") - 8;
    const changed = pem.slice(0, at) + (pem[at] === "A" ? "B" : "A") + pem.slice(at + 1);
    const forged = runCommand(1, ["inspect", filePath("forged.csr", changed)]).stdout;
    assertStringIncludes(forged, "Problem: the key of the request did not make its signature.");
    const broken = runCommand(3, [
      "inspect",
      filePath("broken.csr", pem.replace(/MII..../, "MIIBBBBB")),
    ]);
    assertMatch(broken.stderr, /^Cannot (open|read) /);

    const bundle = filePath(
      "bundle.pem",
      readFileSync(fixturePath("ca.pem"), "utf8") +
        readFileSync(fixturePath("issuing.pem"), "utf8"),
    );
    const { stdout } = runCommand(0, ["inspect", bundle]);
    assertMatch(stdout, /^2 CA certificates$/m);
    assertMatch(stdout, /^Issuer +itself \(a root\)$/m);
    assertMatch(runCommand(0, ["inspect", "-"], {}, readFileSync(bundle)).stdout, /^2 CA/m);
    assertEquals(
      JSON.parse(runCommand(0, ["inspect", bundle, "--json"]).stdout).certificates.length,
      2,
    );
  },
);

testExceptOn(NO_COMMANDS, "inspect --ca verifies a chain", async () => {
  const DAY = 24 * 60 * 60 * 1000;
  const root = await issue({ commonName: "Root", use: "ca" });
  const sub = await issue({ commonName: "Sub", use: "ca" }, root);
  const old = { notBefore: new Date(Date.now() - 9 * DAY), notAfter: new Date(Date.now() - DAY) };
  const oldSub = await issue({ commonName: "Old sub", use: "ca", ...old }, root);
  const namesake = await issue({ commonName: "Root", use: "ca" });
  const leafOf = (issuer: Issued) => issue({ commonName: "leaf", use: "client" }, issuer);
  const leaf = await leafOf(sub);
  const cas = filePath("root.pem", certificatePem(root));
  const others = filePath("namesake.pem", certificatePem(namesake));
  const verify = (code: number, ca: string, ...chain: Issued[]) => {
    const path = filePath("chain.pem", chain.map(certificatePem).join(""));
    return runCommand(code, ["inspect", path, "--ca", ca, ...FOR_OTHERS]).stdout;
  };
  assertMatch(verify(0, cas, leaf, sub), /^Verified by +CN=Root$/m);
  for (
    const [ca, chain, problem] of [
      [cas, [leaf], "the issuer of CN=leaf, CN=Sub, is neither in the file nor among the CAs"],
      [others, [leaf, sub], "the signature of CN=Sub is not one of the key of CN=Root"],
      [filePath("sub.pem", certificatePem(sub)), [leaf], "the issuer of CN=Sub, CN=Root, is"],
      [cas, [await leafOf(oldSub), oldSub], "CN=Old sub expired on "],
      [cas, [await leafOf(leaf), leaf, sub], "CN=leaf is not a CA"],
    ] as const
  ) {
    assertStringIncludes(verify(1, ca, ...chain), `untrusted_chain`);
    assertStringIncludes(verify(1, ca, ...chain), problem);
  }
});

testExceptOn(ON_TERMINAL, "inspect has colours and a bar at a terminal, at any width", async () => {
  const mastercard = ["--url", "https://services.mastercard.com"];
  const args = ["inspect", fixturePath("openssl3.p12"), ...mastercard];
  const colours = { ...PASSPHRASE, NO_COLOR: "" };
  const wide = await runAtTerminal(args, colours, undefined, { code: 1 });
  assertMatch(wide, /\r\nTime used +\[-{20}\] 0 %\r\n/);
  assertStringIncludes(wide, "\x1b[33munaccepted_issuer\x1b[0m");
  const narrow = await runAtTerminal(args, { ...PASSPHRASE, NO_COLOR: "1" }, undefined, {
    columns: 40,
  });
  assert(!narrow.includes("\x1b["), narrow);
  for (const line of narrow.split("\r\n")) {
    const [longest = ""] = line.split(" ").sort((a, b) => b.length - a.length);
    assert(line.length <= 40 || longest.length > 20, line); // a fingerprint cannot be broken
  }
  assert(!runCommand(1, args, { ...PASSPHRASE, NO_COLOR: "" }).stdout.includes("\x1b"));
});

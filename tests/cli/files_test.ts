/** Tests of the commands about files: inspect, csr and convert. */
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import process from "node:process";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  filePath,
  fixturePath,
  NO_COMMANDS,
  PASSPHRASE,
  PROGRAM,
  runCommand,
} from "../support/command_line.ts";
import { fixture, testExceptOn } from "../support/context.ts";

testExceptOn(NO_COMMANDS, "inspect prints a table, and exits with 1 if there is a problem", () => {
  const path = fixturePath("openssl3.p12");
  const { stdout } = runCommand(0, ["inspect", path, "--url", "https://api.example"], PASSPHRASE);
  assertMatch(stdout, /^Subject +CN=client, O=mc-mtls$/m);
  assertMatch(stdout, /^Chain +CN=mc-mtls test issuing CA\n +CN=mc-mtls test CA$/m);
  assertMatch(stdout, /^No problems\.$/m);
  const mastercard = ["--url", "https://services.mastercard.com"];
  const problem = runCommand(1, ["inspect", path, ...mastercard], PASSPHRASE);
  assertMatch(problem.stdout, /^ {2}unaccepted_issuer +its issuer CN=mc-mtls test issuing CA/m);
});

testExceptOn(
  NO_COMMANDS,
  "commands read files in other shapes, and report what they do not read",
  () => {
    const [cert = "", key = ""] = ["client.pem", "client.pkcs8.key"].map((name) =>
      new TextDecoder().decode(fixture(name))
    );
    const secret = Buffer.from(cert + key).toString("base64");
    const encoded = Buffer.from(fixture("openssl3.p12")).toString("base64");
    const line = (cert + key).replaceAll("\n", "\\n");
    const urls = ["--url", "https://api.example"];
    for (const contents of [secret, encoded, `TLS="${line}"\n`, JSON.stringify({ cert, key })]) {
      const args = ["inspect", filePath("shape.txt", contents), ...urls];
      const { stdout } = runCommand(0, args, PASSPHRASE);
      assert(stdout.includes("No problems."), stdout);
    }
    const comment = `${cert}${key}# -----BEGIN CERTIFICATE-----\n`;
    const { stdout } = runCommand(1, ["inspect", filePath("comment.pem", comment), ...urls]);
    assert(
      /unread_part +a part of its file is not understood: the BEGIN CERTIFICATE/.test(stdout),
      stdout,
    );
    const bks = filePath("client.bks", fixture("foreign/ec.bks"));
    const { stderr } = runCommand(3, ["inspect", bks], PASSPHRASE);
    assert(stderr.includes("Bouncy Castle keystore (BKS)"), stderr);
    assert(stderr.includes("-srcstoretype BKS"), stderr);
  },
);

testExceptOn(NO_COMMANDS, "inspect --json prints JSON", () => {
  const args = ["inspect", fixturePath("weak.pem"), "--key", fixturePath("weak.key"), "--json"];
  const report = JSON.parse(runCommand(1, args).stdout);
  assertEquals(report.leaf.keyType, "RSA 1024");
  assertEquals(report.problems[0].code, "no_client_auth");
  assertMatch(report.leaf.notAfter, /^\d{4}-\d\d-\d\dT/);
});

testExceptOn(NO_COMMANDS, "a passphrase comes from a file or the environment", () => {
  const path = fixturePath("openssl3.p12");
  const inspect = ["inspect", path, "--url", "https://api.example"];
  runCommand(0, [...inspect, "--passphrase-file", filePath("passphrase", "changeit\n")]);
  const none = runCommand(3, inspect);
  assertEquals(
    none.stderr,
    "Cannot open the PKCS#12 file: it is protected with a passphrase and none was given; " +
      "name a file that holds it with --passphrase-file, or set MC_MTLS_PASSPHRASE\n",
  );
  const wrong = runCommand(3, inspect, { MC_MTLS_PASSPHRASE: "hunter2" });
  assertStringIncludes(wrong.stderr, "does not open it");
  assert(!wrong.stderr.includes("hunter2") && !wrong.stderr.includes("    at "), wrong.stderr);
  const missing = filePath("nothing.p12");
  const { stderr } = runCommand(3, ["inspect", missing]);
  assertEquals(stderr, `Cannot read ${missing}: there is no such file\n`);
});

testExceptOn(
  NO_COMMANDS,
  "csr writes a request and a key, and protects the key",
  () => {
    const output = filePath("new");
    const csr = [
      "csr",
      "--organization",
      "Acme",
      "--organizational-unit",
      "Payments",
      "-o",
      output,
    ];
    const { stdout } = runCommand(0, [
      ...csr,
      "--environment",
      "sandbox",
      "--key-type",
      "EC P-256",
    ]);
    assertStringIncludes(stdout, `${PROGRAM} convert CERTIFICATE.pem --key ${output}.key`);
    assertMatch(readFileSync(`${output}.csr`, "utf8"), /^-----BEGIN CERTIFICATE REQUEST-----\n/);
    const key = readFileSync(`${output}.key`, "utf8");
    assertMatch(key, /^-----BEGIN PRIVATE KEY-----\n/);
    if (process.platform !== "win32") assertEquals(statSync(`${output}.key`).mode & 0o777, 0o600);

    const again = runCommand(3, [...csr, "--common-name", "acme", "--key-type", "EC P-256"]);
    assertStringIncludes(
      again.stderr,
      `${output}.key already exists; choose another name or pass --force\n`,
    );
    // Neither file is written if one of them exists: the two would not be a pair.
    for (const [missing, kept] of [["key", "csr"], ["csr", "key"]]) {
      const half = filePath(`half-${missing}`);
      writeFileSync(`${half}.${kept}`, "kept");
      const args = ["csr", "--common-name", "acme", "--key-type", "EC P-256", "-o", half];
      assertStringIncludes(runCommand(3, args).stderr, `${half}.${kept} already exists;`);
      assert(!existsSync(`${half}.${missing}`));
      assertEquals(readFileSync(`${half}.${kept}`, "utf8"), "kept");
    }
    // A key that others could read becomes one that only its owner can read.
    chmodSync(`${output}.key`, 0o644);
    assertEquals(readFileSync(`${output}.key`, "utf8"), key);
    runCommand(0, [...csr, "--common-name", "acme", "--key-type", "EC P-256", "--force"]);
    assert(readFileSync(`${output}.key`, "utf8") !== key);
    if (process.platform !== "win32") assertEquals(statSync(`${output}.key`).mode & 0o777, 0o600);

    assertStringIncludes(
      runCommand(2, csr).stderr,
      "Missing option: --common-name NAME, or --environment for Mastercard\n",
    );
    assertStringIncludes(
      runCommand(2, ["csr", "--environment", "test"]).stderr,
      "--environment must be sandbox or production\n",
    );
    assertStringIncludes(
      runCommand(2, ["csr", "--environment", "sandbox"]).stderr,
      "Missing option: --organization NAME, --organizational-unit NAME\n",
    );
    const url = runCommand(2, [...csr, "--common-name", "https://acme.example"]);
    assertStringIncludes(url.stderr, "--common-name must not be a URL");
  },
);

testExceptOn(NO_COMMANDS, "convert writes each format from each other one", () => {
  const [pem, p12, crt, key] = ["all.pem", "new.p12", "only.crt", "only.key"].map((name) =>
    filePath(name)
  );
  const old = fixturePath("openssl-legacy.p12");
  runCommand(0, ["convert", old, "-o", pem!], PASSPHRASE);
  assertEquals(readFileSync(pem!, "utf8").match(/-----BEGIN [A-Z ]+/g), [
    "-----BEGIN CERTIFICATE",
    "-----BEGIN CERTIFICATE",
    "-----BEGIN CERTIFICATE",
    "-----BEGIN PRIVATE KEY",
  ]);
  const NEW = { MC_MTLS_NEW_PASSPHRASE: "another" };
  runCommand(
    0,
    ["convert", pem!, "-o", p12!, "--iterations", "2048", "--friendly-name", "acme"],
    NEW,
  );
  const inspect = ["inspect", p12!, "--alias", "acme", "--url", "https://api.example"];
  runCommand(0, inspect, { MC_MTLS_PASSPHRASE: "another" });
  runCommand(0, ["convert", p12!, "-o", crt!], { MC_MTLS_PASSPHRASE: "another" });
  runCommand(0, ["convert", p12!, "-o", key!], { MC_MTLS_PASSPHRASE: "another" });
  assertEquals(readFileSync(crt!, "utf8") + readFileSync(key!, "utf8"), readFileSync(pem!, "utf8"));

  assertStringIncludes(
    runCommand(3, ["convert", pem!, "-o", p12!], NEW).stderr,
    "new.p12 already exists; choose",
  );
  assertStringIncludes(runCommand(2, ["convert", pem!, "-o", "x.txt"]).stderr, "--output must end");
  const silent = runCommand(2, ["convert", pem!, "-o", filePath("x.p12")]);
  assertStringIncludes(silent.stderr, "MC_MTLS_NEW_PASSPHRASE");
  assert(!existsSync(filePath("x.p12")));
});

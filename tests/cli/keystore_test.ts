/** The commands with a Java keystore. */
import { readFileSync } from "node:fs";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { loadIdentity } from "../../lib/identity/identity.ts";
import {
  filePath,
  fixturePath,
  NO_COMMANDS,
  PASSPHRASE,
  runCommand,
} from "../support/command_line.ts";
import { fixture, testExceptOn } from "../support/context.ts";

const two = fixturePath("jks/two.jks");
const URL = ["--url", "https://api.example"];

testExceptOn(NO_COMMANDS, "inspect and convert open a Java keystore", async () => {
  const { stdout } = runCommand(0, ["inspect", two, "--alias", "client", ...URL], PASSPHRASE);
  assertStringIncludes(stdout, "CN=client, O=mc-mtls");
  const out = filePath("from-keystore.pem");
  runCommand(0, ["convert", fixturePath("jks/rsa.jceks"), "-o", out], PASSPHRASE);
  const source = { pfx: fixture("jks/rsa.jceks"), passphrase: "changeit" };
  const { cert, key } = await loadIdentity(source);
  assertEquals(readFileSync(out, "utf8"), cert + key);
});

testExceptOn(NO_COMMANDS, "a key with its own passphrase needs --key-passphrase-file", () => {
  const inspect = ["inspect", two, "--alias", "ec", ...URL];
  const file = filePath("key-passphrase", "otherpass\n");
  const { stdout } = runCommand(0, [...inspect, "--key-passphrase-file", file], PASSPHRASE);
  assertStringIncludes(stdout, "CN=client on P-256, O=mc-mtls");
  runCommand(0, inspect, { ...PASSPHRASE, MC_MTLS_KEY_PASSPHRASE: "otherpass" });
  const wrong = runCommand(3, inspect, PASSPHRASE);
  assertStringIncludes(wrong.stderr, "another passphrase, which is passed with --key-passphrase-");
  assertStringIncludes(runCommand(3, inspect).stderr, "none was given; name a file that holds it");
});

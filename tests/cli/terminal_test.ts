/** Tests of the command line at a terminal: questions and progress. */
import { existsSync, readFileSync } from "node:fs";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  filePath,
  fixturePath,
  ON_TERMINAL,
  runAtTerminal,
  runCommand,
  SANDBOX_PASSPHRASE,
  sandboxOptions,
} from "../support/command_line.ts";
import { server, testExceptOn } from "../support/context.ts";

testExceptOn(
  ON_TERMINAL,
  "a command at a terminal asks for a passphrase, and does not show it",
  async () => {
    const args = ["inspect", fixturePath("openssl3.p12"), "--url", "https://api.example"];
    // The first answer is wrong. The second one erases a whole line, then a single character.
    const answers = ["hunter2\r", "nonsense\x15changeitt\x7f\r"];
    let asked = 0;
    const output = await runAtTerminal(args, {}, (output) => {
      const prompts = output.match(/Passphrase of .*: /g)?.length ?? 0;
      return prompts > asked ? answers[asked++] ?? "\x03" : undefined;
    });
    assertStringIncludes(output, "No problems.");
    assertEquals(asked, 2);
    for (const secret of ["hunter2", "nonsense", "changeit"]) {
      assert(!output.includes(secret), output);
    }
  },
);

testExceptOn(ON_TERMINAL, "convert asks twice for the passphrase of a new file", async () => {
  const path = filePath("asked.p12");
  const args = ["convert", fixturePath("bundle.pem"), "-o", path, "--iterations", "2048"];
  const convert = async (...answers: string[]) => {
    let asked = 0;
    return await runAtTerminal(args, {}, (output) => {
      const prompts = output.match(/(new file|Repeat the passphrase): /g)?.length ?? 0;
      return prompts > asked ? answers[asked++] ?? "\x03" : undefined;
    });
  };
  assertStringIncludes(await convert("one\r", "two\r"), "The two passphrases differ");
  assert(!existsSync(path));
  assertStringIncludes(await convert("one\r", "one\r"), "Wrote ");
  const inspect = ["inspect", path, "--url", "https://api.example"];
  runCommand(0, inspect, { MC_MTLS_PASSPHRASE: "one" });
});

testExceptOn(ON_TERMINAL, "a long download shows its progress", async () => {
  const path = filePath("begin");
  const args = ["fetch", `${server.origin}/begin`, "-o", path, ...sandboxOptions()];
  let interrupted = false;
  const output = await runAtTerminal(args, SANDBOX_PASSPHRASE, (output) => {
    if (!output.includes("B/s") || interrupted) return undefined;
    interrupted = true;
    return "\x03";
  });
  assertStringIncludes(output, "\r\x1b[K13 B, ");
  assertEquals(readFileSync(path, "utf8"), "the beginning");
});

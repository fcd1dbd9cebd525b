/** Tests of the command line at a terminal: questions and progress. */
import { existsSync, readdirSync } from "node:fs";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  directory,
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
    const wrong = output.indexOf("Wrong passphrase. Try again.");
    assert(output.indexOf("Passphrase of") < wrong && wrong < output.lastIndexOf("Passphrase of"));
    for (const secret of ["hunter2", "nonsense", "changeit"]) {
      assert(!output.includes(secret), output);
    }
  },
);

testExceptOn(ON_TERMINAL, "Ctrl+C at a question ends the program with 130", async () => {
  const args = ["inspect", fixturePath("openssl3.p12")];
  let asked = 0;
  const answer = (output: string) =>
    /Passphrase of .*: $/.test(output) && asked++ === 0 ? "secret\x03" : undefined;
  const output = await runAtTerminal(args, {}, answer, { code: 130 });
  assert(asked > 0 && !output.includes("secret"), output);
});

testExceptOn(ON_TERMINAL, "a wrong passphrase is asked for three times", async () => {
  const args = ["inspect", fixturePath("openssl3.p12")];
  let asked = 0;
  const answer = (output: string) => {
    const prompts = output.match(/Passphrase of .*: /g)?.length ?? 0;
    return prompts > asked ? `wrong${asked++}\r` : undefined;
  };
  const output = await runAtTerminal(args, {}, answer, { code: 3 });
  assertEquals([asked, output.match(/Try again/g)?.length], [3, 2]);
});

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
  // Half of a body never has the name of the whole one, and nothing of it stays.
  assert(!existsSync(path));
  assertEquals(readdirSync(directory).filter((name) => name.includes("begin")), []);
});

testExceptOn(ON_TERMINAL, "a body cannot control the terminal", async () => {
  const args = ["fetch", `${server.origin}/mirror`, ...sandboxOptions(), "--data-binary"];
  const text = filePath("controls", "one\x1b[2J\x07\r\ntwo\u009b3\u202e\r\n\tthree");
  const shown = await runAtTerminal([...args, `@${text}`], SANDBOX_PASSPHRASE, undefined, {
    code: 0,
  });
  assertEquals(shown, "one\ufffd[2J\ufffd\r\ntwo\ufffd3\ufffd\r\n\tthree");
  const binary = filePath("nul", "a\0b");
  const rejected = await runAtTerminal([...args, `@${binary}`], SANDBOX_PASSPHRASE, undefined, {
    code: 3,
  });
  assertStringIncludes(rejected, "save it with -o FILE, or print it with -o -");
  const raw = await runAtTerminal(
    [...args, `@${text}`, "-o", "-"],
    SANDBOX_PASSPHRASE,
    undefined,
    { code: 0 },
  );
  assertStringIncludes(raw, "one\x1b[2J\x07");
});

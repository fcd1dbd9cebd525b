/** Tests of the command line as a whole: help, usage errors, the sandbox, and its start. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { certificatePem, issue, keyPem } from "../../lib/sandbox/pki.ts";
import {
  directory,
  filePath,
  NO_COMMANDS,
  PROGRAM,
  ROOT,
  runCommand,
  SANDBOX_PASSPHRASE,
  START,
} from "../support/command_line.ts";
import { exceptOnWindows, runtime, testExceptOn } from "../support/context.ts";
import { sourceArguments } from "../support/programs.ts";

testExceptOn(NO_COMMANDS, "the command line shows its usage", () => {
  const { stdout } = runCommand(0, ["--help"]);
  for (const name of ["inspect", "csr", "convert", "fetch", "check", "sandbox"]) {
    assertMatch(stdout, new RegExp(`^  ${name} `, "m"));
    const help = runCommand(0, [name, "--help"]).stdout;
    assertStringIncludes(help, `Usage: ${PROGRAM} ${name} `);
    assertStringIncludes(help, `\nExample: ${PROGRAM} ${name} `);
    const lines = help.replaceAll(PROGRAM, "mc-mtls").split("\n");
    assert(lines.every((line) => line.length <= 100), name);
  }
  assertStringIncludes(stdout, "Exit codes");
  assertStringIncludes(runCommand(2, []).stderr, `Usage: ${PROGRAM} <command>`);
  assertStringIncludes(runCommand(2, ["toString"]).stderr, "Unknown command: toString\n");
  assertStringIncludes(runCommand(2, ["inspect"]).stderr, "Missing argument: FILE\n");
  const tooMany = runCommand(2, ["inspect", "a", "hunter2"]).stderr;
  assertStringIncludes(tooMany, "Too many arguments: expected FILE\n");
  assert(!tooMany.includes("hunter2"));
  const unknown = runCommand(2, ["inspect", "a", "--passphrase=hunter2"]).stderr;
  assertMatch(
    unknown,
    /^There is no option --passphrase: pass --passphrase-file FILE.*\n\nUsage: /,
  );
  assert(!unknown.includes("hunter2"));
  assertStringIncludes(runCommand(2, ["fecth"]).stderr, "did you mean fetch?");
  assertStringIncludes(runCommand(0, ["help", "csr"]).stdout, "--san NAME");
  assertMatch(
    runCommand(0, ["--version"]).stdout,
    /^mc-mtls \d+\.\d+\.\d+ \((Node|Deno|Bun) .+\)\n$/,
  );
});

const NO_SIGNALS = exceptOnWindows("a program cannot send SIGINT there, only end another");

testExceptOn({ ...NO_COMMANDS, ...NO_SIGNALS }, "the sandbox starts", async () => {
  if (runtime === "bun") {
    assertStringIncludes(runCommand(3, ["sandbox"]).stderr, "start it with Node or Deno");
    return;
  }
  const child = spawn(process.execPath, [...START, "sandbox"], { cwd: ROOT });
  let output = "";
  for await (const text of child.stdout.setEncoding("utf8")) {
    output += text;
    if (!output.includes("removes the files")) continue;
    assert(output.startsWith("Starting the sandbox: "), output);
    const [, url, files] = /at (\S+)\n[^]* in (\S+):\n/.exec(output)!;
    // The command that it prints is one that works, in a shell and without another variable.
    const [, printed] = /^Call it:\n {2}(.+)$/m.exec(output)!;
    assert(printed!.startsWith(`${PROGRAM} fetch ${url}/pets `), printed);
    const [, ...words] = printed!.slice(PROGRAM.length).split(" ");
    assertStringIncludes(runCommand(0, words).stdout, "Bella");
    const [port] = /\d+(?=\/)/.exec(url!)!;
    assertStringIncludes(
      runCommand(2, ["sandbox", "--port", port!]).stderr,
      `another program uses port ${port}; choose another port`,
    );
    const options = ["--cert", `${files}/client.p12`, "--ca", `${files}/ca.pem`];
    const { stdout } = runCommand(0, ["fetch", `${url}/pets/1`, ...options], SANDBOX_PASSPHRASE);
    assertEquals(JSON.parse(stdout).name, "Bella");
    const expired = ["--cert", `${files}/expired.p12`, "--ca", `${files}/ca.pem`];
    const refused = runCommand(1, ["fetch", `${url}/pets/1`, ...expired], SANDBOX_PASSPHRASE);
    assertStringIncludes(refused.stderr, "has expired");
    const ended = once(child, "exit");
    child.kill("SIGHUP"); // the terminal is closed
    const [code] = await ended;
    if (runtime !== "deno") assertEquals(code, 0); // Deno ends by the signal
    assert(!existsSync(files!));
    return;
  }
  assert(false, output);
});

testExceptOn(
  NO_COMMANDS,
  "control characters in a file do not reach the terminal",
  async () => {
    const issued = await issue({ commonName: "a\x1b[2Jb\nProblems: none\u202e", use: "client" });
    const path = filePath("escape.pem", certificatePem(issued) + await keyPem(issued));
    const { stdout } = runCommand(1, ["inspect", path]);
    assertStringIncludes(stdout, "CN=a\\u{1b}[2Jb\\u{a}Problems: none\\u{202e}\n");
    assert(!stdout.includes("\x1b"));
  },
);

const NO_LINKS = {
  ...NO_COMMANDS,
  deno: "it resolves imports from the folder of the link",
  ...exceptOnWindows("npx uses no links there, and they need a privilege"),
};

testExceptOn(NO_LINKS, "the command line starts through a link, as with npx", () => {
  const link = filePath("mc-mtls.ts");
  symlinkSync(join(ROOT, "lib/cli/main.ts"), link);
  const args = [...sourceArguments(link), "--help"];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: ROOT,
    encoding: "utf8",
  });
  assertEquals(status, 0, stderr);
  assertStringIncludes(stdout, "Usage: ");
});

const NO_SHELL = exceptOnWindows("node_modules/.bin holds programs for a shell there");

testExceptOn(
  { ...NO_COMMANDS, ...NO_SHELL },
  "no name of a bundle makes mod.ts start the command line",
  () => {
    const esbuild = join(ROOT, "node_modules", ".bin", "esbuild");
    for (const name of ["mod.js", "main.js", "app.mjs"]) {
      const outfile = filePath(name);
      const options = ["--bundle", "--format=esm", "--platform=node", `--outfile=${outfile}`];
      const built = spawnSync(esbuild, [...options, "--loader=ts", "--log-level=error"], {
        cwd: ROOT,
        input: `import { mcFetch } from "./mod.ts"; console.log(typeof mcFetch);`,
        encoding: "utf8",
      });
      assertEquals(built.status, 0, built.stderr);
      assert(!readFileSync(outfile, "utf8").includes("<command>"), "it holds the command line");
      const args = runtime === "deno" ? ["run", "--allow-all"] : [];
      const { status, stdout, stderr } = spawnSync(process.execPath, [...args, outfile, "--help"], {
        cwd: directory,
        encoding: "utf8",
      });
      assertEquals([status, stdout], [0, "function\n"], `${name}\n${stderr}`);
    }
  },
);

/** Runs the command line for the tests: with arguments, or at a terminal. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { assertEquals } from "@std/assert";
import { runtime, server } from "./context.ts";
import { programArguments } from "./programs.ts";

/** The reason to skip the tests of the command line. */
export const NO_COMMANDS = { workerd: "it starts no programs" };

/** The project's folder. */
export const ROOT: string = runtime === "workerd"
  ? ""
  : fileURLToPath(new URL("../..", import.meta.url));

/** The arguments that start the command line on this runtime. */
export const START: readonly string[] = programArguments("lib/cli/main.ts");

const PROGRAMS = {
  // `npm run test:package` runs the tests with the built package.
  node: process.env.MC_MTLS_BUILT ? "npx @acme/mc-mtls" : "npx tsx lib/cli/main.ts",
  deno: "deno run -A lib/cli/main.ts",
  bun: "bun lib/cli/main.ts",
  workerd: "",
};

/** The command that starts the program, as its help shows it. */
export const PROGRAM: string = PROGRAMS[runtime];

/** A folder for files. It is removed after the tests. */
export const directory: string = runtime === "workerd"
  ? ""
  : mkdtempSync(join(tmpdir(), "mc-mtls-cli-"));

function removeFiles(): void {
  if (directory !== "") rmSync(directory, { recursive: true, force: true });
}

// Bun loads this module once for several test files. Deno does not run `after` of node:test in a
// file
// with a skipped test.
if (runtime === "bun") process.once("exit", removeFiles);
else if (runtime === "deno") globalThis.addEventListener("unload", removeFiles);
else after(removeFiles);

/** Result of a command. */
interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command. Asserts the exit code, and shows the output if it differs. */
export function runCommand(
  code: number,
  args: readonly string[],
  env: Record<string, string> = {},
  input: string | Uint8Array = "",
): CommandResult {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...START, ...args], {
    cwd: ROOT,
    env: { ...process.env, NO_COLOR: "1", ...env },
    input,
    encoding: "utf8",
    timeout: 60_000,
  });
  assertEquals(status, code, `${args.join(" ")}\n${stdout}\n${stderr}`);
  return { code: status, stdout, stderr };
}

/** Returns the path of a fixture. */
export function fixturePath(name: string): string {
  return fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
}

/** Returns the path of a file in the folder, and writes the file if there are contents. */
export function filePath(name: string, contents?: string | Uint8Array): string {
  const path = join(directory, name);
  if (contents !== undefined) writeFileSync(path, contents);
  return path;
}

/** The environment with the passphrase of the fixtures. */
export const PASSPHRASE = { MC_MTLS_PASSPHRASE: "changeit" };

/** The environment with the passphrase of the sandbox's files. */
export const SANDBOX_PASSPHRASE = { MC_MTLS_PASSPHRASE: "keystorepassword" };

/** Returns the options that call the sandbox as an identity. */
export function sandboxOptions(identity = "client"): string[] {
  const { directory } = server;
  return ["--cert", `${directory}/${identity}.p12`, "--ca", `${directory}/ca.pem`];
}

const HAS_TERMINAL = runtime !== "workerd" && process.platform === "linux" &&
  spawnSync("script", ["--version"]).status === 0;
const NO_TERMINAL = "the program `script`, which makes a terminal, is not installed";

/** The reasons to skip the tests at a terminal. */
export const ON_TERMINAL: Partial<Record<typeof runtime, string>> = HAS_TERMINAL
  ? NO_COMMANDS
  : { ...NO_COMMANDS, node: NO_TERMINAL, deno: NO_TERMINAL, bun: NO_TERMINAL };

/** Runs a command at a terminal. Types what `answer` returns for the output so far. */
export async function runAtTerminal(
  args: readonly string[],
  env: Record<string, string> = {},
  answer: (output: string) => string | undefined = () => undefined,
  { columns = 100, code }: { readonly columns?: number; readonly code?: number } = {},
): Promise<string> {
  const words = [process.execPath, ...START, ...args].map((word) => `'${word}'`);
  const command = `stty cols ${columns} rows 24; ${words.join(" ")}`;
  const child = spawn("script", ["-qec", command, "/dev/null"], {
    cwd: ROOT,
    env: { ...process.env, TERM: "xterm", ...env },
  });
  const ended = once(child, "exit");
  let output = "";
  for await (const text of child.stdout.setEncoding("utf8")) {
    output += text;
    const typed = answer(output);
    if (typed !== undefined) child.stdin.write(typed);
  }
  const [exitCode] = await ended;
  if (code !== undefined) assertEquals(exitCode, code, `${args.join(" ")}\n${output}`);
  return output;
}

/** Finds the installed runtimes, and runs commands. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { findProgram } from "./find_program.ts";

/** The project's folder. */
export const ROOT: string = fileURLToPath(new URL("..", import.meta.url));

/** The folder of generated files. Git ignores it. */
export const CACHE: string = join(ROOT, ".cache");

/** Name of a runtime. */
export type RuntimeName = "Node" | "Deno" | "Bun" | "workerd";

/** Installed runtime. */
export interface Runtime {
  readonly name: RuntimeName;
  readonly version: string;
  /** The program that starts the runtime. */
  readonly command: string;
}

/** The flags with which each runtime runs a TypeScript file. workerd runs none. */
export const FILE_FLAGS: Readonly<Partial<Record<RuntimeName, readonly string[]>>> = {
  Node: ["--import", "tsx"],
  Deno: ["run", "--quiet", "--allow-all"],
  Bun: ["run"],
};

/** Result of a command. */
export interface Outcome {
  /** The exit code, or -1 if the command did not start or was killed. */
  readonly code: number;
  /** Standard output and standard error, in the order of arrival. */
  readonly output: string;
}

/** The time limit of a command, in milliseconds. */
const TIMEOUT = 10 * 60 * 1000;

/** Runs a command, with the development tools on its PATH. Default folder is the project's. */
export function run(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
  timeout: number = TIMEOUT,
  cwd: string = ROOT,
): Promise<Outcome> {
  const PATH = [join(ROOT, "node_modules", ".bin"), process.env.PATH].join(delimiter);
  const variables = { ...process.env, PATH, NO_COLOR: "1", ...env };
  const program = findProgram(command, args, variables.PATH.split(delimiter));
  const child = spawn(program.command, program.args, {
    cwd,
    env: variables,
    stdio: ["ignore", "pipe", "pipe"],
  });
  // The `timeout` of `spawn` keeps running if the program did not start.
  const timer = setTimeout(() => child.kill(), timeout);
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text) => output += text);
  child.stderr.setEncoding("utf8").on("data", (text) => output += text);
  const outcome = new Promise<Outcome>((resolve) => {
    child.once("error", (error) => resolve({ code: -1, output: `${error.message}\n` }));
    child.once("close", (code) => resolve({ code: code ?? -1, output }));
  });
  return outcome.finally(() => clearTimeout(timer));
}

/** Finds each runtime by its name; `undefined` if it is not installed. */
export async function findRuntimes(): Promise<Map<string, Runtime | undefined>> {
  return new Map([
    ["Node", await findRuntime("Node", process.execPath)],
    ["Deno", await findRuntime("Deno")],
    ["Bun", await findRuntime("Bun")],
    ["workerd", await findRuntime("workerd")],
  ]);
}

/** Asks a program for its version. Returns `undefined` if it does not print one. */
async function findRuntime(
  name: RuntimeName,
  command: string = name.toLowerCase(),
): Promise<Runtime | undefined> {
  const { code, output } = await run(command, ["--version"]);
  const version = /\d+[.-]\d+[.-]\d+/.exec(output)?.[0];
  return code === 0 && version !== undefined ? { name, version, command } : undefined;
}

/** The major versions of Node that the library supports. */
const NODE_VERSIONS = [20, 22, 24, 26];

/** Installs the supported versions of Node from npm, except the one that runs this script. */
export async function installNodes(): Promise<Map<string, Runtime | undefined>> {
  const majors = NODE_VERSIONS.filter((major) => !process.version.startsWith(`v${major}.`));
  const platform = process.platform === "win32" ? "win" : process.platform;
  // A separate folder: scripts would run the `node` of an installed package instead of Node.
  const folder = join(CACHE, "nodes");
  const found = new Map<string, Runtime | undefined>();
  for (const major of majors) {
    const prefix = join(folder, String(major));
    const name = `node-${platform}-${process.arch}`;
    const program = platform === "win" ? "node.exe" : "node";
    const command = join(prefix, "node_modules", name, "bin", program);
    if (!existsSync(command)) {
      const args = ["install", "--prefix", prefix, "--no-save", "--no-package-lock"];
      await run("npm", [...args, `${name}@${major}`]);
    }
    found.set(`Node ${major}`, await findRuntime("Node", command));
  }
  return found;
}

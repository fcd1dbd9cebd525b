/** The runtimes that are on this machine, and how a program is run on each. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder. */
export const ROOT: string = fileURLToPath(new URL("..", import.meta.url));

/** Where generated files go. Git ignores it. */
export const CACHE: string = join(ROOT, ".cache");

/** A runtime by its usual name. */
export type RuntimeName = "Node" | "Deno" | "Bun" | "workerd";

/** A runtime that is there. */
export interface Runtime {
  readonly name: RuntimeName;
  readonly version: string;
  /** The program to start. */
  readonly command: string;
}

/** How a command ended, and what it printed. */
export interface Outcome {
  /** The exit code; -1 where it could not be started or was killed. */
  readonly code: number;
  /** Standard output and standard error, as they came. */
  readonly output: string;
}

/** How long a command may take, in milliseconds, before it is killed. */
const TIMEOUT = 10 * 60 * 1000;

/** Runs a command, in the project's folder unless another is named, with the development tools on its PATH. */
export function run(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
  timeout: number = TIMEOUT,
  cwd: string = ROOT,
): Promise<Outcome> {
  const PATH = [join(ROOT, "node_modules", ".bin"), process.env.PATH].join(delimiter);
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, PATH, NO_COLOR: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  // Not spawn's own `timeout`, which goes on where the program could not be started.
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

/** Finds each runtime, by its name; `undefined` for one that is not here. */
export async function findRuntimes(): Promise<
  Map<string, Runtime | undefined>
> {
  return new Map([
    ["Node", await findRuntime("Node", process.execPath)],
    ["Deno", await findRuntime("Deno")],
    ["Bun", await findRuntime("Bun")],
    ["workerd", await findRuntime("workerd")],
  ]);
}

/** Asks a program for its version; `undefined` where it does not answer with one. */
async function findRuntime(
  name: RuntimeName,
  command: string = name.toLowerCase(),
): Promise<Runtime | undefined> {
  const { code, output } = await run(command, ["--version"]);
  const version = /\d+[.-]\d+[.-]\d+/.exec(output)?.[0];
  return code === 0 && version !== undefined ? { name, version, command } : undefined;
}

/** The Node versions that the module is for, by their first number. */
const NODE_VERSIONS = [20, 22, 24, 26];

/** Brings the Node versions that the module is for, besides the one that runs this, from npm. */
export async function bringNodes(): Promise<Map<string, Runtime | undefined>> {
  const majors = NODE_VERSIONS.filter((major) => !process.version.startsWith(`v${major}.`));
  const platform = process.platform === "win32" ? "win" : process.platform;
  // A folder of their own: where a package has a `node`, scripts would run that instead of Node.
  const folder = join(CACHE, "nodes");
  const found = new Map<string, Runtime | undefined>();
  for (const major of majors) {
    const prefix = join(folder, String(major));
    const command = join(prefix, "node_modules", `node-${platform}-${process.arch}`, "bin", "node");
    if (!existsSync(command)) {
      const name = `node-${platform}-${process.arch}@${major}`;
      await run("npm", ["install", "--prefix", prefix, "--no-save", "--no-package-lock", name]);
    }
    found.set(`Node ${major}`, await findRuntime("Node", command));
  }
  return found;
}

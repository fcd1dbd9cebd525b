/** Starts files of the project as programs, on the runtime of the tests. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { runtime } from "./context.ts";

/** The folder of the translated modules. On Node they start three times as fast as the sources. */
const { MC_MTLS_TRANSPILED } = process.env;

/** Options of a runtime for a program. */
type Flags = Partial<Record<typeof runtime, readonly string[]>>;

/** Returns the arguments that run the source of a file on this runtime. */
export function sourceArguments(path: string, flags: Flags = {}): string[] {
  const own = flags[runtime] ?? [];
  if (runtime === "node") return [...own, "--import", "tsx", path];
  if (runtime === "deno") return ["run", "--allow-all", "--no-check", "--quiet", ...own, path];
  return [...own, path];
}

/** Returns the arguments that run a file on this runtime, on Node the translated one. */
export function programArguments(path: string, flags: Flags = {}): string[] {
  if (runtime !== "node" || !MC_MTLS_TRANSPILED) return sourceArguments(path, flags);
  const translated = join(MC_MTLS_TRANSPILED, path.replace(/\.ts$/, ".js"));
  return [...flags.node ?? [], translated];
}

/** Runs a program, and returns what it prints. Rejects with its output if it fails. */
export function runProgram(
  args: readonly string[],
  { env = process.env, timeout = 60_000 }: {
    readonly env?: NodeJS.ProcessEnv;
    readonly timeout?: number;
  } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { env, timeout }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${stdout}${stderr}`.slice(0, 2000), { cause: error }));
      else resolve(stdout);
    });
  });
}

/**
 * Finds the command that starts this program, so that help and examples can show it.
 *
 * @module
 */
import { basename, dirname, relative, sep } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** The npm package holds JavaScript. Deno runs it from its cache, outside of any `node_modules`. */
const EXTENSION = import.meta.url.endsWith(".js") ? "js" : "ts";
const ENTRY = new URL(`./main.${EXTENSION}`, import.meta.url).href;

/** The name of the program in the npm package. */
const BIN = "mc-mtls";

/** Returns the command that starts this program from a clone, from JSR, or from npm. */
export function programName(
  entry: string = ENTRY,
  { env, argv }: Pick<typeof process, "env" | "argv"> = process,
): string {
  const isDeno = "Deno" in globalThis;
  const isBun = "Bun" in globalThis;
  // npx finds Deno and Bun in the project. Without it, the shell may not.
  const npx = env.npm_command === "exec" ? "npx " : "";
  if (entry.startsWith("https://jsr.io/")) return `${npx}deno run -A jsr:@acme/mc-mtls/cli`;
  const isInstalled = entry.includes("/node_modules/") || entry.endsWith(".js");
  if (!entry.startsWith("file:") || isInstalled) {
    if (isDeno) return `${npx}deno run -A npm:@acme/mc-mtls`;
    if (isBun) return "bunx --bun @acme/mc-mtls";
    // npm sets the variable in all that it starts, and only there.
    const [, started = ""] = argv;
    const isGlobal = basename(started) === BIN && basename(dirname(started)) !== ".bin" &&
      env.npm_config_user_agent === undefined;
    return isGlobal ? BIN : "npx @acme/mc-mtls";
  }
  const file = quote(relative(process.cwd(), fileURLToPath(entry)).replaceAll(sep, "/"));
  if (isDeno) return `${npx}deno run -A ${file}`;
  return isBun ? `${npx}bun ${file}` : `npx tsx ${file}`;
}

/** Quotes an argument of a shell if it has other characters than a path usually has. */
export function quote(argument: string): string {
  if (/^[\w@%+=:,./\\~-]+$/.test(argument)) return argument;
  return process.platform === "win32" ? `"${argument}"` : `'${argument.replaceAll("'", `'\\''`)}'`;
}

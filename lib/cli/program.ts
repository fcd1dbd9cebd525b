/**
 * The command that starts this program, as its user would type it again.
 *
 * @module
 */
import { relative } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const ENTRY = new URL("./main.ts", import.meta.url).href;

/** Returns a command that works where this program runs: a clone, JSR, or a package from npm. */
export function programName(entry: string = ENTRY): string {
  if (entry.startsWith("https://jsr.io/")) return "deno run -A jsr:@acme/mc-mtls/cli";
  const isDeno = "Deno" in globalThis;
  if (!entry.startsWith("file:") || entry.includes("/node_modules/")) {
    return isDeno ? "deno run -A npm:@acme/mc-mtls" : "npx @acme/mc-mtls";
  }
  const file = relative(process.cwd(), fileURLToPath(entry));
  if (isDeno) return `deno run -A ${file}`;
  return "Bun" in globalThis ? `bun ${file}` : `npx tsx ${file}`;
}

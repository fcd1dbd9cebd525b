/**
 * Finds the command that starts this program, so that help and examples can show it.
 *
 * @module
 */
import { relative } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const ENTRY = new URL("./main.ts", import.meta.url).href;

/** Returns the command that starts this program from a clone, from JSR, or from npm. */
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

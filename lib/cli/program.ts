/**
 * Finds the command that starts this program, so that help and examples can show it.
 *
 * @module
 */
import { relative, sep } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** The npm package holds JavaScript. Deno runs it from its cache, outside of any `node_modules`. */
const EXTENSION = import.meta.url.endsWith(".js") ? "js" : "ts";
const ENTRY = new URL(`./main.${EXTENSION}`, import.meta.url).href;

/** Returns the command that starts this program from a clone, from JSR, or from npm. */
export function programName(entry: string = ENTRY): string {
  if (entry.startsWith("https://jsr.io/")) return "deno run -A jsr:@acme/mc-mtls/cli";
  const isDeno = "Deno" in globalThis;
  const isInstalled = entry.includes("/node_modules/") || entry.endsWith(".js");
  if (!entry.startsWith("file:") || isInstalled) {
    return isDeno ? "deno run -A npm:@acme/mc-mtls" : "npx @acme/mc-mtls";
  }
  const file = relative(process.cwd(), fileURLToPath(entry)).replaceAll(sep, "/");
  if (isDeno) return `deno run -A ${file}`;
  return "Bun" in globalThis ? `bun ${file}` : `npx tsx ${file}`;
}

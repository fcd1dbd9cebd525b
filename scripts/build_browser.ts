/**
 * Builds the page of `examples/browser` into one HTML file, without a server and without other
 * files: `npm run build:browser`. The Content-Security-Policy names its script and its style by
 * their hashes.
 */
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { ROOT } from "./runtimes.ts";

const SOURCE = join(ROOT, "examples", "browser");

/** The browsers that have `light-dark()` and what the script uses. */
const TARGET = ["chrome123", "edge123", "firefox120", "safari17.5"];

/** Bundles a file for browsers. Nothing is external, so a `node:` import is an error. */
export async function bundleForBrowser(entry: string): Promise<string> {
  const { outputFiles: [output] } = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    alias: { "@acme/mc-mtls": join(ROOT, "mod.ts") },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: TARGET,
    legalComments: "none",
    logLevel: "warning",
  });
  if (output === undefined) {
    throw new Error(`esbuild wrote nothing for ${entry}`);
  }
  return output.text;
}

function hash(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

/** Replaces a text that must be there once. */
function replaceOnce(text: string, from: string, to: string): string {
  const parts = text.split(from);
  if (parts.length !== 2) throw new Error(`page.html must have ${from} once`);
  return parts.join(to);
}

/** Builds the page, and returns its path. */
export async function buildPage(): Promise<string> {
  const script = await bundleForBrowser(join(SOURCE, "page.ts"));
  const style = await bundleForBrowser(join(SOURCE, "style.css"));
  let page = await readFile(join(SOURCE, "page.html"), "utf8");
  page = replaceOnce(page, "'page.ts'", hash(script));
  page = replaceOnce(page, "'style.css'", hash(style));
  page = replaceOnce(
    page,
    `<link rel="stylesheet" href="style.css">`,
    `<style>${style}</style>`,
  );
  const [open, close] = [`<script type="module">`, "</script>"];
  page = replaceOnce(
    page,
    `<script type="module" src="page.ts">${close}`,
    open + script + close,
  );
  const path = join(SOURCE, "index.html");
  await writeFile(path, page);
  return path;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = await buildPage();
  console.log(
    `${path}: ${Math.round((await readFile(path)).length / 1000)} kB`,
  );
}

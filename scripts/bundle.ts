/**
 * Measures the part of the library that a program loads: `npm run bundle`. Bundles two programs
 * with esbuild, runs one of them on Node against the sandbox, and adds up the chunks that it loads.
 * Fails if the sum is over a limit.
 */
import { readFile, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import process from "node:process";
import { gzipSync } from "node:zlib";
import { build, type Metafile } from "esbuild";
import { openSandbox } from "../lib/sandbox/open.ts";
import { CACHE, ROOT, run } from "./runtimes.ts";

/** The packages that a program installs itself. */
const EXTERNAL = ["undici", "pkijs", "asn1js"];

/**
 * The limits of what a program loads, in kB gzipped. With PEM, 1 kB finds parts that are lost. The
 * options of renewal are checked in each call; the rest of renewal is loaded for functions only.
 */
const LIMITS = { pem: 30, errors: 5 };

const PEM_PROGRAM = `
import { readFileSync } from "node:fs";
import { mcFetch } from "./mod.ts";
const [origin, directory] = process.argv.slice(2);
const read = (name) => readFileSync(directory + "/" + name, "utf8");
const credentials = { cert: read("client.pem"), key: read("client.key"), extraCa: read("ca.pem") };
const response = await mcFetch(origin + "/petstore/pets", undefined, credentials);
if (response.status !== 200) throw new Error("status " + response.status);
await response.text();
console.log(JSON.stringify(globalThis.loadedChunks));
`;
const ERRORS_PROGRAM = `
import { readMastercardErrors } from "./mod.ts";
console.log(await readMastercardErrors(Response.json({}, { status: 400 })));
`;

/** Each chunk reports itself when it is loaded. */
const BANNER = "(globalThis.loadedChunks ??= []).push(import.meta.url);";

async function bundle(name: string, contents: string): Promise<Metafile> {
  const outdir = join(CACHE, "bundles", name);
  await rm(outdir, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: ROOT,
    stdin: { contents, resolveDir: ROOT, loader: "ts", sourcefile: `${name}.ts` },
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "es2023",
    external: EXTERNAL,
    banner: { js: BANNER },
    outdir,
    entryNames: name,
    outExtension: { ".js": ".mjs" },
    metafile: true,
  });
  return metafile;
}

/** Runs the program in its bundle, and returns the paths of the chunks that it loaded. */
async function runPem(): Promise<string[]> {
  const sandbox = await openSandbox();
  try {
    const program = join(CACHE, "bundles", "pem", "pem.mjs");
    const args = [program, sandbox.origin, sandbox.directory];
    const { code, output } = await run(process.execPath, args);
    if (code !== 0) throw new Error(`the bundled program failed:\n${output}`);
    const urls: string[] = JSON.parse(output.trim().split("\n").at(-1)!);
    return urls.map((url) => join(CACHE, "bundles", "pem", basename(url)));
  } finally {
    await sandbox.close();
  }
}

/** Returns the paths of an entry and of its static imports. */
function findStatic({ outputs }: Metafile, entry: string): string[] {
  const found = [Object.keys(outputs).find((path) => basename(path) === entry)!];
  for (const path of found) {
    for (const { kind, path: imported, external } of outputs[path]!.imports) {
      const isNew = kind === "import-statement" && !external && !found.includes(imported);
      if (isNew) found.push(imported);
    }
  }
  return found.map((path) => join(ROOT, path));
}

async function checkSize(what: string, paths: readonly string[], limit: number): Promise<void> {
  let code = "";
  for (const path of paths) code += (await readFile(path, "utf8")).replace(BANNER, "");
  const gzipped = gzipSync(code, { level: 9 }).length / 1000;
  console.log(
    `${what}: ${gzipped.toFixed(1)} kB gzipped, ${(code.length / 1000).toFixed(1)} kB minified, ` +
      `in ${paths.length} files; the limit is ${limit} kB`,
  );
  if (gzipped <= limit) return;
  console.error("  over the limit");
  process.exitCode = 1;
}

await bundle("pem", PEM_PROGRAM);
await checkSize("mcFetch with PEM files on Node, without undici", await runPem(), LIMITS.pem);
const errors = await bundle("errors", ERRORS_PROGRAM);
await checkSize("readMastercardErrors", findStatic(errors, "errors.mjs"), LIMITS.errors);

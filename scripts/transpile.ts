/**
 * Translates the TypeScript of the tests for Node: once for a run, and not in each process that a
 * test starts, which takes three times as long.
 */
import { readFile, rm } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";
import { listFiles } from "./list_files.ts";
import { ROOT } from "./runtimes.ts";

/** Keeps each module a file of its own, and gives it the URL of its source. */
function separateModules(root: string, outdir: string): Plugin {
  // What `@std/assert` is without JSR, as in tsconfig.json.
  const stdAssert = join(outdir, "tests", "support", "std_assert.js");
  return {
    name: "separate modules",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\..*\.ts$/ }, ({ kind, path }) => {
        if (kind === "entry-point") return undefined;
        return { path: path.replace(/\.ts$/, ".js"), external: true };
      });
      onResolve({ filter: /^@std\/assert$/ }, ({ resolveDir }) => {
        const folder = join(outdir, relative(root, resolveDir));
        return { path: `./${relative(folder, stdAssert).replaceAll(sep, "/")}`, external: true };
      });
      onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const url = JSON.stringify(pathToFileURL(path).href);
        // On the first line, so that all lines keep their numbers.
        const contents = `const SOURCE_URL = ${url}; ${await readFile(path, "utf8")}`;
        return { contents, loader: "ts", resolveDir: dirname(path) };
      });
    },
  };
}

/**
 * Translates the library, the tests, and the scripts that tests import.
 *
 * @param root The folder of the project, or of a copy of it
 * @returns The folder of the translated modules. Its paths are those of the sources, with `.js`
 */
export async function transpile(root: string = ROOT): Promise<string> {
  const outdir = join(root, ".cache", "transpiled");
  await rm(outdir, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    // A glob in place of the list would find the packages of the tools, too.
    entryPoints: ["mod.ts", "lib/**/*.ts", "tests/**/*.ts", ...await listFiles("scripts", ".ts")],
    outdir,
    outbase: root,
    bundle: true, // only with it, plugins see the imports
    packages: "external",
    plugins: [separateModules(root, outdir)],
    define: { "import.meta.url": "SOURCE_URL" },
    format: "esm",
    platform: "node",
    target: "node20",
    sourcemap: "inline",
    sourcesContent: false,
    logLevel: "silent",
  });
  return outdir;
}

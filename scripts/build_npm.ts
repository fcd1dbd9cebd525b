/**
 * Builds the npm package in `npm/`: `npm run build:npm`. dnt builds it if JSR can be reached, else
 * `deno pack` does. The last line names the builder. `deno.json` gives the name, the version, the
 * entries and the dependencies.
 *
 * @module
 */
import { chmod, copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import process from "node:process";
import { listFiles } from "./list_files.ts";
import { type Builder, DENO_JSON, DNT, writeManifest } from "./package/manifest.ts";
import { splitBundles } from "./package/split.ts";
import { CACHE, ROOT, run } from "./runtimes.ts";

/** The folder of the built package. */
const PACKAGE = join(ROOT, "npm");

/** The time limit of the question whether JSR can be reached, in milliseconds. */
const JSR_TIMEOUT = 30_000;

const WITH_DNT: Builder = {
  name: "dnt",
  folder: "esm",
  async build() {
    await runDeno(["run", "--quiet", "--allow-all", "scripts/package/dnt.ts", PACKAGE]);
  },
};

const WITH_DENO_PACK: Builder = {
  name: "deno pack",
  folder: ".",
  async build() {
    const place = join(CACHE, "package");
    const tarball = join(place, "deno-pack.tgz");
    await mkdir(place, { recursive: true });
    // It reports each module whose types no entry needs.
    await runDeno(["pack", "--quiet", "--no-source-maps", "--allow-dirty", "--output", tarball]);
    await mkdir(PACKAGE, { recursive: true });
    // Relative paths: to GNU tar, the colon of a Windows drive ends the name of a host.
    const folder = relative(place, PACKAGE).replaceAll("\\", "/");
    const args = ["-xzf", "deno-pack.tgz", "-C", folder, "--strip-components=1"];
    const { code, output } = await run("tar", args, {}, undefined, place);
    if (code !== 0) throw new Error(`tar ended with ${code}:\n${output}`);
  },
};

async function runDeno(args: readonly string[]): Promise<void> {
  const { code, output } = await run("deno", args);
  if (code !== 0) throw new Error(`deno ${args[0]} ended with ${code}:\n${output}`);
}

/** Returns dnt, or `deno pack` if JSR cannot be reached or the caller asks for it. */
async function chooseBuilder(asked: string | undefined): Promise<Builder> {
  if (asked === "dnt") return WITH_DNT;
  if (asked === "deno-pack") return WITH_DENO_PACK;
  const { code } = await run("deno", ["cache", "--quiet", DNT], {}, JSR_TIMEOUT);
  return code === 0 ? WITH_DNT : WITH_DENO_PACK;
}

/** Makes the command line a program that a shell can start. */
async function addShebang(path: string): Promise<void> {
  const code = await readFile(path, "utf8");
  if (!code.startsWith("#!")) await writeFile(path, `#!/usr/bin/env node\n${code}`);
  await chmod(path, 0o755);
}

/**
 * Names the library of `Symbol.asyncDispose` in the types that use it. A program may compile for an
 * older one, and have no types of Node.
 */
async function addLibReferences(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const { parentPath, name } of entries.filter(({ name }) => name.endsWith(".d.ts"))) {
    const path = join(parentPath, name);
    const types = await readFile(path, "utf8");
    if (!types.includes("Symbol.asyncDispose")) continue;
    await writeFile(path, `/// <reference lib="esnext.disposable" />\n${types}`);
  }
}

const builder = await chooseBuilder(process.argv[2]);
await rm(PACKAGE, { recursive: true, force: true });
await builder.build();
const manifest = await writeManifest(PACKAGE, builder);
await splitBundles(join(PACKAGE, builder.folder));
await addLibReferences(join(PACKAGE, builder.folder));
for (const path of Object.values(manifest.bin)) await addShebang(join(PACKAGE, path));
// The links of README.md lead to the pages.
await mkdir(join(PACKAGE, "docs"), { recursive: true });
const pages = (await listFiles("docs", "")).filter((path) => /^docs\/[^/]+\.(md|svg)$/.test(path));
for (const path of ["README.md", "LICENSE", ...pages]) {
  await copyFile(join(ROOT, path), join(PACKAGE, path));
}
console.log(`${DENO_JSON.name} ${DENO_JSON.version} is in npm/, built by ${builder.name}`);

/**
 * Builds the library as a package that a program can install, and puts it into a `node_modules`.
 *
 * @module
 */
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { CACHE, ROOT } from "./runtimes.ts";

/** The folder of the built package. */
const PACKAGE = join(CACHE, "worlds", "package");

/** Builds the package from `mod.ts`. */
export async function buildPackage(): Promise<void> {
  await rm(PACKAGE, { recursive: true, force: true });
  await mkdir(PACKAGE, { recursive: true });
  await build({
    entryPoints: [join(ROOT, "mod.ts")],
    outdir: PACKAGE,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "neutral",
    packages: "external",
    logLevel: "error",
  });
  const { name, version, engines, dependencies } = JSON.parse(
    await readFile(join(ROOT, "package.json"), "utf8"),
  );
  const manifest = { name, version, type: "module", exports: "./mod.js", engines, dependencies };
  await writeFile(join(PACKAGE, "package.json"), JSON.stringify(manifest, null, 2));
}

/** Copies the package into a program's `node_modules`. The program has its dependencies. */
export async function placePackage(program: string, name: string): Promise<void> {
  const place = join(program, "node_modules", name);
  await rm(place, { recursive: true, force: true });
  await cp(PACKAGE, place, { recursive: true });
}

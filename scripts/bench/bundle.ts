/**
 * Bundles the programs of the child processes: every runtime runs the same JavaScript without a
 * loader. Also installs the packages that only the benchmark needs.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { CACHE, ROOT, run } from "../runtimes.ts";

/** This folder. Its separate package.json keeps the project's `npm ci` small. */
export const BENCH: string = join(ROOT, "scripts", "bench");

/** The folder of the bundles. */
export const BUNDLES: string = join(CACHE, "bench");

/** The URL of the bundled library. */
export const LIBRARY: string = pathToFileURL(join(BUNDLES, "library", "mod.js")).href;

/** Bundles the library, and each program of the child processes. */
export async function bundleAll(): Promise<void> {
  await rm(BUNDLES, { recursive: true, force: true });
  // In chunks, so that the start does not load the parts that the library loads on demand.
  await bundle(["mod.ts"], join(BUNDLES, "library"), true);
  const programs = [
    "contenders_node.ts",
    "contenders_deno.ts",
    "contenders_bun.ts",
    "cold_start.ts",
    "tenants_program.ts",
  ];
  await bundle(programs.map((name) => join("scripts", "bench", name)), BUNDLES, false);
}

async function bundle(
  entryPoints: readonly string[],
  outdir: string,
  splitting: boolean,
): Promise<void> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: [...entryPoints],
    outdir,
    bundle: true,
    splitting,
    packages: "external",
    format: "esm",
    platform: "node",
    target: "node20",
    logLevel: "warning",
  });
}

/** Installs axios, got and node-fetch, unless they are installed. */
export async function installPeers(): Promise<void> {
  if (existsSync(join(BENCH, "node_modules"))) return;
  const { code, output } = await run("npm", ["ci", "--prefix", BENCH, "--no-audit", "--no-fund"]);
  if (code !== 0) throw new Error(`Cannot install the packages of scripts/bench:\n${output}`);
}

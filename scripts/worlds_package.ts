/**
 * Builds the npm package, and puts it into the `node_modules` of a program.
 *
 * @module
 */
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "./runtimes.ts";
import { runOrThrow } from "./show.ts";

/** Builds the package in `npm/`. */
export async function buildPackage(): Promise<void> {
  await runOrThrow("npm", ["run", "--silent", "build:npm"]);
}

/** Copies the package into a program's `node_modules`. The program has its dependencies. */
export async function placePackage(program: string, name: string): Promise<void> {
  const place = join(program, "node_modules", name);
  await rm(place, { recursive: true, force: true });
  await cp(join(ROOT, "npm"), place, { recursive: true });
}

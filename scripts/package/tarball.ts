/**
 * The tarball of the npm package.
 *
 * @module
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { CACHE, ROOT, run } from "../runtimes.ts";
import { show, Skip } from "../show.ts";
import { checkFiles } from "./files.ts";

/** Runs npm, and returns its output. */
export async function runNpm(...args: readonly string[]): Promise<string> {
  const { code, output } = await run("npm", args);
  if (code === 0) return output;
  if (/npm error code (ENOTFOUND|EAI_AGAIN|ECONN\w+|ETIMEDOUT)/.test(output)) {
    throw new Skip("the registry cannot be reached");
  }
  throw new Error(`npm ${args.join(" ")} ended with ${code}:\n${output}`);
}

/** Builds the package. Returns the path of its tarball. */
export async function buildTarball(): Promise<string> {
  console.log((await runNpm("run", "--silent", "build:npm")).trimEnd());
  return await packTarball();
}

/** Packs the package that was built in `npm/`. Returns the path of its tarball. */
export async function packTarball(): Promise<string> {
  const folder = join(CACHE, "package");
  await mkdir(folder, { recursive: true });
  const packed = await runNpm("pack", "--json", "--pack-destination", folder, join(ROOT, "npm"));
  const [{ filename, size, unpackedSize, files }] = JSON.parse(packed);
  const kB = (bytes: number) => `${Math.round(bytes / 1000)} kB`;
  console.log(`${filename}: ${files.length} files, ${kB(size)}, ${kB(unpackedSize)} unpacked`);
  await show("The list of files", () => checkFiles(files));
  return join(folder, filename);
}

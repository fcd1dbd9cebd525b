/**
 * The list of the files in the package. `deno pack` puts the modules beside `package.json`. dnt
 * puts them into `esm/`, with the types of each module.
 *
 * @module
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { TOOLS } from "./consumer.ts";

const LIST = join(TOOLS, "files.txt");

/**
 * Compares the files of the tarball with `files.txt`, except the types that only dnt writes and the
 * pages in `docs`. With `UPDATE_FILES=1` it writes `files.txt` first.
 */
export async function checkFiles(files: readonly { readonly path: string }[]): Promise<string> {
  const isDnt = files.some(({ path }) => path.startsWith("esm/"));
  const paths = files.map(({ path }) => path.replace(/^esm\//, ""))
    .filter((path) => !path.startsWith("docs/"))
    // dnt writes a second package.json in `esm`.
    .filter((path, i, all) => all.indexOf(path) === i).sort();
  if (process.env.UPDATE_FILES === "1") await writeFile(LIST, `${paths.join("\n")}\n`);
  const expected = (await readFile(LIST, "utf8")).trimEnd().split("\n");
  const missing = expected.filter((path) => !paths.includes(path));
  const isExtra = (path: string) => !expected.includes(path) && !(isDnt && path.endsWith(".d.ts"));
  const extra = paths.filter(isExtra);
  if (missing.length + extra.length === 0) return `${paths.length} files`;
  const said = [
    ...missing.map((path) => `missing: ${path}`),
    ...extra.map((path) => `new: ${path}`),
  ];
  throw new Error(`${said.join("; ")}; if that is right, run it with UPDATE_FILES=1`);
}

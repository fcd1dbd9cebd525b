/** Files that the commands read and write. */
import { readFile, rm, writeFile } from "node:fs/promises";
import { UsageError } from "./command.ts";

const REASONS: Readonly<Partial<Record<string, string>>> = {
  ENOENT: "there is no such file",
  EACCES: "your user may not read it",
  EISDIR: "it is a directory",
};

/** Reads a file that an argument names. */
export async function readInput(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const contents = await readFile(path).catch((cause) => {
    throw new Error(`Cannot read ${path}: ${REASONS[cause.code] ?? cause.message}`, { cause });
  });
  return new Uint8Array(contents);
}

/**
 * Writes a file that its owner alone can read. Another's key is not to be lost: a file that is there
 * already is kept, unless it was said otherwise.
 */
export async function writePrivateFile(
  path: string,
  contents: string | Uint8Array,
  force = false,
): Promise<void> {
  if (force) await rm(path, { force: true }); // or it would keep its old mode
  await writeFile(path, contents, { flag: "wx", mode: 0o600 }).catch((error) => {
    if (error.code !== "EEXIST") throw error;
    throw new UsageError(`${path} is there already; pass another name, or --force to replace it.`);
  });
}

/**
 * Reads and writes the files of the commands.
 *
 * @module
 */
import { readFile, rm, writeFile } from "node:fs/promises";
import { UsageError } from "./command.ts";
import { showText } from "../show.ts";

/** The problems behind the system's error codes. */
const PROBLEMS: Readonly<Partial<Record<string, string>>> = {
  ENOENT: "there is no such file",
  EACCES: "your user may not read it",
  EISDIR: "it is a directory",
};

/** Reads a file that an argument names. */
export async function readInput(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const contents = await readFile(path).catch((cause) => {
    throw new Error(`Cannot read ${showText(path)}: ${PROBLEMS[cause.code] ?? cause.message}`, {
      cause,
    });
  });
  return new Uint8Array(contents);
}

/** Reads a text that an argument names by its file. */
export async function readInputText(path: string): Promise<string> {
  return new TextDecoder().decode(await readInput(path));
}

/**
 * Writes a file that only its owner can read. Keeps a file that already exists unless `force` is
 * true: it may be the only copy of a key.
 */
export async function writePrivateFile(
  path: string,
  contents: string | Uint8Array,
  force = false,
): Promise<void> {
  if (force) await rm(path, { force: true }); // an overwritten file would keep its old mode
  await writeFile(path, contents, { flag: "wx", mode: 0o600 }).catch((error) => {
    if (error.code !== "EEXIST") throw error;
    throw new UsageError(`${showText(path)} already exists; choose another name or pass --force`);
  });
}

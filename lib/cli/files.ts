/**
 * Reads and writes the files of the commands.
 *
 * @module
 */
import { type FileHandle, lstat, open, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { buffer } from "node:stream/consumers";
import { UsageError } from "./arguments.ts";

/** The problems behind the system's error codes. */
const PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "a part of its path is not a folder",
  EACCES: "your user is not allowed to",
  EPERM: "your user is not allowed to",
  EISDIR: "it is a folder",
  ENOSPC: "the disk is full",
  EDQUOT: "your user's share of the disk is full",
  EROFS: "the disk is read-only",
  ENAMETOOLONG: "its name is too long",
  ELOOP: "its links lead in a circle",
  EMFILE: "too many files are open",
  EBUSY: "another program uses it",
};

/** Returns the error for a failed system call. Its own message is about the call, not the file. */
export function fileError(action: string, path: string, cause: unknown, missing?: string): Error {
  const { code = "", message = String(cause) } = cause as { code?: string; message?: string };
  const known = code === "ENOENT" ? missing ?? PROBLEMS[code] : PROBLEMS[code];
  const problem = known ?? `the system reports ${code || message}`;
  return new Error(`Cannot ${action} ${path}: ${problem}`, { cause });
}

let isInputRead = false;

/** Reads a file that an argument names, or standard input for `-`. */
export async function readInput(path: string): Promise<Uint8Array<ArrayBuffer>> {
  if (path === "-") {
    if (isInputRead) throw new UsageError("Only one argument can be -, standard input");
    isInputRead = true;
    return new Uint8Array(await buffer(process.stdin));
  }
  const contents = await readFile(path).catch((cause) => {
    throw fileError("read", path, cause);
  });
  return new Uint8Array(contents);
}

/** Reads a text that an argument names by its file. */
export async function readInputText(path: string): Promise<string> {
  return new TextDecoder().decode(await readInput(path));
}

/** File to write. */
export interface PrivateFile {
  readonly path: string;
  readonly contents: string | Uint8Array;
}

/**
 * Writes files that only their owner can read, all or none. Keeps files that already exist unless
 * `force` is true: one may be the only copy of a key. With `force`, a file that replaces another
 * one is new: it does not have the old one's mode, and is not written through the old one's link.
 */
export async function writePrivateFiles(
  files: readonly PrivateFile[],
  force = false,
): Promise<void> {
  const created: {
    file: FileHandle;
    path: string;
    target: string;
    contents: string | Uint8Array;
  }[] = [];
  try {
    for (const { path, contents } of files) {
      const target = force ? temporaryPath(path) : path;
      created.push({ file: await create(path, target), path, target, contents });
    }
    for (const { file, path, contents } of created) {
      await file.writeFile(contents).catch((cause) => {
        throw fileError("write", path, cause);
      });
    }
    for (const { path, target } of created) if (force) await rename(target, path);
  } catch (error) {
    for (const { target } of created) await rm(target, { force: true });
    throw error;
  } finally {
    for (const { file } of created) await file.close();
  }
}

/** Creates a file. Fails if the name is used already. */
async function create(path: string, target: string): Promise<FileHandle> {
  if ((await lstat(path).catch(() => undefined))?.isDirectory()) {
    throw new Error(`Cannot write ${path}: ${PROBLEMS.EISDIR}`);
  }
  return await open(target, "wx", 0o600).catch((cause) => {
    if (cause.code !== "EEXIST") throw fileError("write", path, cause, NO_FOLDER);
    throw new Error(`${path} already exists; choose another name or pass --force`);
  });
}

/** The problem behind ENOENT if a file is to be created. */
export const NO_FOLDER = "there is no such folder";

/** Returns the name under which a file is written until it is complete. */
export function temporaryPath(path: string): string {
  return join(dirname(path), `.${basename(path).slice(0, 100)}.${crypto.randomUUID()}.part`);
}

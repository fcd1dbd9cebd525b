/**
 * Files on disk, and variables of the environment.
 *
 * @module
 */
import { findBuiltin } from "../builtin.ts";
import { McFetchError } from "../errors.ts";
import { showText } from "../show.ts";
import { sleep } from "../timers.ts";

/** The longest path in messages. */
const MAX_PATH = 1024;

/**
 * The longest step of a file system's clock that is expected, in milliseconds: 10 on Linux without
 * fine-grained times. Two changes within a step leave the same time.
 */
const CLOCK_STEP = 20;

/** A file on disk. */
export interface DiskFile {
  readonly path: string;
  /** What messages call the file instead of its path, which may be a secret by mistake. */
  readonly name?: string;
}

function getFs(): typeof import("node:fs/promises") {
  const fs = findBuiltin("node:fs/promises");
  if (fs !== undefined) return fs;
  throw new McFetchError(
    "unsupported_runtime",
    "Cannot read credentials from files: this runtime has none; pass their contents",
  );
}

/** Reads a variable of the environment. */
export function readVariable(name: string): string | undefined {
  const { process } = globalThis as {
    process?: { readonly env?: Readonly<Record<string, string | undefined>> };
  };
  try {
    return process?.env?.[name];
  } catch (cause) {
    throw unavailable(`the variable ${name}`, "the program may not (--allow-env)", cause);
  }
}

/**
 * Returns a text that differs if a file was changed or replaced: its identity, size and times.
 * Symbolic links are followed. A file that changed just now is looked at again after a step of the
 * clock, since the next change would else leave the same text.
 */
export async function stampFile(file: DiskFile): Promise<string> {
  const look = () => getFs().stat(file.path, { bigint: true });
  try {
    let stat = await look();
    if (Math.abs(Date.now() - Number(stat.mtimeMs)) < CLOCK_STEP) {
      await sleep(CLOCK_STEP);
      stat = await look();
    }
    const { dev, ino, size, mtimeNs, ctimeNs } = stat;
    return [dev, ino, size, mtimeNs, ctimeNs].join();
  } catch (error) {
    throw toUnavailable(file, error);
  }
}

/** Reads a file. Of a file larger than `maxBytes`, one byte more is read, so the limit shows. */
export async function readBounded(
  file: DiskFile,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  let handle: Awaited<ReturnType<ReturnType<typeof getFs>["open"]>> | undefined;
  try {
    handle = await getFs().open(file.path);
    const { size } = await handle.stat();
    const bytes = new Uint8Array(Math.min(size, maxBytes) + 1);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await handle.read(bytes, length, bytes.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.slice(0, length);
  } catch (error) {
    throw toUnavailable(file, error);
  } finally {
    await handle?.close();
  }
}

/** The problems behind the system's error codes. */
const PROBLEMS: Readonly<Partial<Record<string, string>>> = {
  ENOENT: "there is no such file; check the path",
  EACCES: "its permissions do not allow it; let the program's user read it",
  EPERM: "its permissions do not allow it; let the program's user read it",
  EISDIR: "it is a directory; name a file in it",
  ENOTDIR: "a part of its path is not a directory; check the path",
  ELOOP: "its symbolic links lead in a circle; check the path",
  ENAMETOOLONG: "its path is too long; check the path",
  NotCapable: "the program may not read it; run it with --allow-read",
};

/** The runtime's error shows the path. Without it, its code must do. */
function toUnavailable({ path, name }: DiskFile, error: unknown): McFetchError {
  if (error instanceof McFetchError) return error;
  const { code, name: kind = "" } = error as { code?: unknown; name?: string };
  const problem = PROBLEMS[String(code)] ?? PROBLEMS[kind];
  if (name !== undefined) return unavailable(name, problem ?? `the system reports ${code ?? kind}`);
  return unavailable(showText(path, MAX_PATH), problem ?? "see `cause`", error);
}

/** Returns the error for credentials that cannot be read. */
export function unavailable(what: string, problem: string, cause?: unknown): McFetchError {
  const message = `Cannot read ${what}: ${problem}`;
  return new McFetchError("credentials_unavailable", message, { cause });
}

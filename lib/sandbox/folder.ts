/**
 * The folder of the sandbox's files: a temporary one, or one with a fixed path.
 *
 * @module
 */
import { mkdir, mkdtemp, readdir, rm, rmdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { invalidArgument } from "../errors.ts";
import { FILES } from "./identities.ts";

/** The file that marks a folder as a sandbox's. Its files may be replaced. */
const MARKER = "mc-mtls-sandbox.txt";

/** Folder of a sandbox. */
export interface Folder {
  readonly path: string;
  /** Removes the files that the sandbox wrote, and the folder if nothing else is in it. */
  remove(): Promise<void>;
}

/**
 * Makes the folder. It is readable only by its owner.
 *
 * @param path The path. Default is a new folder among the temporary files
 * @throws {McFetchError} `invalid_argument` if the folder holds files of others
 */
export async function makeFolder(path: string | undefined): Promise<Folder> {
  if (path === undefined) {
    const temporary = await mkdtemp(join(tmpdir(), "mc-mtls-sandbox-"));
    return {
      path: temporary,
      remove: async () => await rm(temporary, { recursive: true, force: true }),
    };
  }
  const fixed = resolve(path);
  const found = await prepare(fixed);
  if (found.length > 0 && !found.includes(MARKER)) {
    throw invalidArgument(
      "start the sandbox",
      `the folder ${fixed} holds other files; choose an empty or a new one`,
    );
  }
  // Files of an earlier sandbox that could not remove them. A new file gets its own mode.
  for (const name of FILES) await rm(join(fixed, name), { force: true });
  await writeFile(join(fixed, MARKER), "mc-mtls sandbox replaces and removes its files here.\n");
  return {
    path: fixed,
    async remove() {
      for (const name of [...FILES, MARKER]) await rm(join(fixed, name), { force: true });
      await rmdir(fixed).catch(() => {}); // not if it holds other files
    },
  };
}

async function prepare(path: string): Promise<string[]> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    return await readdir(path);
  } catch (cause) {
    const { code } = cause as { code?: string };
    const problem = code === "EEXIST" || code === "ENOTDIR"
      ? "it is not a folder"
      : "your user may not use it";
    throw invalidArgument("start the sandbox", `the folder ${path} cannot be used: ${problem}`);
  }
}

/** Files that the commands write. */
import { rm, writeFile } from "node:fs/promises";
import { UsageError } from "./command.ts";

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

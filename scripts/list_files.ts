/** The files of the project that git knows. */
import { run } from "./runtimes.ts";

/** Lists the tracked files below a folder whose names end so, as paths from the project's folder. */
export async function listFiles(folder: string, ending: string): Promise<string[]> {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard", folder];
  const { output } = await run("git", args);
  return output.split("\n").filter((path) => path.endsWith(ending));
}

/** Lists the files of the project that git does not ignore. */
import { run } from "./runtimes.ts";

/** Lists the files below a folder with this ending, as paths from the project's folder. */
export async function listFiles(folder: string, ending: string): Promise<string[]> {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard", folder];
  const { output } = await run("git", args);
  return output.split("\n").filter((path) => path.endsWith(ending));
}

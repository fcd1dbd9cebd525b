/**
 * Lets the tests run with the built package instead of the sources, on Node.
 *
 * @module
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { run, type Runtime } from "../runtimes.ts";

/**
 * Test files that add nothing about the built package, or about another version of Node, with the
 * reason.
 */
const ONCE: Readonly<Record<string, string>> = {
  "assertions_test.ts": "it tests the assertions",
  "growth_test.ts": "it takes long, and the sources pass it on the first version of Node",
  "layers_test.ts": "it reads the sources",
  "manifests_test.ts": "it reads the sources",
  "pkcs12/corpus_test.ts": "it takes long, and the sources pass it on the first version of Node",
  "pkcs12/mutation_test.ts": "it takes long, and the sources pass it on the first version of Node",
};

/** Removes the test files that one run suffices for, and prints why. */
export function leaveOutRepeated(files: readonly string[]): string[] {
  return files.filter((name) => {
    const reason = ONCE[name];
    if (reason !== undefined) console.log(`Left out: ${name}, since ${reason}`);
    return reason === undefined;
  });
}

/**
 * Returns the environment in which Node, and each Node that a test starts, loads the built modules
 * of a folder. Throws if Node would load the sources.
 */
export async function useBuilt(
  { command }: Runtime,
  folder: string,
): Promise<Record<string, string>> {
  const hooks = new URL("./built_hooks.ts", import.meta.url);
  const NODE_OPTIONS = `--import=${import.meta.resolve("tsx")} --import=${hooks}`;
  const env = { NODE_OPTIONS, MC_MTLS_BUILT: folder };
  const program = 'console.log(import.meta.resolve("./mod.ts"))';
  const { output } = await run(command, ["--input-type=module", "--eval", program], env);
  const url = pathToFileURL(join(folder, "mod.js")).href;
  if (output.trim() !== url) throw new Error(`Cannot load ${url} instead of mod.ts: ${output}`);
  return env;
}

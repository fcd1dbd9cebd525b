/**
 * Makes Node load the built package instead of the sources: an import of `mod.ts` or of a file in
 * `lib` gets the built file. `scripts/test.ts` starts Node with it.
 *
 * @module
 */
import { register } from "node:module";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { isMainThread } from "node:worker_threads";

/** What `resolve` finds. */
interface Resolved {
  readonly url: string;
  readonly format?: string;
  readonly shortCircuit?: boolean;
}

/** The URL of the project's folder. */
const ROOT = new URL("../../", import.meta.url).href;

/** The folder of the built modules, as a path. */
const FOLDER = process.env.MC_MTLS_BUILT ?? "";

/** Node's hook for imports. Node calls it in a thread of its own. */
export async function resolve<Context>(
  specifier: string,
  context: Context,
  next: (specifier: string, context: Context) => Promise<Resolved>,
): Promise<Resolved> {
  const found = await next(specifier, context);
  const [url = ""] = found.url.split("?");
  const path = url.startsWith(ROOT) ? url.slice(ROOT.length) : "";
  if (!/^(mod|lib\/.+)\.ts$/.test(path)) return found;
  const built = new URL(path.replace(/\.ts$/, ".js"), `${pathToFileURL(FOLDER).href}/`);
  return { url: built.href, format: "module", shortCircuit: true };
}

// The thread of the hooks loads this file too, and not as its main thread.
if (isMainThread) register(import.meta.url);

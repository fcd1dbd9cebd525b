/**
 * Finds files, exports and dependencies that nothing uses: `npm run knip`. knip belongs to
 * `scripts/knip`, an npm package of its own, so that `npm ci` stays small. It is installed at the
 * first run.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { ROOT, run } from "./runtimes.ts";
import { runOrThrow } from "./show.ts";

const FOLDER = join(ROOT, "scripts", "knip");
const INSTALLED = join(FOLDER, "node_modules");

/** The kinds of findings. Packages of the examples and programs of the system are not listed. */
const KINDS = "files,dependencies,devDependencies,exports,types,duplicates,unresolved";

if (!existsSync(INSTALLED)) {
  await runOrThrow("npm", ["ci", "--prefix", FOLDER, "--no-audit", "--no-fund"]);
}
const { code, output } = await run(join(INSTALLED, ".bin", "knip"), [
  ...["--config", join(FOLDER, "knip.json")],
  ...["--include", KINDS, "--no-progress", "--treat-config-hints-as-errors"],
]);
process.stdout.write(output === "" ? "Nothing is unused\n" : output);
process.exitCode = code;

/**
 * Tests of programs that use the package: Jest and Vitest, in their Node environments.
 *
 * @module
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { installNodes, ROOT } from "../runtimes.ts";
import { show, skip } from "../show.ts";
import { type Consumer, type Consumers, TOOLS } from "./consumer.ts";

/** The Node whose Jest can `require` an ES module, with `--experimental-vm-modules`. */
const JEST_REQUIRE = "Node 24";

/** Turns ES modules into CommonJS, which Jest needs without `--experimental-vm-modules`. */
const TRANSFORM = `const { transformSync } = require(ESBUILD);
exports.process = (source, file) =>
  transformSync(source, { format: "cjs", platform: "node", supported: { "dynamic-import": false } });
`;

/** Runs Jest and Vitest. */
export async function showTestRunners(_: Consumers, consumer: Consumer): Promise<void> {
  const jest = [join(TOOLS, "node_modules", "jest", "bin", "jest.js"), "--rootDir=.", "--ci"];
  const runJest = async (
    node: string,
    flags: readonly string[],
    test: string,
    options: object = {},
  ) => {
    const moduleFileExtensions = ["mjs", "cjs", "js", "json"];
    const config = { testMatch: [`**/${test}`], moduleFileExtensions, ...options };
    await writeFile(join(consumer.folder, "jest.config.json"), JSON.stringify(config));
    await consumer.run(node, [...flags, ...jest, "--config=jest.config.json"]);
  };
  const modules = ["--experimental-vm-modules"];
  await show("Jest, vm-modules", () => runJest(process.execPath, modules, "package.test.mjs"));
  await show("Jest, its default (CommonJS), with a transform", async () => {
    const esbuild = JSON.stringify(join(ROOT, "node_modules", "esbuild"));
    const code = TRANSFORM.replace("ESBUILD", esbuild);
    await writeFile(join(consumer.folder, "to_commonjs.cjs"), code);
    await runJest(process.execPath, [], "package.test.cjs", {
      transform: { "\\.m?js$": "<rootDir>/to_commonjs.cjs" },
      transformIgnorePatterns: [],
    });
  });
  await skip("Jest, its default (CommonJS), without one", "Jest rejects ES modules there");
  const newer = (await installNodes()).get(JEST_REQUIRE);
  const label = `Jest, vm-modules, require, ${JEST_REQUIRE}`;
  if (newer === undefined) await skip(label, "it cannot be installed from npm");
  else await show(label, () => runJest(newer.command, modules, "package.test.cjs"));
  await show("Vitest", async () => {
    await consumer.run("vitest", ["run", "--globals", "--root=.", "package.test.mjs"]);
  });
}

/**
 * Tests of programs that use the package: Jest and Vitest, in their environments for Node and
 * jsdom.
 *
 * @module
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { installNodes, ROOT } from "../runtimes.ts";
import { show, skip } from "../show.ts";
import { type Consumer, type Consumers, TOOLS } from "./consumer.ts";

/** Run of one test file by Jest. */
interface JestRun {
  readonly test: string;
  /** Default is the Node that runs this script. */
  readonly node?: string;
  /** Jest's configuration. Default loads ES modules, in the environment for Node. */
  readonly config?: object;
  /** True if Jest loads CommonJS only. */
  readonly isCommonJs?: boolean;
  readonly env?: Record<string, string>;
}

/** The Node whose Jest can `require` an ES module, with `--experimental-vm-modules`. */
const JEST_REQUIRE = "Node 24";

/** Turns ES modules into CommonJS, which Jest needs without `--experimental-vm-modules`. */
const TRANSFORM = `const { transformSync } = require(ESBUILD);
exports.process = (source, file) =>
  transformSync(source, { format: "cjs", platform: "node", supported: { "dynamic-import": false } });
`;

/** The options of Jest that use the transform. */
const TRANSFORMED = {
  transform: { "\\.m?js$": "<rootDir>/to_commonjs.cjs" },
  transformIgnorePatterns: [],
};

/** Makes Jest's jsdom resolve packages as Node does. Its default is the condition `browser`. */
const NODE_CONDITIONS = {
  testEnvironmentOptions: { customExportConditions: ["node", "node-addons"] },
};

/** Runs Jest and Vitest. */
export async function showTestRunners(_: Consumers, consumer: Consumer): Promise<void> {
  const esbuild = JSON.stringify(join(ROOT, "node_modules", "esbuild"));
  const code = TRANSFORM.replace("ESBUILD", esbuild);
  await writeFile(join(consumer.folder, "to_commonjs.cjs"), code);
  await showJest(consumer);
  await showJestJsdom(consumer);
  for (const environment of ["node", "jsdom"]) {
    await show(`Vitest, ${environment}`, async () => {
      const args = ["run", "--globals", "--root=.", `--environment=${environment}`];
      await consumer.run("vitest", [...args, "package.test.mjs"]);
    });
  }
}

async function showJest(consumer: Consumer): Promise<void> {
  await show("Jest, vm-modules", () => runJest(consumer, { test: "package.test.mjs" }));
  const transformed = { test: "package.test.cjs", config: TRANSFORMED, isCommonJs: true };
  await show("Jest, CommonJS, with a transform", () => runJest(consumer, transformed));
  await skip("Jest, CommonJS, without a transform", "Jest rejects ES modules there");
  const node = (await installNodes()).get(JEST_REQUIRE)?.command;
  const label = `Jest, vm-modules, require, ${JEST_REQUIRE}`;
  if (node === undefined) await skip(label, "it cannot be installed from npm");
  else await show(label, () => runJest(consumer, { test: "package.test.cjs", node }));
}

/** Jest's jsdom hides the classes of requests and resolves for browsers, so that no call works. */
async function showJestJsdom(consumer: Consumer): Promise<void> {
  const jsdom = { testEnvironment: join(TOOLS, "node_modules", "jest-environment-jsdom") };
  const withConditions = { ...jsdom, ...NODE_CONDITIONS };
  const env = { WHY: "there is no Request;" };
  for (const [name, config] of [["", jsdom], [", Node's conditions", withConditions]] as const) {
    const rejection = { test: "jsdom.test.mjs", config, env };
    const label = `Jest, jsdom${name}: the library loads, and a call names the missing class`;
    await show(`${label}, vm-modules`, () => runJest(consumer, rejection));
    const transformed = { ...rejection, config: { ...TRANSFORMED, ...config }, isCommonJs: true };
    await show(`${label}, with a transform`, () => runJest(consumer, transformed));
  }
  const config = { testEnvironment: "<rootDir>/node_globals.cjs" };
  await show(
    "Jest, jsdom, Node's globals: the library loads, and a call names the condition",
    () => runJest(consumer, { test: "jsdom.test.mjs", config, env: { WHY: "condition `node`" } }),
  );
  const both = { test: "package.test.mjs", config: { ...NODE_CONDITIONS, ...config } };
  await show("Jest, jsdom, Node's conditions and globals", () => runJest(consumer, both));
}

async function runJest(consumer: Consumer, run: JestRun): Promise<void> {
  const { test, node = process.execPath, config, isCommonJs = false, env } = run;
  const jest = join(TOOLS, "node_modules", "jest", "bin", "jest.js");
  const moduleFileExtensions = ["mjs", "cjs", "js", "json"];
  const all = { testMatch: [`**/${test}`], moduleFileExtensions, ...config };
  await writeFile(join(consumer.folder, "jest.config.json"), JSON.stringify(all));
  const flags = isCommonJs ? [] : ["--experimental-vm-modules"];
  await consumer.run(
    node,
    [...flags, jest, "--rootDir=.", "--ci", "--config=jest.config.json"],
    { NODE_PATH: join(TOOLS, "node_modules"), ...env },
  );
}

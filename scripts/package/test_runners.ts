/**
 * Tests of programs that use the package: Jest and Vitest, in their Node environments.
 *
 * @module
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { installNodes } from "../runtimes.ts";
import { show, skip } from "../show.ts";
import { type Consumer, type Consumers, TOOLS } from "./consumer.ts";

/** The Node whose Jest can `require` an ES module; before, Jest rejects it. */
const JEST_REQUIRE = "Node 24";

/** Runs Jest and Vitest. */
export async function showTestRunners(_: Consumers, consumer: Consumer): Promise<void> {
  const jest = [join(TOOLS, "node_modules", "jest", "bin", "jest.js"), "--rootDir=.", "--ci"];
  const runJest = async (node: string, flags: readonly string[], test: string) => {
    await writeFile(
      join(consumer.folder, "jest.config.json"),
      JSON.stringify({ testMatch: [`**/${test}`], moduleFileExtensions: ["mjs", "cjs", "js", "json"] }),
    );
    await consumer.run(node, [...flags, ...jest, "--config=jest.config.json"]);
  };
  await show("Jest, vm-modules", async () => {
    await runJest(process.execPath, ["--experimental-vm-modules"], "package.test.mjs");
  });
  const newer = (await installNodes()).get(JEST_REQUIRE);
  const label = `Jest, its default (CommonJS), ${JEST_REQUIRE}`;
  if (newer === undefined) await skip(label, "it cannot be installed from npm");
  else await show(label, () => runJest(newer.command, [], "package.test.cjs"));
  await show("Vitest", async () => {
    await consumer.run("vitest", ["run", "--globals", "--root=.", "package.test.mjs"]);
  });
}

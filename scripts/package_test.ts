/**
 * Builds the npm package, installs its tarball in empty folders outside the repository, and uses it
 * there against the sandbox: `npm run test:package`. Prints a line for each consumer.
 * `npm run test:package bundlers types` runs two of the parts.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { openSandbox } from "../lib/sandbox/open.ts";
import { showBundlers } from "./package/bundlers.ts";
import {
  type Consumer,
  type Consumers,
  makeInstalled,
  placeConsumers,
  TOOLS,
} from "./package/consumer.ts";
import { showManagers, showRuntimes } from "./package/on_runtimes.ts";
import { showSuite } from "./package/suite.ts";
import { buildTarball, runNpm } from "./package/tarball.ts";
import { showTestRunners } from "./package/test_runners.ts";
import { showTypes } from "./package/types.ts";
import { showWorkers } from "./package/workers.ts";
import { printCounts, show } from "./show.ts";

/** The parts of the test, by name. */
const PARTS: Readonly<Record<string, (all: Consumers, installed: Consumer) => Promise<void>>> = {
  runtimes: showRuntimes,
  managers: showManagers,
  types: showTypes,
  bundlers: showBundlers,
  runners: showTestRunners,
  workers: showWorkers,
  suite: showSuite,
};

/** Installs the tools, unless they already match the lock file. */
async function installTools(): Promise<void> {
  const lock = join(TOOLS, "package-lock.json");
  const installed = join(TOOLS, "node_modules", ".installed-lock.json");
  const isCurrent = existsSync(installed) &&
    await readFile(installed, "utf8") === await readFile(lock, "utf8");
  if (isCurrent) return;
  await runNpm("--prefix", TOOLS, "--loglevel=error", "ci");
  await cp(lock, installed);
}

async function main(asked: readonly string[]): Promise<void> {
  if (!await show("The tools", installTools)) return;
  const tarball = await buildTarball();
  const sandbox = await openSandbox();
  const consumers = await placeConsumers(tarball, sandbox);
  try {
    const installed = await makeInstalled(consumers, "npm");
    for (const [name, showPart] of Object.entries(PARTS)) {
      if (asked.length === 0 || asked.includes(name)) await showPart(consumers, installed);
    }
  } finally {
    await consumers.remove();
    await sandbox.close();
  }
}

await main(process.argv.slice(2));
printCounts();

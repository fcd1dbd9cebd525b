/**
 * Calls a server with two certificates from programs in which other code replaced the globals:
 * `npm run test:worlds`. In each program, every call presents its own certificate or rejects with
 * `unsupported_runtime`. `npm run test:worlds happy_dom next` runs two of the programs.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { FILE_FLAGS, findRuntimes, ROOT, run, type Runtime } from "./runtimes.ts";
import { printCounts, runOrSkip, runOrThrow, show, Skip, skip } from "./show.ts";
import { judgeWorld, type Promised } from "./worlds_judge.ts";
import { showNext } from "./worlds_next.ts";
import { buildPackage, placePackage } from "./worlds_package.ts";
import { startWorldsServer, type WorldsServer } from "./worlds_server.ts";
import { type Row, rows } from "./worlds_table.ts";

const WORLDS = join(ROOT, "examples", "worlds");

/** The time limit of a world, in milliseconds. A `fetch` that calls itself never ends. */
const TIMEOUT = 15_000;

/** Installs a program's packages, unless they already match the lock file. */
async function install(program: string): Promise<void> {
  const lock = await readFile(join(program, "package-lock.json"), "utf8");
  const installed = join(program, "node_modules", ".installed-lock.json");
  if (!existsSync(installed) || await readFile(installed, "utf8") !== lock) {
    await runOrSkip("npm", ["--prefix", program, "--loglevel=error", "ci"]);
    await cp(join(program, "package-lock.json"), installed);
  }
  await placePackage(program, "@acme/mc-mtls");
}

/** Runs one world, and checks its answers and the requests at the server. */
async function runWorld(
  { file, env }: Row,
  when: string,
  promised: Promised,
  { name, command }: Runtime,
  server: WorldsServer,
): Promise<string> {
  server.takeArrivals();
  const args = [...FILE_FLAGS[name]!, join(WORLDS, `${file}.ts`)];
  const variables = { ...server.env, ...env, WHEN: when };
  const { code, output } = await run(command, args, variables, TIMEOUT);
  return judgeWorld(code, output, server.takeArrivals(), promised);
}

async function showRow(
  row: Row,
  runtimes: ReadonlyMap<string, Runtime | undefined>,
  server: WorldsServer,
): Promise<void> {
  for (const [name, promised] of Object.entries(row.promises)) {
    const runtime = runtimes.get(name);
    for (const when of row.when ?? ["before", "after"]) {
      await show(`${row.name}, ${when}, on ${name} ${runtime?.version ?? ""}`.trim(), async () => {
        if (runtime === undefined) throw new Skip("not installed");
        return await runWorld(row, when, promised, runtime, server);
      });
    }
  }
}

async function main(asked: readonly string[]): Promise<void> {
  const isAsked = (file: string) => asked.length === 0 || asked.includes(file);
  await buildPackage();
  const server = await startWorldsServer();
  try {
    const chosen = rows.filter(({ file }) => isAsked(file));
    const isReady = chosen.length > 0 && await show("The worlds' packages", () => install(WORLDS));
    if (isReady) {
      await placePackage(WORLDS, "mc-mtls-copy");
      await show("The worlds' types", async () => {
        await runOrThrow("tsc", ["--project", WORLDS]);
      });
      const runtimes = await findRuntimes();
      for (const row of chosen) await showRow(row, runtimes, server);
    } else {
      for (const { name } of chosen) await skip(name, "the worlds' packages are not installed");
    }
    if (isAsked("next")) await showNext(join(WORLDS, "next"), install, server);
  } finally {
    await server.close();
  }
  printCounts();
}

await main(process.argv.slice(2));

/**
 * The package on each runtime and from each package manager, and its command line.
 *
 * @module
 */
import { join } from "node:path";
import process from "node:process";
import { PASSPHRASE } from "../../lib/sandbox/identities.ts";
import { installNodes } from "../runtimes.ts";
import { show, Skip, skip } from "../show.ts";
import type { Consumer, Consumers } from "./consumer.ts";

/** A test of another program: it starts the sandbox, and calls it. */
const SANDBOX = `import { mcFetch } from "@acme/mc-mtls";
import { startSandbox } from "@acme/mc-mtls/sandbox";
const sandbox = await startSandbox();
try {
  const url = sandbox.origin + "/petstore/pets";
  console.log("status", (await mcFetch(url, undefined, sandbox.credentials())).status);
} finally {
  await sandbox.close();
}`;

/** Shows the package on Node, Deno and Bun, in a folder in which npm installed it. */
export async function showRuntimes({ sandbox }: Consumers, consumer: Consumer): Promise<void> {
  const nodes = new Map([[process.versions.node, process.execPath]]);
  for (const [label, runtime] of await installNodes()) {
    if (runtime === undefined) await skip(label, "it cannot be installed from npm");
    else nodes.set(runtime.version, runtime.command);
  }
  for (const [version, node] of nodes) {
    await show(`Node ${version}, import`, () => consumer.use(node, ["use.mjs"]));
    await show(`Node ${version}, require`, () => consumer.use(node, ["use.cjs"]));
    await show(`Node ${version}, command line`, async () => {
      await useProgram(consumer, node, ["node_modules/@acme/mc-mtls/lib/cli/main.js"], sandbox);
    });
  }
  await show("Bun, import", () => consumer.use("bun", ["use.mjs"]));
  await show("Bun, require", () => consumer.use("bun", ["use.cjs"]));
  await show("Bun, bun build --compile", async () => {
    await consumer.run("bun", ["build", "--compile", "use.mjs", "--outfile", "compiled"]);
    await consumer.use(join(consumer.folder, "compiled"), []);
  });
  await show("Deno, import", () => consumer.use("deno", ["run", "--allow-all", "use.mjs"]));
  await show("Deno, npm:", async () => {
    const program = `import * as library from "npm:@acme/mc-mtls";
      import { check } from "./check.mjs"; await check(library);`;
    await consumer.use("deno", ["eval", "--quiet", program]);
  });
  await show("Node, the sandbox of its own entry", async () => {
    const output = await consumer.run(process.execPath, ["--input-type=module", "-e", SANDBOX]);
    if (!output.includes("status 200")) throw new Error(`it printed:\n${output}`);
  });
  await show("npx mc-mtls", () => useProgram(consumer, "npx", ["mc-mtls"], sandbox));
}

/** Shows the package as other package managers install it. */
export async function showManagers(consumers: Consumers): Promise<void> {
  const managers: readonly (readonly [string, readonly string[], string])[] = [
    ["pnpm", ["add", "--prefer-offline"], "node"],
    ["yarn", ["add", "--non-interactive", "--prefer-offline"], "node"],
    ["bun", ["add"], "bun"],
  ];
  for (const [manager, args, runtime] of managers) {
    await show(`Installed by ${manager}`, async () => {
      const consumer = await consumers.make(manager);
      const cache = { YARN_CACHE_FOLDER: join(consumer.folder, ".yarn-cache") };
      try {
        await consumer.run(manager, [...args, consumers.tarball], cache);
      } catch (error) {
        const said = /ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ConnectionRefused/.exec(
          String(error),
        );
        throw said === null ? error : new Skip(`it cannot reach its registry: ${said[0]}`);
      }
      await consumer.use(runtime, ["use.mjs"]);
    });
  }
}

/** Runs the command line: its help, an inspection, and a call. */
async function useProgram(
  consumer: Consumer,
  command: string,
  args: readonly string[],
  { origin, directory }: Consumers["sandbox"],
): Promise<void> {
  const help = await consumer.run(command, [...args, "--help"]);
  if (!help.includes("Usage: npx @acme/mc-mtls <command>")) {
    throw new Error(`--help said:\n${help}`);
  }
  const env = { MC_MTLS_PASSPHRASE: PASSPHRASE };
  const file = `${directory}/client.p12`;
  const inspected = await consumer.run(command, [...args, "inspect", "--url", origin, file], env);
  if (!inspected.includes("Client-MTF")) throw new Error(`inspect said:\n${inspected}`);
  const url = `${origin}/petstore/pets`;
  const call = ["fetch", url, "--cert", file, "--ca", `${directory}/ca.pem`];
  const answer = await consumer.run(command, [...args, ...call], env);
  if (!answer.includes('"category"')) throw new Error(`fetch said:\n${answer}`);
}

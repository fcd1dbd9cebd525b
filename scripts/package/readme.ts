/**
 * The programs at the start of README.md, on the runtimes that they name. They call the sandbox
 * instead of Mastercard, and trust its CA by an environment variable.
 *
 * @module
 */
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { ROOT } from "../runtimes.ts";
import { show } from "../show.ts";
import { runWorkerd } from "../workerd.ts";
import type { Consumer, Consumers } from "./consumer.ts";

/** The server of the programs. */
const HOST = "https://mtf.services.mastercard.com";

/** The names that the first comment of each program has. */
const NAMES = ["Node or Bun", "Deno", "Cloudflare Workers"] as const;

const CALL_WORKER = `import worker from PROGRAM;

export default {
  async test(controller, env) {
    const response = await worker.fetch(new Request("https://worker.example/"), { CERT: env.client });
    const pets = await response.json();
    if (response.status !== 200 || pets.length === 0) throw new Error("status " + response.status);
  },
};
`;

/** Runs each program, in a folder in which npm installed the package. */
export async function showReadme({ sandbox }: Consumers, consumer: Consumer): Promise<void> {
  const [node, deno, worker] = await readPrograms(sandbox.origin);
  await cp(join(sandbox.directory, "client.p12"), join(consumer.folder, "client.p12"));
  const place = async (name: string, program: string) => {
    await writeFile(join(consumer.folder, name), program);
    return name;
  };
  const ca = join(sandbox.directory, "ca.pem");
  const answers = async (command: string, args: readonly string[]) => {
    const env = { NODE_EXTRA_CA_CERTS: ca, DENO_CERT: ca };
    const output = await consumer.run(command, args, env);
    if (!/^200 \[[^]*category/.test(output)) throw new Error(`it printed:\n${output}`);
  };
  await show(
    "README, Node",
    async () => answers(process.execPath, [await place("node.mjs", node)]),
  );
  await show("README, Bun", async () => answers("bun", [await place("bun.ts", node)]));
  await show("README, Deno", async () => {
    // JSR has no such package yet.
    const installed = deno.replace("jsr:", "npm:");
    await answers("deno", ["run", "-A", "--quiet", await place("deno.ts", installed)]);
  });
  await show("README, Cloudflare Workers", async () => {
    await place("readme_worker.mjs", worker);
    const bundle = [
      "--bundle",
      "--conditions=workerd,worker,browser",
      "--format=esm",
      "--external:node:*",
    ];
    await consumer.run("esbuild", ["readme_worker.mjs", ...bundle, "--outfile=readme_worker.js"]);
    const path = JSON.stringify(join(consumer.folder, "readme_worker.js"));
    const { code, output } = await runWorkerd("readme", {
      source: CALL_WORKER.replace("PROGRAM", path),
      server: sandbox,
      identities: ["client"],
    });
    if (code !== 0) throw new Error(`workerd ended with ${code}:\n${output}`);
  });
}

/** Reads the programs from README.md. They call another server. */
async function readPrograms(origin: string): Promise<readonly [string, string, string]> {
  const readme = await readFile(join(ROOT, "README.md"), "utf8");
  const read = (name: string) => {
    const [, program] = new RegExp(`\`\`\`js\n// ${name}: .*\n([^]*?)\`\`\``).exec(readme) ?? [];
    if (!program?.includes(HOST)) throw new Error(`README.md has no program for ${name}`);
    return program.replaceAll(HOST, origin);
  };
  return [read(NAMES[0]), read(NAMES[1]), read(NAMES[2])];
}

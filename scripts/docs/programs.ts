/**
 * Runs the programs of a page, on each runtime that they are for.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { build } from "esbuild";
import { runWorkerd } from "../workerd.ts";
import { expectOutput, expectTexts, readPrinted } from "./expect.ts";
import type { Fence } from "./fences.ts";
import type { PagePlace } from "./place.ts";

/** The commands that run a program. */
const COMMANDS: Readonly<Record<string, string>> = {
  Node: `"${process.execPath}"`,
  Deno: "deno run --allow-all --quiet",
  Bun: "bun run",
};

/** The time limit of a server's start, in milliseconds. */
const START = 90_000;

/** Returns the runtimes of a program. */
export function listRuntimes({ runtimes }: Fence): readonly string[] {
  return runtimes.length > 0 ? runtimes : Object.keys(COMMANDS);
}

/** Writes a program into the folder of its page. Returns the path of what to run, from there. */
export async function writeProgram(fence: Fence, place: PagePlace): Promise<string> {
  const path = fence.file ?? `line_${fence.place.split(":").at(-1)}.mjs`;
  await mkdir(dirname(join(place.folder, path)), { recursive: true });
  const text = place.map(fence.text, fence.directives.has("offline"));
  await writeFile(join(place.folder, path), text);
  const exported = fence.directives.get("call");
  if (exported === undefined) return path;
  const program = `call_${basename(path)}`;
  const source = `import * as program from "./${path}";\n${CALL.replace("EXPORT", exported)}`;
  await writeFile(join(place.folder, program), place.map(source));
  return program;
}

/** Runs a written program on one runtime, and compares its output. */
export async function runProgram(
  fence: Fence,
  path: string,
  runtime: string,
  place: PagePlace,
): Promise<void> {
  const { directives } = fence;
  const printed = [
    ...readPrinted(fence.text),
    ...directives.has("prints") ? [directives.get("prints")!] : [],
  ];
  if (printed.length === 0 && fence.output === undefined) {
    throw new Error("nothing says what it prints: add a comment, a `text` fence or `prints`");
  }
  const output = await start(fence, path, runtime, place);
  const map = (text: string) => place.map(text, directives.has("offline"));
  expectTexts(output, printed.map(map));
  if (fence.output !== undefined) expectOutput(output, map(fence.output));
}

async function start(
  { directives }: Fence,
  path: string,
  runtime: string,
  place: PagePlace,
): Promise<string> {
  if (runtime === "Workers") return await callWorker(path, place);
  const command = COMMANDS[runtime];
  if (command === undefined) throw new Error(`there is no runtime ${runtime}`);
  const url = directives.get("serve");
  const env = place.map(directives.get("env") ?? "");
  const line = `${env ? `export ${env}; ` : ""}exec ${command} ${path}`;
  if (url !== undefined) return await askServer(line, place.map(url), place);
  const { code, output } = await place.run(line);
  if (code !== Number(directives.get("exit") ?? 0)) {
    throw new Error(`it ended with ${code}:\n${output}`);
  }
  return output;
}

/** Calls an export, and prints the response. A bound `fetch` keeps no program running. */
const CALL = `const result = await program.EXPORT;
if (result instanceof Response) console.log(result.status, await result.text());
else console.log(JSON.stringify(result));
`;

/** Starts a server, asks it for a URL, and ends it. */
async function askServer(line: string, url: string, place: PagePlace): Promise<string> {
  const env = { ...process.env, ...place.env };
  const child = spawn("bash", ["-c", line], { cwd: place.folder, env, stdio: "pipe" });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => said += text);
  try {
    const end = Date.now() + START;
    while (true) {
      const response = await fetch(url).catch(() => undefined);
      if (response !== undefined) return `${response.status} ${await response.text()}\n`;
      if (child.exitCode !== null || Date.now() > end) {
        throw new Error(`it does not serve:\n${said}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  } finally {
    child.kill();
  }
}

/** Bundles a worker as wrangler does, runs it in workerd with a binding, and calls it. */
async function callWorker(path: string, place: PagePlace): Promise<string> {
  const bundle = `${path}.bundle.js`;
  await build({
    absWorkingDir: place.folder,
    entryPoints: [path],
    outfile: join(place.folder, bundle),
    bundle: true,
    format: "esm",
    conditions: ["workerd", "worker", "browser"],
    external: ["node:*"],
    logLevel: "silent",
  });
  const { code, output } = await runWorkerd("docs", {
    source: CALL_WORKER.replace("PROGRAM", JSON.stringify(join(place.folder, bundle))),
    server: place.sandbox,
    identities: ["client"],
  });
  if (code !== 0) throw new Error(`workerd ended with ${code}:\n${output}`);
  return output;
}

const CALL_WORKER = `import worker from PROGRAM;

export default {
  async test(controller, env) {
    const request = new Request("https://worker.example/");
    const response = await worker.fetch(request, { CERT: env.client });
    console.log(response.status, await response.text());
  },
};
`;

/**
 * Runs the commands of a page in a shell, and compares their outputs.
 *
 * @module
 */
import { spawn } from "node:child_process";
import process from "node:process";
import { PASSPHRASE } from "../../lib/sandbox/identities.ts";
import { ROOT } from "../runtimes.ts";
import { Skip } from "../show.ts";
import { expectOutput, expectTexts } from "./expect.ts";
import { type ConsoleCommand, type Fence, readConsole } from "./fences.ts";
import type { PagePlace } from "./place.ts";

/** The time limit of a command that runs until it is stopped, in milliseconds. */
const LIMIT = 180_000;

/** Runs the commands of a fence, and compares their outputs. */
export async function runCommands(fence: Fence, place: PagePlace): Promise<void> {
  const { directives, language, text, output } = fence;
  const commands: ConsoleCommand[] = language === "console"
    ? readConsole(text)
    : [{ command: text, output }];
  if (commands.length === 0) throw new Error("a `console` fence has lines that begin with `$ `");
  const prints = directives.get("prints");
  const map = (text: string) => place.map(text, directives.has("offline"));
  let all = "";
  for (const { command, output } of commands) {
    const printed = await runCommand(map(command), fence, place);
    if (output !== undefined) expectOutput(printed, map(output));
    all += printed;
  }
  if (prints !== undefined) expectTexts(all, [map(prints)]);
}

async function runCommand(command: string, fence: Fence, place: PagePlace): Promise<string> {
  const { directives } = fence;
  const env = place.map(directives.get("env") ?? "");
  const line = `${env ? `export ${env}\n` : ""}${command}`;
  // The tool asks for passphrases at a terminal. Here is none.
  const usesTool = /@acme\/mc-mtls|cli\/main\.ts/.test(line) && !line.includes("MC_MTLS_");
  const variables: Record<string, string> = usesTool
    ? { MC_MTLS_PASSPHRASE: PASSPHRASE, MC_MTLS_NEW_PASSPHRASE: PASSPHRASE }
    : {};
  const cwd = directives.get("in") === "clone" ? ROOT : place.folder;
  const stop = directives.get("stop");
  if (stop !== undefined) return await runUntil(line, stop, { ...place.env, ...variables }, cwd);
  const { code, output } = await place.run(line, variables, cwd);
  const expected = Number(directives.get("exit") ?? 0);
  const [, missing] = /: line \d+: (\S+): command not found/.exec(output) ?? [];
  if (code === 127 && missing !== undefined) throw new Skip(`there is no ${missing}`);
  if (code !== expected) throw new Error(`${command} ended with ${code}:\n${output}`);
  return output;
}

/** Runs a command, and ends it and its children when it has printed a text. */
function runUntil(
  line: string,
  text: string,
  env: Readonly<Record<string, string>>,
  cwd: string,
): Promise<string> {
  const child = spawn("bash", ["-c", line], {
    cwd,
    env: { ...process.env, NO_COLOR: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const stop = () => process.kill(-child.pid!, "SIGINT");
  const timer = setTimeout(stop, LIMIT);
  let output = "";
  let isStopped = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (part) => {
      output += part;
      if (isStopped || !output.includes(text)) return;
      isStopped = true;
      stop();
    });
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => {
      clearTimeout(timer);
      if (isStopped) resolve(output);
      else reject(new Error(`it did not print "${text}":\n${output}`));
    });
  });
}

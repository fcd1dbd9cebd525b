/**
 * Starts the child processes on each runtime, and sends them commands.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { findProgram } from "../find_program.ts";
import { ROOT, type Runtime } from "../runtimes.ts";
import type {
  Answer,
  Command,
  FloodCommand,
  FloodResult,
  MemoryCommand,
  MemoryResult,
  Start,
} from "./protocol.ts";

/** The time limit of a command, in milliseconds. */
const TIMEOUT = 3 * 60 * 1000;

/** Runtime of the benchmark. */
export type BenchRuntime = Runtime & { readonly name: "Node" | "Deno" | "Bun" };

/** The flags with which each runtime runs a file. */
const FLAGS = { Node: [], Deno: ["run", "--allow-all", "--no-check", "--quiet"], Bun: ["run"] };

/** The variable that makes each runtime trust one more CA by default. */
const TRUST_VARIABLES = {
  Node: "NODE_EXTRA_CA_CERTS",
  Deno: "DENO_CERT",
  Bun: "NODE_EXTRA_CA_CERTS",
};

/** Starts a program. The runtime trusts the CA in the file `trusted` by default. */
export function startProgram(
  { name, command }: BenchRuntime,
  args: readonly string[],
  trusted?: string,
): ChildProcess {
  const { NODE_EXTRA_CA_CERTS: _, DENO_CERT: __, ...env } = process.env;
  env.PATH = [join(ROOT, "node_modules", ".bin"), env.PATH].join(delimiter);
  env.NO_COLOR = "1";
  if (trusted !== undefined) env[TRUST_VARIABLES[name]] = trusted;
  const stdio = ["pipe", "pipe", "inherit"] as const;
  const program = findProgram(command, [...FLAGS[name], ...args], env.PATH.split(delimiter));
  return spawn(program.command, program.args, { cwd: ROOT, env, stdio: [...stdio] });
}

/** Child process with one contender. */
export class Child {
  readonly #process: ChildProcess;
  readonly #name: string;
  readonly #lines: AsyncIterator<string>;
  readonly #exit: Promise<unknown>;

  constructor(runtime: BenchRuntime, program: string, start: Start, trusted?: string) {
    this.#name = `${start.contender} on ${runtime.name} ${runtime.version}`;
    this.#process = startProgram(runtime, [program], trusted);
    this.#exit = once(this.#process, "close");
    this.#process.stdin!.on("error", () => {}); // the end of the output reports it
    this.#lines = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]();
    this.#write(start);
  }

  /** Sends requests. */
  ask(command: FloodCommand): Promise<FloodResult>;
  ask(command: MemoryCommand): Promise<MemoryResult>;
  async ask(command: Command): Promise<FloodResult | MemoryResult> {
    this.#write(command);
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), TIMEOUT);
    const line = await this.#lines.next().finally(() => clearTimeout(timer));
    if (line.done) throw new Error(`The process of ${this.#name} ended`);
    const answer: Answer<FloodResult | MemoryResult> = JSON.parse(line.value);
    if ("error" in answer) throw new Error(`${this.#name}: ${answer.error}`);
    return answer.result;
  }

  /** Ends the process. */
  async stop(): Promise<void> {
    this.#process.stdin!.end();
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), 5000);
    await this.#exit;
    clearTimeout(timer);
  }

  #write(message: Start | Command): void {
    this.#process.stdin!.write(`${JSON.stringify(message)}\n`);
  }
}

/**
 * A folder outside the repository in which the package is installed, and in which consumers run.
 *
 * @module
 */
import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { PASSPHRASE } from "../../lib/sandbox/identities.ts";
import type { OpenSandbox } from "../../lib/sandbox/open.ts";
import { ROOT, run } from "../runtimes.ts";
import { Skip } from "../show.ts";

/** The folder of the tools that consume the package. */
export const TOOLS: string = join(ROOT, "scripts", "package");

const PROGRAMS = join(TOOLS, "programs");

/** The time limit of a consumer, in milliseconds. webpack needs minutes on a busy machine. */
const TIMEOUT = 5 * 60 * 1000;

/** The line that `programs/check.mjs` prints at its end. */
const WORKS = "The package works";

/** Folder of a program that uses the package. */
export interface Consumer {
  readonly folder: string;
  /** Runs a command there and returns its output. Throws if the command fails. */
  run(command: string, args: readonly string[], env?: Record<string, string>): Promise<string>;
  /** Runs a command that ends with the line of `programs/check.mjs`. */
  use(command: string, args: readonly string[], env?: Record<string, string>): Promise<void>;
}

/** Makes empty folders for consumers. */
export interface Consumers {
  readonly tarball: string;
  readonly sandbox: OpenSandbox;
  /** Makes an empty folder with the programs and a `package.json`. */
  make(name: string): Promise<Consumer>;
  /** Removes the folders. */
  remove(): Promise<void>;
}

/** Prepares a place for consumers of a tarball. They call the sandbox. */
export async function placeConsumers(tarball: string, sandbox: OpenSandbox): Promise<Consumers> {
  const place = await realpath(await mkdtemp(join(tmpdir(), "mc-mtls-package-")));
  const { origin: ORIGIN, directory: DIRECTORY } = sandbox;
  const variables = {
    ORIGIN,
    DIRECTORY,
    PASSPHRASE,
    PATH: [
      join(TOOLS, "node_modules", ".bin"),
      join(ROOT, "node_modules", ".bin"),
      process.env.PATH,
    ].join(delimiter),
  };
  return {
    tarball,
    sandbox,
    async make(name) {
      const folder = join(place, name);
      await mkdir(folder, { recursive: true });
      await cp(PROGRAMS, folder, { recursive: true });
      await writeFile(join(folder, "package.json"), `{ "name": "consumer", "private": true }\n`);
      const runHere: Consumer["run"] = async (command, args, env = {}) => {
        const { code, output } = await run(
          command,
          args,
          { ...variables, ...env },
          TIMEOUT,
          folder,
        );
        if (code === 0) return output;
        if (/spawn \S+ ENOENT/.test(output)) throw new Skip(`there is no ${command}`);
        throw new Error(`${[command, ...args].join(" ")} ended with ${code}:\n${output}`);
      };
      return {
        folder,
        run: runHere,
        async use(...command) {
          const output = await runHere(...command);
          if (!output.includes(WORKS)) throw new Error(`it did not use the package:\n${output}`);
        },
      };
    },
    remove: () => rm(place, { recursive: true, force: true }),
  };
}

/** Makes a folder in which npm installed the package. */
export async function makeInstalled(consumers: Consumers, name: string): Promise<Consumer> {
  const consumer = await consumers.make(name);
  await consumer.run("npm", [
    "install",
    "--prefer-offline",
    "--loglevel=error",
    "--no-audit",
    consumers.tarball,
  ]);
  return consumer;
}

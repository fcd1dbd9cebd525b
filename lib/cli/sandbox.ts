/**
 * `mc-mtls sandbox`: starts the local sandbox.
 *
 * @module
 */
import { join } from "node:path";
import process from "node:process";
import { BEHAVIORS, type SandboxBehavior } from "../sandbox/behavior.ts";
import { PASSPHRASE } from "../sandbox/identities.ts";
import { openSandbox } from "../sandbox/open.ts";
import { readArguments, UsageError } from "./arguments.ts";
import { type Command, ExitCode } from "./command.ts";
import { oneLine, print } from "./layout.ts";
import { programName, quote } from "./program.ts";

const OPTIONS = {
  port: { type: "string" },
  dir: { type: "string" },
  behavior: { type: "string" },
} as const;

const NAMES = Object.keys(BEHAVIORS);

/** The command. */
export const command: Command = {
  summary: "Start a local stand-in for Mastercard's sandbox",
  usage: "[options]",
  example: "--port 8443 --dir sandbox",
  help:
    `The sandbox listens only on this machine. It makes a CA and client certificates, and answers as
the Petstore of Mastercard's guide does. It runs until you stop it.

Options
  --port PORT      listen on this port (any free port)
  --dir DIR        write the files to this folder, an empty or a new one (a temporary folder)
  --behavior NAME  show a failure (gateway):
${NAMES.map((name) => `    ${name.padEnd(15)}  ${BEHAVIORS[name as SandboxBehavior]}`).join("\n")}

A test can start it too: import { startSandbox } from "@acme/mc-mtls/sandbox".`,
  async run(args) {
    const { port = "0", dir, behavior } = readArguments(args, OPTIONS).values;
    if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
      throw new UsageError("--port must be a number up to 65535");
    }
    if (behavior !== undefined && !NAMES.includes(behavior)) {
      throw new UsageError(`--behavior must be one of ${NAMES.join(", ")}`);
    }
    // A signal during the start must not leave keys behind.
    const stopped = waitForSignal();
    print("Starting the sandbox: making a CA and client certificates ...");
    const sandbox = await openSandbox({
      port: Number(port),
      directory: dir,
      behavior: behavior as SandboxBehavior | undefined,
    });
    try {
      print(describe(sandbox));
      await stopped;
    } finally {
      await sandbox.close();
    }
    return ExitCode.ok;
  },
};

/** Waits until someone ends the program. SIGHUP comes if the terminal is closed. */
function waitForSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(signal, () => resolve());
    }
  });
}

function describe({ origin, directory }: { origin: string; directory: string }): string {
  const path = (name: string) => quote(join(directory, name));
  return `The sandbox is at ${origin}/petstore
Its files are in ${oneLine(directory)}:
  ca.pem        the CA of the server's certificate; trust it with --ca
  ca.key        the CA's key, to sign requests of your own
  client.p12    a client certificate and its key, passphrase "${PASSPHRASE}";
                client.pem and client.key hold the same
  expired.p12   the same, expired yesterday
  revoked.p12   the same, revoked
  foreign.p12   the same, from a CA that the sandbox does not know

Call it:
  ${programName()} fetch ${origin}/petstore/pets --cert ${path("client.p12")}:${PASSPHRASE} --ca ${
    path("ca.pem")
  }

Stop it with Ctrl+C; this removes the files.`;
}

/**
 * `mc-mtls sandbox`: starts the local sandbox.
 *
 * @module
 */
import process from "node:process";
import { PASSPHRASE, startSandbox } from "../sandbox/mod.ts";
import { type Command, ExitCode, readArguments, UsageError } from "./command.ts";
import { programName } from "./program.ts";

const OPTIONS = { port: { type: "string" } } as const;

/** The command. */
export const command: Command = {
  summary: "Start a local stand-in for Mastercard's sandbox",
  usage: "[options]",
  example: "--port 8443",
  help:
    `The sandbox listens only on this machine. It makes a CA and client certificates, and answers as
the Petstore of Mastercard's guide does. It runs until you stop it.

Options
  --port PORT  listen on this port (any free port)`,
  async run(args) {
    const { port = "0" } = readArguments(args, OPTIONS).values;
    if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
      throw new UsageError("--port must be a number up to 65535");
    }
    const sandbox = await startSandbox({ port: Number(port) });
    const { origin, directory } = sandbox;
    console.log(`The sandbox is at ${origin}/petstore
Its files are in ${directory}:
  ca.pem        the CA of the server's certificate; trust it with --ca
  client.p12    a client certificate and its key, passphrase "${PASSPHRASE}";
                client.pem and client.key hold the same
  expired.p12   the same, expired yesterday
  foreign.p12   the same, from a CA that the sandbox does not know

Call it:
  MC_MTLS_PASSPHRASE=${PASSPHRASE} ${programName()} fetch ${origin}/petstore/pets \\
    --cert ${directory}/client.p12 --ca ${directory}/ca.pem

Stop it with Ctrl+C; this removes the files.`);
    await new Promise((resolve) => process.on("SIGINT", resolve).on("SIGTERM", resolve));
    await sandbox.close();
    return ExitCode.ok;
  },
};

import process from "node:process";
import { PASSPHRASE, startSandbox } from "../sandbox/mod.ts";
import { type Command, ExitCode, readArguments, UsageError } from "./command.ts";
import { programName } from "./program.ts";

const OPTIONS = { port: { type: "string" } } as const;

/** `mc-mtls sandbox` */
export const command: Command = {
  summary: "Starts a local stand-in for Mastercard's sandbox",
  usage: "[options]",
  help:
    `It listens on this machine alone, makes an authority and client certificates, and answers as the
Petstore of Mastercard's guide does. It stays until it is stopped.

Options
  --port PORT  the port to listen on. Default is any free one`,
  async run(args) {
    const { port = "0" } = readArguments(args, OPTIONS).values;
    if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
      throw new UsageError("--port must be a number up to 65535.");
    }
    const sandbox = await startSandbox({ port: Number(port) });
    const { origin, directory } = sandbox;
    console.log(`The sandbox is at ${origin}/petstore
Its files are in ${directory}:
  ca.pem        the authority of its server certificate, to be trusted with --ca
  client.p12    a client certificate and its key, passphrase "${PASSPHRASE}";
                client.pem and client.key hold the same
  expired.p12   the same, expired yesterday
  foreign.p12   the same, from an authority that the sandbox does not know

Call it:
  MC_MTLS_PASSPHRASE=${PASSPHRASE} ${programName()} fetch ${origin}/petstore/pets \\
    --cert ${directory}/client.p12 --ca ${directory}/ca.pem

Stop it with Ctrl+C; that removes the files.`);
    await new Promise((resolve) => process.on("SIGINT", resolve).on("SIGTERM", resolve));
    await sandbox.close();
    return ExitCode.ok;
  },
};

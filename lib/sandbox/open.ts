/**
 * Opens the sandbox, with its CA and its server for the tools of this project.
 *
 * @module
 */
import type { Server } from "node:https";
import type { AddressInfo } from "node:net";
import { invalidArgument, McFetchError } from "../errors.ts";
import { BEHAVIORS, type SandboxBehavior } from "./behavior.ts";
import { makeFolder } from "./folder.ts";
import { issueIdentities, serialNumberOf, writeIdentities } from "./identities.ts";
import { issue, type Issued } from "./pki.ts";
import { type Handler, startServer } from "./server.ts";

/** Open sandbox. */
export interface OpenSandbox {
  /** The origin, such as `https://localhost:40123`. */
  readonly origin: string;
  /** The folder with `ca.pem`, and the files of each identity. */
  readonly directory: string;
  /** The CA that issued the certificates. */
  readonly ca: Issued;
  /** The server. */
  readonly server: Server;
  /** Closes the connections and removes the files. */
  close(): Promise<void>;
}

/** Options of {@linkcode openSandbox}. */
interface Options {
  readonly port?: number | undefined;
  readonly directory?: string | undefined;
  readonly behavior?: SandboxBehavior | undefined;
  readonly handle?: Handler | undefined;
}

/** Makes the certificates, starts the server and writes the files. */
export async function openSandbox(options: Options = {}): Promise<OpenSandbox> {
  const { port = 0, directory, behavior = "gateway", handle = () => false } = options;
  if ("Bun" in globalThis) {
    const message =
      "Cannot start the sandbox: Bun's server does not show the client certificate; " +
      "start it with Node or Deno";
    throw new McFetchError("unsupported_runtime", message);
  }
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw invalidArgument("start the sandbox", "port must be a whole number from 0 to 65535");
  }
  if (!Object.hasOwn(BEHAVIORS, behavior)) {
    const names = Object.keys(BEHAVIORS).join(", ");
    throw invalidArgument("start the sandbox", `behavior must be one of ${names}`);
  }
  const folder = await makeFolder(directory);
  let server: Server | undefined;
  try {
    // OpenSSL tells CAs apart by their names. A random part makes the name of each sandbox unique.
    const commonName = `mc-mtls sandbox CA ${crypto.randomUUID().slice(0, 8)}`;
    const ca = await issue({ commonName, use: "ca" });
    const identities = await issueIdentities(ca);
    const revoked = serialNumberOf(identities.revoked[0]);
    server = await startServer({ ca, port, behavior, revoked, handle });
    await writeIdentities(folder.path, ca, identities);
    return {
      origin: `https://localhost:${(server.address() as AddressInfo).port}`,
      directory: folder.path,
      ca,
      server,
      close: closeOnce(server, folder.remove),
    };
  } catch (error) {
    server?.close();
    await folder.remove();
    throw error;
  }
}

/** Returns a function that closes the server and removes the files, at its first call. */
function closeOnce(server: Server, remove: () => Promise<void>): () => Promise<void> {
  let closed: Promise<void> | undefined;
  return () =>
    closed ??= (async () => {
      const ended = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await Promise.all([ended, remove()]);
    })();
}

/**
 * TLS connections for an `https.Agent`, on Node, Deno and Bun.
 *
 * @module
 */
import type { NetConnectOpts, Socket } from "node:net";
import type { ConnectionOptions, TLSSocket } from "node:tls";
import { getBuiltin } from "../../builtin.ts";
import type { ClientSettings } from "./client.ts";
import { joinHost } from "./host.ts";
import { native } from "./native.ts";
import { findProxy } from "./proxy_choice.ts";
import { trustAlso } from "./roots.ts";
import { watchFailure } from "./socket_failures.ts";

/** Where a connection leads. */
export interface Target {
  readonly host: string;
  readonly port: number;
  /** Options of the request about the TCP connection, such as `lookup` and `family`. */
  readonly tcp: Readonly<Record<string, unknown>>;
}

/**
 * Makes the function that opens connections with a certificate. It settles after the handshake, or
 * rejects with its failure.
 */
export async function makeConnector(
  settings: ClientSettings,
): Promise<(target: Target) => Promise<TLSSocket>> {
  const { connect } = getBuiltin("node:tls");
  const identity = await readIdentity(settings);
  return async ({ host, port, tcp }) => {
    const { isIP } = getBuiltin("node:net");
    const socket = await openProxy(settings, host, port);
    const options: ConnectionOptions & Partial<NetConnectOpts> = {
      ...tcp,
      ...identity,
      host,
      port,
      ...socket !== undefined && { socket },
      // An IP address is not a server name (RFC 6066, section 3).
      ...isIP(host) === 0 && { servername: host },
      ALPNProtocols: ["http/1.1"],
      rejectUnauthorized: true, // overrides NODE_TLS_REJECT_UNAUTHORIZED=0
    };
    return await new Promise((resolve, reject) => {
      const secure = connect(options);
      watchFailure(secure, (error) => {
        secure.destroy();
        reject(error);
      });
      secure.once("secureConnect", () => resolve(secure));
    });
  };
}

async function readIdentity(settings: ClientSettings): Promise<ConnectionOptions> {
  const { cert, key, extraCa } = settings;
  if (!("Deno" in globalThis) && !("Bun" in globalThis)) {
    const { makeContext } = await import("./node_context.ts");
    return { secureContext: await makeContext(settings) };
  }
  if ("Deno" in globalThis) (await import("./deno.ts")).checkDenoFiles(settings);
  else (await import("./bun.ts")).checkBunFiles(settings);
  return { cert, key, ...await trustAlso(extraCa) };
}

/** Opens the tunnel through a proxy, if there is one. */
async function openProxy(
  { proxy, extraCa }: ClientSettings,
  host: string,
  port: number,
): Promise<Socket | undefined> {
  const target = joinHost(host, port);
  const through = findProxy(new native.URL(`https://${target}`), proxy);
  if (through === undefined) return undefined;
  const { openTunnel } = await import("./tunnel.ts");
  return await openTunnel(through, target, await trustAlso(extraCa)).socket;
}

/**
 * Requests with a client certificate on Node: undici's connections, answered with the built-in
 * `Response`.
 *
 * @module
 */
import type { Socket } from "node:net";
import type { buildConnector } from "undici";
import { getBuiltin } from "../../builtin.ts";
import { type Client, type ClientSettings, unsupportedRuntime } from "./client.ts";
import { isEnvironmentUsed } from "./environment.ts";
import { native } from "./native.ts";
import { makeContext } from "./node_context.ts";
import { openPools, type Undici } from "./node_pools.ts";
import { sendHop } from "./node_hop.ts";
import { trustAlso } from "./roots.ts";
import type { Tunnel } from "./tunnel.ts";

/** Opens a client on Node. */
export async function openNodeClient(settings: ClientSettings): Promise<Client> {
  await proveResponse();
  const undici = await loadUndici();
  const zlib = getBuiltin("node:zlib");
  const runLater = native.setImmediate ?? getBuiltin("node:timers").setImmediate;
  /** The tunnels that are being opened: a proxy that does not answer would outlive the client. */
  const tunnels = new Set<Tunnel>();
  const connections = openPools(undici, await makeConnect(settings, undici, tunnels), runLater);
  const environment = { connections, zlib, runLater, codings: listCodings() };
  return {
    settings,
    async send(request) {
      if (globalThis.ReadableStream !== native.ReadableStream) await proveResponse();
      return await sendHop(environment, request);
    },
    close() {
      // No request waits any more. One that was aborted has left its tunnel behind.
      for (const tunnel of tunnels) tunnel.close();
      // It settles after the last response was read, which may be never: nobody waits for it.
      connections.close().catch(() => {});
    },
  };
}

async function loadUndici(): Promise<Undici> {
  try {
    return await import("undici");
  } catch (cause) {
    throw unsupportedRuntime(
      "the package undici cannot be loaded; install it (npm install undici@7), or keep it external if the program is a bundle",
      { cause },
    );
  }
}

/**
 * Proves that a `Response` reads a stream. A replaced class may not, and the `Response` of Node 20
 * and 22 looks for `globalThis.ReadableStream` in each call.
 */
async function proveResponse(): Promise<void> {
  try {
    const stream = new native.ReadableStream({
      type: "bytes",
      start(controller) {
        controller.enqueue(new Uint8Array([0x6f, 0x6b]));
        controller.close();
      },
    });
    if (await new native.Response(stream).text() === "ok") return;
  } catch { // reported below
  }
  throw unsupportedRuntime(
    "`globalThis.Response` or `globalThis.ReadableStream` was replaced, and a response cannot be " +
      "read from a stream; load this module first, or leave the two as they are",
  );
}

/** The built-in `fetch` accepts zstd since Node 26. */
function listCodings(): string {
  const { process } = globalThis as { process?: { versions?: { undici?: string } } };
  const isNew = Number.parseInt(process?.versions?.undici ?? "") >= 8;
  return `br, gzip, deflate${isNew ? ", zstd" : ""}`;
}

/** Makes the function that opens connections, through a proxy if there is one. */
async function makeConnect(
  settings: ClientSettings,
  { buildConnector }: Undici,
  tunnels: Set<Tunnel>,
): Promise<buildConnector.connector> {
  const { proxy } = settings;
  const secureContext = await makeContext(settings);
  // The explicit option overrides NODE_TLS_REJECT_UNAUTHORIZED=0.
  const options = { secureContext, rejectUnauthorized: true, allowH2: false };
  const connect = endAtFirstError(buildConnector(options));
  return (options, callback) => {
    const { hostname, port } = options;
    if (proxy === undefined && !isEnvironmentUsed()) return connect(options, callback);
    openTunnelTo([hostname, port || 443], settings, tunnels).then(
      (httpSocket) => connect({ ...options, ...httpSocket && { httpSocket } }, callback),
      (error) => callback(error, null),
    );
  };
}

/** Opens a tunnel. Returns undefined if the server is reached without a proxy. */
async function openTunnelTo(
  address: [host: string, port: number | string],
  { proxy, extraCa }: ClientSettings,
  tunnels: Set<Tunnel>,
): Promise<Socket | undefined> {
  const { findProxy } = await import("./proxy_choice.ts");
  const { joinHost } = await import("./host.ts");
  const target = joinHost(...address);
  const through = findProxy(new native.URL(`https://${target}`), proxy);
  if (through === undefined) return undefined;
  const { openTunnel } = await import("./tunnel.ts");
  const tunnel = openTunnel(through, target, await trustAlso(extraCa));
  tunnels.add(tunnel);
  try {
    return await tunnel.socket;
  } finally {
    tunnels.delete(tunnel);
  }
}

/**
 * A TLS 1.3 server rejects the certificate after the handshake. The alert arrives as an error of
 * the socket, then the connection ends, and undici reports the end. A socket that is destroyed with
 * its first error has no end to report.
 */
function endAtFirstError(connect: buildConnector.connector): buildConnector.connector {
  return (options, callback) =>
    connect(options, (...[error, socket]) => {
      if (error !== null) return callback(error, null);
      socket.once("error", (error) => socket.destroy(error));
      callback(null, socket);
    });
}

import type { buildConnector } from "undici";
import { type Client, type ClientSettings, refuseKey } from "./client.ts";
import { trustAlso } from "./roots.ts";

/** Opens a client on Node: an undici `Agent`, as the dispatcher of Node's own `fetch`. */
export async function openNodeClient(settings: ClientSettings): Promise<Client> {
  const { cert, key, extraCa, proxy } = settings;
  const { createSecureContext } = await import("node:tls");
  const { Agent, buildConnector } = await import("undici");
  const { environmentProxy, openTunnel } = await import("./tunnel.ts");
  const trust = await trustAlso(extraCa);
  // One for all connections: with `ca` it takes some 30 ms of the main thread to make, since every
  // root certificate is parsed.
  let secureContext;
  try {
    secureContext = createSecureContext({ cert, key, ...trust });
  } catch (cause) {
    throw refuseKey("Node", settings, cause);
  }
  const connect = endAtFirstError(buildConnector({ secureContext }));
  const dispatcher = new Agent({
    connect(options, callback) {
      const port = Number(options.port || 443);
      const through = proxy ?? environmentProxy(options.hostname, port);
      if (through === undefined) return connect(options, callback);
      openTunnel(through, `${options.hostname}:${port}`, trust).then(
        (httpSocket) => connect({ ...options, httpSocket }, callback),
        (error) => callback(error, null),
      );
    },
  });
  return {
    fetch(request) {
      const init: RequestInit & { dispatcher: typeof dispatcher } = {
        dispatcher,
      };
      return fetch(request, init);
    },
    close() {
      // It settles when the last response was read, which may be never: nobody waits for it.
      dispatcher.close().catch(() => {});
    },
  };
}

/**
 * In TLS 1.3 the server's verdict on the certificate comes after the handshake, as an alert that
 * the socket emits as an error; then the connection ends, and undici tells of that end alone. A
 * socket destroyed with its first error has no end to tell of.
 */
function endAtFirstError(connect: buildConnector.connector): buildConnector.connector {
  return (options, callback) =>
    connect(options, (...[error, socket]) => {
      if (error !== null) return callback(error, null);
      socket.once("error", (error) => socket.destroy(error));
      callback(null, socket);
    });
}

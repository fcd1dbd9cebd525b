import type { buildConnector } from "undici";
import type { Client, ClientSettings } from "./client.ts";
import { withRoots } from "./roots.ts";

/** Opens a client on Node: an undici `Agent`, as the dispatcher of Node's own `fetch`. */
export async function openNodeClient({ cert, key, ca }: ClientSettings): Promise<Client> {
  const { Agent, buildConnector } = await import("undici");
  const connect = buildConnector({ cert, key, ...await withRoots(ca) });
  const dispatcher = new Agent({ connect: endAtFirstError(connect) });
  return {
    fetch(request) {
      const init: RequestInit & { dispatcher: typeof dispatcher } = { dispatcher };
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

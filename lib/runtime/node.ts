import type { Client, ClientSettings } from "./client.ts";
import { trustAlso } from "./roots.ts";
import { environmentProxy, openTunnel } from "./tunnel.ts";

/** Opens a client on Node: an undici `Agent`, as the dispatcher of Node's own `fetch`. */
export async function openNodeClient(
  { cert, key, ca, proxy }: ClientSettings,
): Promise<Client> {
  const { Agent, buildConnector } = await import("undici");
  const trust = await trustAlso(ca);
  const connect = buildConnector({ cert, key, ...trust });
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

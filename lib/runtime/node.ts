import type { Client, ClientSettings } from "./client.ts";

/** Opens a client on Node: an undici `Agent`, as the dispatcher of Node's own `fetch`. */
export async function openNodeClient(
  { cert, key, ca }: ClientSettings,
): Promise<Client> {
  const { Agent } = await import("undici");
  const dispatcher = new Agent({ connect: { cert, key, ...await trust(ca) } });
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

/** Node's `ca` replaces its own roots, so they go along, with those of `NODE_EXTRA_CA_CERTS`. */
async function trust(ca: readonly string[]): Promise<{ ca?: string[] }> {
  if (ca.length === 0) return {};
  const tls = await import("node:tls");
  return { ca: [...tls.rootCertificates, ...ca] };
}

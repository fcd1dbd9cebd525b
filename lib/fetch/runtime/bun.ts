import { refuseHttpsProxy } from "./proxy.ts";
import { blameProxy } from "./proxy_failure.ts";
import { type Client, type ClientSettings, isCommonKey, refuseKey } from "./client.ts";
import { readEnvironment, trustAlso } from "./roots.ts";

/**
 * Opens a client on Bun. Bun keeps the connections itself, one pool for each distinct `tls`, and
 * lets them go when they have been idle: there is nothing to close.
 */
export async function openBunClient(settings: ClientSettings): Promise<Client> {
  const { cert, key, extraCa, proxy } = settings;
  if (!isCommonKey(settings)) throw refuseKey("Bun", settings);
  const tls = { cert, key, ...await trustAlso(extraCa) };
  return {
    async fetch(request) {
      refuseHttpsProxy("Bun", proxy, readEnvironment); // anew at each request
      const init: RequestInit & { tls: typeof tls; proxy?: string } = { tls };
      if (proxy === undefined) return await fetch(request, init);
      init.proxy = proxy;
      return await fetch(request, init).catch((error) => {
        throw blameProxy(error);
      });
    },
    close() {},
  };
}

import process from "node:process";
import { refuseHttpsProxy } from "../proxy.ts";
import { blameProxy } from "../proxy_failure.ts";
import type { Client, ClientSettings } from "./client.ts";
import { trustAlso } from "./roots.ts";

/**
 * Opens a client on Bun. Bun keeps the connections itself, one pool for each distinct `tls`, and
 * lets them go when they have been idle: there is nothing to close.
 */
export async function openBunClient(
  { cert, key, ca, proxy }: ClientSettings,
): Promise<Client> {
  const tls = { cert, key, ...await trustAlso(ca) };
  return {
    async fetch(request) {
      refuseHttpsProxy("Bun", proxy, (name) => process.env[name]); // read anew at each request
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

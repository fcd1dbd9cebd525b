import { refuseHttpsProxy } from "./proxy.ts";
import { blameProxy } from "./proxy_failure.ts";
import { type Client, type ClientSettings, refuseKey } from "./client.ts";
import { readEnvironment, trustAlso } from "./roots.ts";

/** The keys that its TLS takes. */
const TAKES = /^(RSA \d+|EC P-(256|384|521)|Ed25519)$/;

/**
 * Opens a client on Bun. Bun keeps the connections itself, one pool for each distinct `tls`, and
 * lets them go when they have been idle: there is nothing to close.
 */
export async function openBunClient(
  { cert, key, keyType, ca, proxy }: ClientSettings,
): Promise<Client> {
  if (!TAKES.test(keyType)) throw refuseKey("Bun", keyType);
  const tls = { cert, key, ...await trustAlso(ca) };
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

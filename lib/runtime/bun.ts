import { type Client, type ClientSettings, refuseKey } from "./client.ts";
import { withRoots } from "./roots.ts";

/** The keys that its TLS takes. */
const TAKES = /^(RSA \d+|EC P-(256|384|521)|Ed25519)$/;

/**
 * Opens a client on Bun. Bun keeps the connections itself, one pool for each distinct `tls`, and
 * lets them go when they have been idle: there is nothing to close.
 */
export async function openBunClient(
  { cert, key, keyType, ca }: ClientSettings,
): Promise<Client> {
  if (!TAKES.test(keyType)) throw refuseKey("Bun", keyType);
  const tls = { cert, key, ...await withRoots(ca) };
  return {
    fetch(request) {
      const init: RequestInit & { tls: typeof tls } = { tls };
      return fetch(request, init);
    },
    close() {},
  };
}

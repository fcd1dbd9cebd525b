import type { Client, ClientSettings } from "./client.ts";
import { withRoots } from "./roots.ts";

/**
 * Opens a client on Bun. Bun keeps the connections itself, one pool for each distinct `tls`, and
 * lets them go when they have been idle: there is nothing to close.
 */
export async function openBunClient(
  { cert, key, ca }: ClientSettings,
): Promise<Client> {
  const tls = { cert, key, ...await withRoots(ca) };
  return {
    fetch(request) {
      const init: RequestInit & { tls: typeof tls } = { tls };
      return fetch(request, init);
    },
    close() {},
  };
}

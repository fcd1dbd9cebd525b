import type { Client, ClientSettings } from "./client.ts";

/**
 * Opens a client on Bun. Bun keeps the connections itself, one pool for each distinct `tls`, and
 * lets them go when they have been idle: there is nothing to close.
 */
export async function openBunClient(
  { cert, key, ca }: ClientSettings,
): Promise<Client> {
  const tls = { cert, key, ...await trust(ca) };
  return {
    fetch(request) {
      const init: RequestInit & { tls: typeof tls } = { tls };
      return fetch(request, init);
    },
    close() {},
  };
}

/** Bun's `ca` replaces its own roots, so they go along. */
async function trust(
  ca: readonly string[],
): Promise<{ ca?: readonly string[] }> {
  if (ca.length === 0) return {};
  const { rootCertificates } = await import("node:tls");
  return { ca: [...rootCertificates, ...ca] };
}

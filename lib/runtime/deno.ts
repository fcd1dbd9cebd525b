import type { Client, ClientSettings } from "./client.ts";

interface DenoHttpClient {
  close(): void;
}

/** The part of the `Deno` namespace that is used here, since its types exist on Deno alone. */
export interface DenoNamespace {
  createHttpClient(
    options: { cert: string; key: string; caCerts: readonly string[] },
  ): DenoHttpClient;
}

/** Opens a client on Deno, whose `caCerts` add to its own roots. */
export function openDenoClient(
  deno: DenoNamespace,
  { cert, key, ca }: ClientSettings,
): Client {
  const client = deno.createHttpClient({ cert, key, caCerts: ca });
  return {
    fetch(request) {
      const init: RequestInit & { client: DenoHttpClient } = { client };
      return fetch(request, init);
    },
    close: () => client.close(),
  };
}

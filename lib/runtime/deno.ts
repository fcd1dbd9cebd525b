import { type Client, type ClientSettings, refuseKey } from "./client.ts";

interface DenoHttpClient {
  close(): void;
}

/** The part of the `Deno` namespace that is used here, since its types exist on Deno alone. */
export interface DenoNamespace {
  createHttpClient(
    options: { cert: string; key: string; caCerts: readonly string[] },
  ): DenoHttpClient;
}

/** RSA of these lengths, in bits, is what its TLS takes. */
const [MIN_RSA, MAX_RSA] = [2048, 8192];

/** It ends the whole process over any other key. */
function takes(keyType: string): boolean {
  const [, bits] = /^RSA (\d+)$/.exec(keyType) ?? [];
  if (bits !== undefined) return Number(bits) >= MIN_RSA && Number(bits) <= MAX_RSA;
  return /^(EC P-(256|384|521)|Ed25519)$/.test(keyType);
}

/** Opens a client on Deno, whose `caCerts` add to its own roots. */
export function openDenoClient(
  deno: DenoNamespace,
  { cert, key, keyType, ca }: ClientSettings,
): Client {
  if (!takes(keyType)) throw refuseKey("Deno", keyType);
  const client = deno.createHttpClient({ cert, key, caCerts: ca });
  return {
    fetch(request) {
      const init: RequestInit & { client: DenoHttpClient } = { client };
      return fetch(request, init);
    },
    close: () => client.close(),
  };
}

import { parseProxy, refuseHttpsProxy } from "../proxy.ts";
import { blameProxy } from "../proxy_failure.ts";
import type { Client, ClientSettings } from "./client.ts";

interface DenoHttpClient {
  close(): void;
}

/** The part of the `Deno` namespace that is used here, since its types exist on Deno alone. */
export interface DenoNamespace {
  /** Opens a pool of connections. */
  createHttpClient(
    options: {
      cert: string;
      key: string;
      caCerts: readonly string[];
      proxy?: { url: string; basicAuth?: { username: string; password: string } };
    },
  ): DenoHttpClient;
  /** The environment, as far as the program may read it. */
  readonly env: { get(name: string): string | undefined };
  /** What the program may do. */
  readonly permissions: {
    querySync(permission: { name: "env"; variable: string }): { readonly state: string };
  };
}

/** Opens a client on Deno, whose `caCerts` add to its own roots. */
export function openDenoClient(
  { createHttpClient, env, permissions }: DenoNamespace,
  { cert, key, ca, proxy }: ClientSettings,
): Client {
  refuseHttpsProxy("Deno", proxy, (variable) => {
    // Asking without the permission would have Deno ask its user.
    const { state } = permissions.querySync({ name: "env", variable });
    return state === "granted" ? env.get(variable) : undefined;
  });
  const client = createHttpClient({ cert, key, caCerts: ca, ...through(proxy) });
  return {
    async fetch(request) {
      const init: RequestInit & { client: DenoHttpClient } = { client };
      return await fetch(request, init).catch((error) => {
        throw proxy === undefined ? error : blameProxy(error);
      });
    },
    close: () => client.close(),
  };
}

/** Deno would take user name and password from the URL as they are, `%40` and all. */
function through(
  proxy: string | undefined,
): Partial<Parameters<DenoNamespace["createHttpClient"]>[0]> {
  if (proxy === undefined) return {};
  const { url, basicAuth } = parseProxy(proxy);
  return { proxy: { url: url.href, ...(basicAuth && { basicAuth }) } };
}

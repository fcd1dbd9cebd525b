/**
 * The used part of the `Deno` namespace, because its types exist only on Deno.
 *
 * @module
 */
import type { Setup } from "./protocol.ts";

interface DenoNamespace {
  createHttpClient(options: {
    readonly cert: string;
    readonly key: string;
    readonly caCerts: readonly string[];
    readonly http2?: boolean;
  }): object;
}

/** Opens a client by hand. `caCerts` adds to the roots of the runtime. */
export function openHttpClient(
  { cert, key, ca }: Pick<Setup, "cert" | "key" | "ca">,
  options: { readonly http2?: boolean } = {},
): object {
  const { Deno } = globalThis as unknown as { readonly Deno: DenoNamespace };
  return Deno.createHttpClient({ cert, key, caCerts: ca === undefined ? [] : [ca], ...options });
}

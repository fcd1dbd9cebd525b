/**
 * The TLS options that a caller writes by hand on Node and Bun.
 *
 * @module
 */
import tls from "node:tls";

/** Part of `node:tls` that Node has since 22.15. */
type SinceNode22 = typeof tls & { getCACertificates?(type: "default"): string[] };

/** Certificate, key, and the trusted CAs unless they are the runtime's default. */
export interface TlsOptions {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string[];
}

/** Makes options that trust the same CAs as the library: the runtime's roots and `ca`. */
export function makeTlsOptions(
  { cert, key, ca }: { readonly cert: string; readonly key: string; readonly ca?: string },
): TlsOptions {
  return { cert, key, ...trustAlso(ca) };
}

/** Makes the `ca` option. It replaces the runtime's roots, so it must repeat them. */
export function trustAlso(ca: string | undefined): { ca?: string[] } {
  if (ca === undefined) return {};
  const roots = (tls as SinceNode22).getCACertificates?.("default") ?? tls.rootCertificates;
  return { ca: [...roots, ca] };
}

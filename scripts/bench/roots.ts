/**
 * The TLS options that a caller writes by hand on Node and Bun.
 *
 * @module
 */
import tls from "node:tls";

/** Node since 22.15. */
type SinceNode22 = typeof tls & { getCACertificates?(type: "default"): string[] };

/** A certificate, its key and, where it is not the runtime's default, all that is trusted. */
export interface TlsOptions {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string[];
}

/** Makes the options that trust the same CAs as the library: the runtime's roots and the given one. */
export function makeTlsOptions(
  { cert, key, ca }: { readonly cert: string; readonly key: string; readonly ca?: string },
): TlsOptions {
  return { cert, key, ...trustAlso(ca) };
}

/** Makes the `ca` option, which replaces the runtime's roots and so has to repeat them. */
export function trustAlso(ca: string | undefined): { ca?: string[] } {
  if (ca === undefined) return {};
  const roots = (tls as SinceNode22).getCACertificates?.("default") ?? tls.rootCertificates;
  return { ca: [...roots, ca] };
}

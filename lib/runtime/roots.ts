/**
 * The runtime's own roots and the caller's, as `node:tls` takes them: there, and in Bun's `fetch`,
 * `ca` replaces the runtime's own.
 */
export async function withRoots(ca: readonly string[]): Promise<{ ca?: string[] }> {
  if (ca.length === 0) return {};
  const { rootCertificates } = await import("node:tls");
  return { ca: [...rootCertificates, ...ca] };
}

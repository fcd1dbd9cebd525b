/** What Node and Bun trust by themselves, for their `ca`, which replaces it rather than adds to it. */

let roots: Promise<readonly string[]> | undefined;

/**
 * The `ca` for a connection that trusts these authorities in addition to the runtime's own. Without
 * any there is none: the runtime's own default is then the best one.
 */
export async function trustAlso(ca: readonly string[]): Promise<{ ca?: string[] }> {
  if (ca.length === 0) return {};
  return { ca: [...await (roots ??= readRoots()), ...ca] };
}

async function readRoots(): Promise<readonly string[]> {
  const tls: typeof import("node:tls") & {
    /** Since Node 22.15: its own, `NODE_EXTRA_CA_CERTS`, and the system's where Node uses them. */
    getCACertificates?(type: "default"): string[];
  } = await import("node:tls");
  return tls.getCACertificates?.("default") ?? [...tls.rootCertificates, ...await readExtra()];
}

/** As Node does, what cannot be read is passed over. */
async function readExtra(): Promise<readonly string[]> {
  const file = readEnvironment("NODE_EXTRA_CA_CERTS");
  if (!file) return [];
  const { readFile } = await import("node:fs/promises");
  return [await readFile(file, "utf8").catch(() => "")];
}

/** A variable of the environment, on Node and Bun. Nothing of theirs is imported where it may not be there. */
export function readEnvironment(name: string): string | undefined {
  const { process } = globalThis as {
    process?: { readonly env?: Readonly<Record<string, string | undefined>> };
  };
  return process?.env?.[name];
}

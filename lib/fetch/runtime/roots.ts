/**
 * The CAs that Node and Bun trust by themselves. Their `ca` option replaces these.
 *
 * @module
 */
import { findBuiltin, getBuiltin } from "../../builtin.ts";
import { readEnvironment } from "./environment.ts";

let roots: Promise<readonly string[]> | undefined;

/** Returns the `ca` option that trusts these CAs in addition to the runtime's own. */
export async function trustAlso(extraCa: readonly string[]): Promise<{ ca?: string[] }> {
  if (extraCa.length === 0) return {};
  return { ca: [...await (roots ??= readRoots()), ...extraCa] };
}

/** `node:tls`, and what Node has since 22.15. */
type Tls = typeof import("node:tls") & {
  /** Node's own roots, `NODE_EXTRA_CA_CERTS`, and the system's if Node uses them. */
  getCACertificates?(type: "default"): string[];
};

async function readRoots(): Promise<readonly string[]> {
  const tls: Tls = getBuiltin("node:tls");
  return tls.getCACertificates?.("default") ?? [...tls.rootCertificates, ...await readExtra()];
}

let added: Promise<readonly string[]> | undefined;

/** Returns the roots that were added to Node's own, which a context's own store lacks. */
export function readAddedRoots(): Promise<readonly string[]> {
  return added ??= readAdded();
}

async function readAdded(): Promise<readonly string[]> {
  const tls: Tls = getBuiltin("node:tls");
  if (tls.getCACertificates === undefined) return await readExtra();
  const bundled = new Set(tls.rootCertificates);
  return tls.getCACertificates("default").filter((pem) => !bundled.has(pem));
}

/** Skips a file that cannot be read, as Node does. */
async function readExtra(): Promise<readonly string[]> {
  const file = readEnvironment("NODE_EXTRA_CA_CERTS");
  const fs = findBuiltin("node:fs/promises");
  if (!file || fs === undefined) return [];
  return [await fs.readFile(file, "utf8").catch(() => "")].filter((text) => text !== "");
}

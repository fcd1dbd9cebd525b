/**
 * The version of this program. A test compares it with the manifests.
 *
 * @module
 */
import process from "node:process";

/** The version of the package. */
export const VERSION = "0.1.0";

/** Returns the version of the program and of its runtime. */
export function formatVersion(): string {
  const { node, deno, bun } = process.versions;
  const runtime = deno !== undefined
    ? `Deno ${deno}`
    : bun !== undefined
    ? `Bun ${bun}`
    : `Node ${node}`;
  return `mc-mtls ${VERSION} (${runtime})`;
}

/**
 * Opens clients with mutants, on the runtime that runs this program. Prints one letter for each:
 *
 * - `a`: the client was opened
 * - `r`: the check of the runtime's TLS rejected the certificate
 * - `m`: the files are malformed, or do not belong together
 * - `!`: an error that is not a `McFetchError`
 *
 * With "raw", the runtime opens the client without any check: `a`, or `x` for an exception.
 */
import process from "node:process";
import { writeSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { McFetchError } from "../lib/errors.ts";
import { findRuntime } from "../lib/fetch/runtime/find.ts";
import type { Client } from "../lib/fetch/runtime/client.ts";
import { loadIdentity } from "../lib/identity/identity.ts";
import { makeMutant, type Mutant } from "./certificate_mutants.ts";

/** The part of `Deno` that is called without a check. */
interface DenoNamespace {
  createHttpClient(options: Mutant): { close(): void };
}

async function open(mutant: Mutant): Promise<string> {
  let isLoaded = false;
  try {
    const identity = await loadIdentity(mutant);
    isLoaded = true;
    const openClient = await findRuntime();
    const client: Client = await openClient({ ...identity, extraCa: [] });
    client.close();
    return "a";
  } catch (error) {
    if (!(error instanceof McFetchError)) return "!";
    return isLoaded ? "r" : "m";
  }
}

function openRaw(mutant: Mutant): string {
  const { Deno } = globalThis as { Deno?: DenoNamespace };
  try {
    if (Deno) Deno.createHttpClient(mutant).close();
    else createSecureContext(mutant);
    return "a";
  } catch {
    return "x";
  }
}

const [mode, ...numbers] = process.argv.slice(2);
const [from = 0, count = 0] = numbers.map(Number);
const all = mode === "raw"
  ? numbers.map(Number)
  : Array.from({ length: count }, (_, i) => from + i);
for (const number of all) {
  const mutant = makeMutant(number);
  writeSync(1, mode === "raw" ? openRaw(mutant) : await open(mutant));
}

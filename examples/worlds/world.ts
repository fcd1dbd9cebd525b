/**
 * The shared part of all worlds. Replaces the globals before or after the library is loaded, calls
 * the server with two certificates at once, and prints the answers as JSON.
 *
 * @module
 */
import process from "node:process";
import { sendCalls } from "./calls.ts";

/** Program in which other code replaces the globals. */
interface World {
  /** Replaces the globals. */
  enter(): unknown;
  /** Throws unless the replacement is active. Runs after the calls. */
  witness(): unknown;
}

const { SERVER = "", CREDENTIALS = "{}", WHEN = "before" } = process.env;

/** The URL that every call of this world goes to. */
export const URL_OF_WORLD = `${SERVER}/certified`;

/** A URL of the same server that accepts requests without a certificate. */
export const URL_OF_WITNESS = `${SERVER}/witness`;

/** The certificates and keys of the two callers, by their names. */
export const callers: Record<string, { cert: string; key: string }> = JSON.parse(CREDENTIALS);

/** Loads the library. */
export async function load(): Promise<typeof import("@acme/mc-mtls")> {
  return await import("@acme/mc-mtls");
}

/** Replaces the globals, calls the server, prints the answers, and ends the process. */
export async function show({ enter, witness }: World): Promise<void> {
  if (WHEN === "after") await load();
  await enter();
  const { createMcFetch, mcFetch } = await load();
  const calls = Object.entries(callers).flatMap(([caller, credentials]) => {
    const bound = createMcFetch(credentials);
    const once: typeof fetch = (input, init) => mcFetch(input, init, credentials);
    return [
      ...sendCalls("createMcFetch", caller, bound, URL_OF_WORLD),
      ...sendCalls("mcFetch", caller, once, URL_OF_WORLD),
    ];
  });
  const answers = await Promise.all(calls);
  let witnessed = "the replacement is in force";
  try {
    await witness();
  } catch (error) {
    witnessed = String(error);
  }
  process.stdout.write(`${JSON.stringify({ answers, witnessed })}\n`, () => process.exit());
}

/** Throws unless the value is as expected. */
export function expect(what: string, actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`${what} is ${actual}, not ${expected}`);
}

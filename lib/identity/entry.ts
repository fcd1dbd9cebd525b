/**
 * The boundary between decoders and entry points. Decoders state a problem. Entry points add
 * advice.
 *
 * @module
 */
import { KeyFileError } from "../errors.ts";
import type { Entry } from "./advice.ts";

/** Runs the work of an entry point, and adds the entry's advice to errors about key files. */
export async function withAdvice<Result>(
  entry: Entry,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof KeyFileError)) throw error;
    const { addAdvice } = await import("./advice.ts");
    throw addAdvice(error, entry);
  }
}

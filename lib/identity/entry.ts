/**
 * The boundary between the decoders, which say what is wrong, and their callers, who are told what
 * to do about it.
 *
 * @module
 */
import { KeyFileError } from "../errors.ts";
import type { Entry } from "./advice.ts";

/** Runs the work of an entry point. An error about a key file gets the advice that fits the entry. */
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

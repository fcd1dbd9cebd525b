/**
 * The options of the functions that read one file.
 *
 * @module
 */
import type { ReadOptions } from "../encryption/opening.ts";
import { readOptions, readText } from "./arguments.ts";
import { readLimits } from "./credentials.ts";

/**
 * Checks options. Each is read once.
 *
 * @param names The options that the function has
 * @throws {McFetchError} `invalid_argument` if one is unknown or of the wrong type
 */
export function readReadOptions(
  action: string,
  options: unknown,
  names: readonly (keyof ReadOptions)[],
): ReadOptions {
  const { passphrase, keyPassphrase, limits } = readOptions(action, options, names);
  return {
    passphrase: readText(action, "passphrase", passphrase),
    keyPassphrase: readText(action, "keyPassphrase", keyPassphrase),
    limits: readLimits(action, limits),
  };
}

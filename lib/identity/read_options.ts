/**
 * Checks of the options for opening a key file: passphrases and limits.
 *
 * @module
 */
import type { Limits, ReadOptions } from "../encryption/opening.ts";
import { invalidArgument } from "../errors.ts";
import { showValue } from "../show.ts";
import { describeType, readOptions, readText } from "./arguments.ts";

const LIMITS = ["maxBytes", "maxBags", "maxIterations", "maxRounds", "maxScryptMemory"] as const;

/** Checks the options of a function that opens one file, and copies them. */
export function copyReadOptions(
  action: string,
  options: ReadOptions,
  names: readonly (keyof ReadOptions)[],
): ReadOptions {
  const { passphrase, keyPassphrase, limits } = readOptions(action, options, names);
  return {
    passphrase: readText(action, "passphrase", passphrase),
    keyPassphrase: readText(action, "keyPassphrase", keyPassphrase),
    limits: readLimits(action, limits),
  };
}

/** Checks the limits for opening a file, and copies them. */
export function readLimits(action: string, limits: unknown): Limits | undefined {
  if (limits === undefined) return undefined;
  if (typeof limits !== "object" || limits === null) {
    throw invalidArgument(action, `limits must be an object: got ${describeType(limits)}`);
  }
  const copy = readOptions(action, limits, LIMITS);
  for (const [name, value] of Object.entries(copy)) {
    if (value === undefined || (typeof value === "number" && value >= 0)) continue;
    throw invalidArgument(action, `${name} must be a number >= 0: got ${showValue(value)}`);
  }
  return copy as Limits;
}

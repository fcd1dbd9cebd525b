/**
 * Comparing credentials by their contents.
 *
 * @module
 */
import { equalBytes } from "../crypto/bytes.ts";
import type { CheckedCredentials, CheckedFiles } from "../identity/credentials.ts";
import type { Limits } from "../encryption/opening.ts";
import type { Contents } from "../identity/arguments.ts";

/** True if both are the same files with the same options, however they were passed. */
export function isSameFiles(a: CheckedFiles, b: CheckedFiles): boolean {
  // The files come last: they may be long.
  return a.passphrase === b.passphrase && a.keyPassphrase === b.keyPassphrase &&
    a.alias === b.alias && a.proxy === b.proxy && isSameLimits(a.limits, b.limits) &&
    isSame(a.pfx, b.pfx) && isSame(a.cert, b.cert) && isSame(a.key, b.key) &&
    a.extraCa.length === b.extraCa.length &&
    a.extraCa.every((file, i) => isSame(file, b.extraCa[i]));
}

/** True if both are the same credentials, for the same origins. */
export function isSameCredentials(a: CheckedCredentials, b: CheckedCredentials): boolean {
  if (a.fetcher !== b.fetcher || a.origins?.length !== b.origins?.length) return false;
  if (a.origins?.some((origin, i) => origin !== b.origins?.[i])) return false;
  return a.files === b.files ||
    (a.files !== undefined && b.files !== undefined && isSameFiles(a.files, b.files));
}

/** A text and its bytes in UTF-8 are the same. */
function isSame(a: Contents | undefined, b: Contents | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  if (typeof a === "string" && typeof b === "string") return false;
  return equalBytes(toBytes(a), toBytes(b));
}

function toBytes(contents: Contents): Uint8Array {
  return typeof contents === "string" ? new TextEncoder().encode(contents) : contents;
}

function isSameLimits(a: Limits | undefined, b: Limits | undefined): boolean {
  if (a === b) return true;
  const names = new Set([...Object.keys(a ?? {}), ...Object.keys(b ?? {})]) as Set<keyof Limits>;
  return [...names].every((name) => a?.[name] === b?.[name]);
}

/**
 * Puts the messages of the library into the words of the command line: `extraCa` is `--ca` here.
 *
 * @module
 */
import process from "node:process";
import { oneLine, paint, printError } from "./layout.ts";

/** What the library says, and what the command line says instead. */
const REPLACEMENTS: readonly (readonly [RegExp, string])[] = [
  [/^error sending request for url \(([^)]*)\): /, "Cannot send the request to $1: "],
  [/as `extraCa`/g, "with --ca FILE"],
  [/the file of CA certificates, `extraCa`/g, "the file of --ca"],
  [/`?extraCa`?/g, "--ca"],
  [/as `cert` and `key`/g, "with --cert FILE and --key FILE"],
  [/as `(?:pfx|cert)`/g, "with --cert FILE"],
  [/as `key`/g, "with --key FILE"],
  [/as `(?:passphrase|keyPassphrase)`/g, "with --passphrase-file FILE"],
  [/; to allow it, add it to `origins`/g, ""],
  [
    /presented only to the origin of the request and to those in `origins`/g,
    "presented only to the origin of the request; send another request to the new URL",
  ],
  [/`alias`/g, "--alias"],
  [/`proxy`/g, "--proxy"],
  [/\bproxy is not an http/g, "--proxy is not an http"],
  [/\bcommonName\b/g, "--common-name"],
  [/\borganizationalUnit\b/g, "--organizational-unit"],
  [/\borganization must|(?<=length of )organization\b/g, "--$&"],
  [/\b(country|cid|iterations|passphrase|friendlyName|names) must\b/g, "--$& "],
  [/\bkeyType\b/g, "--key-type"],
  [/--friendlyName/g, "--friendly-name"],
  [/--names must/g, "--san must"],
  [/ {2,}/g, " "],
];

/** The largest part of a message that is shown, in characters. */
const MAX_MESSAGE = 2000;

/** The largest number of causes that are shown. */
const MAX_CAUSES = 3;

/** Returns the message of an error in the words of the command line. */
export function describeError(error: unknown): string {
  let text = error instanceof Error ? error.message : String(error);
  const refersToCause = /,? in `cause`,?|`cause`/.test(text);
  text = text.replace(
    "the runtime's own error, in `cause`, says why",
    "the runtime reports an error",
  )
    .replaceAll(/,? (in|see) `cause`,?/g, "");
  for (const [pattern, words] of REPLACEMENTS) {
    text = text.replaceAll(new RegExp(pattern, "g"), words);
  }
  const causes = refersToCause ? listCauses(error) : [];
  return oneLine([text, ...causes].join(": ").slice(0, MAX_MESSAGE));
}

/** Returns the messages of the causes, each as one line. A message that repeats is left out. */
function listCauses(error: unknown): string[] {
  const found: string[] = [];
  let inner = error instanceof Error ? error.cause : undefined;
  for (let depth = 0; inner instanceof Error && depth < MAX_CAUSES; depth++) {
    const text = oneLine(inner.message);
    if (text !== "" && !found.some((other) => other.includes(text))) found.push(text);
    inner = inner instanceof AggregateError ? inner.errors[0] : inner.cause;
  }
  return found;
}

/** Prints an error to standard error. */
export function printFailure(error: unknown): void {
  printError(paint(describeError(error), "red", process.stderr));
}

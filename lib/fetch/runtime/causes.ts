/**
 * An error and its causes.
 *
 * @module
 */

/** Causes that are looked at. The runtimes nest three or four. */
const MAX_DEPTH = 8;

/** Returns an error and its causes, each behind the error that it caused. */
export function listCauses(error: unknown): Error[] {
  const causes: Error[] = [];
  for (let inner = error; inner instanceof Error && causes.length < MAX_DEPTH;) {
    causes.push(inner);
    // If a name has several addresses, Node has an error for each.
    inner = inner instanceof AggregateError ? inner.errors[0] : inner.cause;
  }
  return causes;
}

/** Returns the code, a space and the message of an error and of each of its causes. */
export function listTexts(error: unknown): string[] {
  return listCauses(error).map((cause) => `${codeOf(cause)} ${cause.message}`);
}

/** Returns the code of an error; empty if it has none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/**
 * Calls of the caller's listeners, and the reports without one.
 *
 * @module
 */
import { McFetchError } from "../errors.ts";
import { isPromise } from "./runtime/native.ts";

/** The most failures of one credentials function that are reported without a listener. */
const MAX_TOLD = 100;

/** Calls a listener. A request must not fail with it. */
export function callListener(name: string, call: () => unknown): void {
  try {
    const result = call();
    if (isPromise(result)) result.then(undefined, (error) => warnOf(name, error));
  } catch (error) {
    warnOf(name, error);
  }
}

function warnOf(name: string, error: unknown): void {
  console.warn(`The function ${name} failed: ${describe(error)}`);
}

/** Returns the default of `onRefreshError`: it tells each distinct failure once. */
export function warnOnce(): (error: unknown) => void {
  const told = new Set<string>();
  return (error) => {
    const text = error instanceof Error ? `${error.name} ${error.message}` : String(error);
    if (told.size >= MAX_TOLD || told.has(text)) return;
    told.add(text);
    console.warn(
      `Cannot renew the client certificate: ${describe(error)}; ` +
        "the last good one stays in use, and `onRefreshError` gets the whole error",
    );
  };
}

/** Describes an error. A message of another's may hold a secret, so only its name is shown. */
function describe(error: unknown): string {
  if (error instanceof McFetchError) return error.message;
  if (!(error instanceof Error)) return `it threw a ${typeof error}`;
  const code = "code" in error && /^\w{1,40}$/.test(String(error.code)) ? ` (${error.code})` : "";
  return `${/^\w{1,40}$/.test(error.name) ? error.name : "Error"}${code}`;
}

/**
 * Connections that the runtime does not permit: Deno, and Node with `--permission`.
 *
 * @module
 */
import { McFetchError } from "../../errors.ts";
import { listCauses } from "./causes.ts";

/** True if Deno's error says that a permission is missing. */
export function isDenied(error: unknown): error is Error {
  return error instanceof Error && DENO.test(error.message);
}

const DENO = /Requires (\w+) access to "([^"]{1,300})"/;

/**
 * Returns the error for a connection that the runtime does not permit. Nothing was sent.
 *
 * @param cause The runtime's own error
 * @param host The host and port of the request, if the error names none
 */
export function deniedError(cause: unknown, host: string): McFetchError {
  for (const { message } of listCauses(cause)) {
    const [, permission = "", target] = DENO.exec(message) ?? [];
    if (target !== undefined) return denied(target, `--allow-${permission}=${target}`, cause);
  }
  return denied(host, "--allow-net", cause);
}

function denied(target: string, flag: string, cause: unknown): McFetchError {
  return new McFetchError(
    "permission_denied",
    `Cannot connect to ${target}: the runtime does not permit this program to do so; ` +
      `run it with ${flag}`,
    { cause },
  );
}

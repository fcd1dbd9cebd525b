/**
 * The error for a request that cannot be sent as the caller passed it.
 *
 * @module
 */
import { McFetchError } from "../../errors.ts";

/** RFC 9110, section 5.6.2. */
export const TOKEN: RegExp = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i;

/** Returns the error. Nothing was opened or sent when it is thrown. */
export function invalidRequest(why: string, options?: ErrorOptions): McFetchError {
  return new McFetchError("invalid_request", `Cannot send the request: ${why}`, options);
}

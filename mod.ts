/**
 * `fetch` with a client certificate, for Mastercard's mTLS APIs and any other.
 *
 * @module
 */
export { McFetchError, type McFetchErrorCode } from "./lib/errors.ts";

/**
 * The origins that a certificate may be presented to.
 *
 * @module
 */
import { invalidArgument, McFetchError } from "../errors.ts";
import { native } from "./runtime/native.ts";

const ACTION = "use the credentials";

/** The origins that a certificate may be presented to; `undefined` if the caller named none. */
export type Origins = ReadonlySet<string> | undefined;

/**
 * Reads the `origins` that the caller passed.
 *
 * @throws {McFetchError} `invalid_argument` if one of them is not an `https:` origin
 */
export function readOrigins(given: readonly string[] | undefined): Origins {
  return given === undefined ? undefined : new Set(given.map(readOrigin));
}

/** A path would look like a narrower permission than it is, so there must be none. */
function readOrigin(text: string): string {
  const url = native.URL.canParse(text) ? new native.URL(text) : undefined;
  if (url?.protocol !== "https:" || url.href !== `${url.origin}/`) {
    throw invalidArgument(
      ACTION,
      "origins holds what is not an https: origin; write it as in https://services.mastercard.com",
    );
  }
  return url.origin;
}

/**
 * Checks that the certificate may be presented to the URL of a request.
 *
 * @throws {McFetchError} `origin_not_allowed` if it may not
 */
export function checkOrigin({ origin }: URL, origins: Origins): void {
  if (origins === undefined || origins.has(origin)) return;
  throw new McFetchError(
    "origin_not_allowed",
    `Cannot send the request to ${origin}: the client certificate is only for ` +
      `${[...origins].join(", ") || "no origin at all"}; to allow it, add it to \`origins\``,
  );
}

/**
 * The options of `mcFetch`, `createMcFetch` and `createMcAgent`, and their checks.
 *
 * @module
 */
import { invalidArgument } from "../errors.ts";
import { describeType, readOptions } from "../identity/arguments.ts";
import { MAX_CLIENTS } from "./pool.ts";

/** A certificate that expires soon. */
export interface ExpiringCertificate {
  /** The end of the validity. */
  readonly notAfter: Date;
  /** Whole days until the certificate expires; negative after it expired. */
  readonly daysLeft: number;
  /** The subject, most specific part first, such as `CN=client, O=Example`. */
  readonly subject: string;
  /** The certificate as PEM. */
  readonly cert: string;
}

/** Options about the renewal of a certificate while the program runs. */
export interface RenewalOptions {
  /**
   * The least time between two calls of a credentials function, in milliseconds. Default is 60000,
   * one minute. Applies only if the credentials are a function.
   */
  readonly refresh?: number | undefined;
  /**
   * Learns why a credentials function failed, or returned what cannot be used, after it succeeded
   * before. The last good certificate stays in use. Default is `console.warn`, once for each
   * distinct failure; it shows the messages of this library only, since others may hold secrets.
   */
  readonly onRefreshError?: ((error: unknown) => void) | undefined;
  /** Learns that the certificate expires soon, once for each certificate, at a request. */
  readonly expiresSoon?: ((certificate: ExpiringCertificate) => void) | undefined;
  /** The days before the end of the validity that count as soon. Default is 30. */
  readonly expiresSoonDays?: number | undefined;
}

/** Options of {@linkcode mcFetch}. */
export interface McFetchCallOptions {
  /**
   * The number of clients, one for each certificate, that the program keeps open. A client that is
   * not in use is closed when this number of others was used after it. Default is 64.
   */
  readonly maxClients?: number | undefined;
}

/** Options of {@linkcode createMcFetch}. */
export interface McFetchOptions extends RenewalOptions, McFetchCallOptions {}

/** Checked options. */
export interface CheckedOptions {
  readonly refresh: number;
  readonly onRefreshError: ((error: unknown) => void) | undefined;
  readonly expiresSoon: ((certificate: ExpiringCertificate) => void) | undefined;
  readonly expiresSoonDays: number;
  readonly maxClients: number;
}

/** The options without any. */
export const DEFAULTS: CheckedOptions = {
  refresh: 60_000,
  onRefreshError: undefined,
  expiresSoon: undefined,
  expiresSoonDays: 30,
  maxClients: MAX_CLIENTS,
};

/** The names of the options about renewal. */
export const RENEWAL_OPTIONS: readonly (keyof RenewalOptions)[] = [
  "refresh",
  "onRefreshError",
  "expiresSoon",
  "expiresSoonDays",
];

/**
 * Checks options.
 *
 * @param names The options of the function that was called
 * @param isRenewed True if the credentials are a function
 * @throws {McFetchError} `invalid_argument` if an option is unknown, wrong, or does not apply
 */
export function checkOptions(
  action: string,
  options: object,
  names: readonly (keyof CheckedOptions)[],
  isRenewed: boolean,
): CheckedOptions {
  const given = readOptions(action, options, names);
  const fail = (problem: string) => invalidArgument(action, problem);
  const { refresh, onRefreshError, expiresSoon, expiresSoonDays } = given;
  const without = isRenewed
    ? undefined
    : refresh !== undefined
    ? "refresh"
    : onRefreshError !== undefined
    ? "onRefreshError"
    : undefined;
  if (without !== undefined) {
    throw fail(`${without} has no effect on credentials that are not a function`);
  }
  if (expiresSoonDays !== undefined && expiresSoon === undefined) {
    throw fail("expiresSoonDays has no effect without expiresSoon");
  }
  const number = (name: keyof CheckedOptions, fallback: number, least: number): number => {
    const value = given[name];
    if (value === undefined) return fallback;
    if (typeof value === "number" && value >= least) return value;
    const got = typeof value === "number" ? value : describeType(value);
    throw fail(`${name} must be a number >= ${least}: got ${got}`);
  };
  for (const [name, value] of Object.entries({ onRefreshError, expiresSoon })) {
    if (value === undefined || typeof value === "function") continue;
    throw fail(`${name} must be a function: got ${describeType(value)}`);
  }
  return {
    refresh: number("refresh", DEFAULTS.refresh, 0),
    onRefreshError: onRefreshError as CheckedOptions["onRefreshError"],
    expiresSoon: expiresSoon as CheckedOptions["expiresSoon"],
    expiresSoonDays: number("expiresSoonDays", DEFAULTS.expiresSoonDays, 0),
    maxClients: number("maxClients", DEFAULTS.maxClients, 1),
  };
}

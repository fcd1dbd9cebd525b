/**
 * What is particular to Mastercard: its mTLS hosts, how it names certificates, and whose it accepts.
 *
 * Sources, on Mastercard Developers:
 * - the guide: "Using mTLS to Access Mastercard APIs",
 *   https://developer.mastercard.com/platform/documentation/authentication/using-mtls-to-access-mastercard-apis/
 * - the naming rule: "Generating an mTLS Certificate with a CSR",
 *   https://developer.mastercard.com/platform/documentation/security-and-authentication/mtls-csr-requirements/
 *
 * @module
 */
import { invalidArgument, type McFetchError } from "../errors.ts";
import { readOptions } from "../identity/arguments.ts";

/** Mastercard's environments. Each has certificates of its own, which the other does not accept. */
export type MastercardEnvironment = "sandbox" | "production";

/** A host of Mastercard's that asks for a client certificate. */
export interface MastercardHost {
  /** The host's name. */
  readonly hostname: string;
  /** Which certificates it accepts. */
  readonly environment: MastercardEnvironment;
}

/**
 * Production host and sandbox host. Sources: the guide for `services`, the documentation of Identity
 * Insights for `idv`, and the `servers` of the APIs' OpenAPI descriptions for the others.
 */
const HOST_PAIRS: readonly (readonly [string | undefined, string])[] = [
  ["services.mastercard.com", "mtf.services.mastercard.com"],
  ["idv.mastercard.com", "sandbox.idv.mastercard.com"],
  ["idv.mastercard.eu", "sandbox.idv.mastercard.eu"],
  ["idv.mastercard.asia", "sandbox.idv.mastercard.asia"],
  ["asn.api.gateway.mastercard.com", "mtf.asn.api.gateway.mastercard.com"],
  ["api.identity.mastercard.com", "mtf.api.identity.mastercard.com"],
  ["api.identity.mastercard.co.in", "mtf.api.identity.mastercard.co.in"],
  [undefined, "sandbox.mi.api.mastercard.com"],
];

/** Mastercard's hosts that ask for a client certificate, as far as its documentation names them. */
export const MASTERCARD_HOSTS: readonly MastercardHost[] = /* @__PURE__ */ HOST_PAIRS
  .flatMap(describePair);

function describePair(
  [production, sandbox]: readonly [string | undefined, string],
): MastercardHost[] {
  const hosts: MastercardHost[] = [{ hostname: sandbox, environment: "sandbox" }];
  if (production !== undefined) hosts.push({ hostname: production, environment: "production" });
  return hosts;
}

/** What an authority that Mastercard Developers accepts has in its name. */
const ACCEPTED_AUTHORITIES: readonly string[] = [
  "Mastercard",
  "Buypass",
  "CPN Enterprise",
  "CPN RootCA",
  "DigiCert",
  "GoDaddy",
  "Go Daddy",
  "NETS AS",
  "USERTrust",
  "VeriSign",
];

/** Tells whether a URL is Mastercard's, and of which environment where the host is a known one. */
export function findMastercardHost(
  url: URL,
): { readonly environment: MastercardEnvironment | undefined } | undefined {
  const { hostname } = url;
  const known = MASTERCARD_HOSTS.find((host) => host.hostname === hostname);
  if (known !== undefined) return known;
  return /(^|\.)mastercard\.(com|eu|asia|co\.in)$/.test(hostname)
    ? { environment: undefined }
    : undefined;
}

/** Tells whether Mastercard Developers accepts certificates of this issuer. */
export function isAcceptedIssuer(issuer: string): boolean {
  const name = issuer.toLowerCase();
  return ACCEPTED_AUTHORITIES.some((authority) => name.includes(authority.toLowerCase()));
}

/**
 * The environment that a certificate is for, by its names.
 *
 * @param subject The subject, as text
 * @param issuer The issuer, as text
 * @returns `undefined` where it is no certificate for Mastercard
 */
export function environmentOf(subject: string, issuer: string): MastercardEnvironment | undefined {
  // "MTF" is Mastercard's Test Facility; its authority puts it into a domain component, too.
  if (/-Client-MTF-|\b(CN|OU|DC)=([^,]*\s)?MTF\b/i.test(subject)) return "sandbox";
  return isAcceptedIssuer(issuer) ? "production" : undefined;
}

/** RFC 5280, appendix A.1: ub-common-name-length; the naming rule repeats it. */
export const MAX_COMMON_NAME = 64;

const ACTION = "make the common name";

/** The word for the environment in a common name. The naming rule has MTF for the sandbox. */
const ENVIRONMENT_WORDS: Readonly<Record<MastercardEnvironment, string>> = {
  sandbox: "MTF",
  production: "PROD",
};

/**
 * A common name for a certificate request as Mastercard's naming rule has it: the seconds since 1970,
 * `Client`, the environment, and the customer identifier. It is at most 64 characters and no URL.
 *
 * The rule is published for the sandbox (`MTF`). For production `PROD` stands in its place; where the
 * Key Management Portal asks for another name, use that one.
 *
 * @param options `environment`: where the certificate is to be used. `cid`: the company's verified
 * customer identifier, digits. Default is `"000000"`, which the rule has for companies without one
 * @returns Such as `1728489217-Client-MTF-000000`
 * @throws {McFetchError} `invalid_argument` when a part of it is not as the rule has it
 *
 * @example A name for the sandbox
 * ```ts
 * import { mastercardCommonName } from "@acme/mc-mtls";
 *
 * console.log(mastercardCommonName({ environment: "sandbox" }));
 * ```
 */
export function mastercardCommonName(
  options: {
    readonly environment: MastercardEnvironment;
    readonly cid?: string | undefined;
  },
): string {
  const { environment, cid = "000000" } = readOptions(ACTION, options, ["environment", "cid"]);
  if (environment !== "sandbox" && environment !== "production") {
    throw invalid('environment must be "sandbox" or "production"', environment);
  }
  if (typeof cid !== "string" || !/^[A-Za-z0-9]{1,32}$/.test(cid)) {
    throw invalid("cid must be 1 to 32 letters and digits", cid);
  }
  const seconds = Math.floor(Date.now() / 1000);
  return `${seconds}-Client-${ENVIRONMENT_WORDS[environment]}-${cid}`;
}

function invalid(rule: string, value: unknown): McFetchError {
  const shown = JSON.stringify(value);
  return invalidArgument(ACTION, `${rule}: current value is ${shown}`);
}

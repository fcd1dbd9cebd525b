/**
 * Mastercard's mTLS hosts, its rule for common names, and the CAs that it accepts.
 *
 * Sources, on Mastercard Developers:
 * - The guide: "Using mTLS to Access Mastercard APIs",
 *   https://developer.mastercard.com/platform/documentation/authentication/using-mtls-to-access-mastercard-apis/
 * - The naming rule: "Generating an mTLS Certificate with a CSR",
 *   https://developer.mastercard.com/platform/documentation/security-and-authentication/mtls-csr-requirements/
 *
 * @module
 */
import { invalidArgument, type McFetchError } from "../errors.ts";
import { readOptions } from "../identity/arguments.ts";
import { showValue } from "../show.ts";

/** Environment of Mastercard's. Neither environment accepts the other's certificates. */
export type MastercardEnvironment = "sandbox" | "production";

/** Host of Mastercard's that asks for a client certificate. */
export interface MastercardHost {
  /** The host's name. */
  readonly hostname: string;
  /** The environment whose certificates the host accepts. */
  readonly environment: MastercardEnvironment;
}

/** The environments' names in messages. */
export const ENVIRONMENT_NAMES: Readonly<Record<MastercardEnvironment, string>> = {
  sandbox: "Mastercard's sandbox",
  production: "Mastercard's production",
};

/**
 * Pairs of production host and sandbox host. Sources: the guide for `services`, the documentation
 * of Identity Insights for `idv`, and the APIs' OpenAPI descriptions (`servers`) for the others.
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

/**
 * The hosts that ask for a client certificate, as far as Mastercard's documentation names them.
 *
 * @example Find the hosts of the sandbox
 * ```ts
 * import { MASTERCARD_HOSTS } from "@acme/mc-mtls";
 *
 * const sandbox = MASTERCARD_HOSTS.filter(({ environment }) => environment === "sandbox");
 * console.log(sandbox.map(({ hostname }) => hostname));
 * ```
 */
export const MASTERCARD_HOSTS: readonly MastercardHost[] = /* @__PURE__ */ HOST_PAIRS
  .flatMap(toHosts);

function toHosts(
  [production, sandbox]: readonly [string | undefined, string],
): MastercardHost[] {
  const hosts: MastercardHost[] = [{ hostname: sandbox, environment: "sandbox" }];
  if (production !== undefined) hosts.push({ hostname: production, environment: "production" });
  return hosts;
}

/** Parts of the names of the CAs that Mastercard Developers accepts. */
const ACCEPTED_CAS: readonly string[] = [
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

/**
 * Finds the Mastercard host of a URL.
 *
 * @returns The environment, `undefined` for an unknown host of Mastercard's; or `undefined` for a
 * host that is not Mastercard's
 */
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

/** True if Mastercard Developers accepts the issuer's certificates. */
export function isAcceptedIssuer(issuer: string): boolean {
  const name = issuer.toLowerCase();
  return ACCEPTED_CAS.some((ca) => name.includes(ca.toLowerCase()));
}

/**
 * Finds the environment that a certificate is for.
 *
 * @param subject The subject, as text
 * @param issuer The issuer, as text
 * @returns `undefined` if the certificate is not for Mastercard
 */
export function findEnvironment(
  subject: string,
  issuer: string,
): MastercardEnvironment | undefined {
  // "MTF" is Mastercard's Test Facility. Its CA also writes "MTF" into a domain component.
  const isSandbox = /-Client-MTF-/i.test(subject) ||
    subject.split(",").some((part) => /^\s*(CN|OU|DC)=(|.*\s)MTF\b/i.test(part));
  if (isSandbox) return "sandbox";
  return isAcceptedIssuer(issuer) ? "production" : undefined;
}

/** The longest common name (RFC 5280, appendix A.1: ub-common-name-length), in characters. */
export const MAX_COMMON_NAME = 64;

const ACTION = "make the common name";

/** The words for the environments in a common name. The naming rule has MTF for the sandbox. */
const ENVIRONMENT_WORDS: Readonly<Record<MastercardEnvironment, string>> = {
  sandbox: "MTF",
  production: "PROD",
};

/**
 * Returns a common name for a certificate request, by Mastercard's naming rule. The parts are the
 * seconds since 1970, `Client`, the environment, and the customer identifier. The name is at most
 * 64 characters long, and not a URL.
 *
 * The published rule covers the sandbox (`MTF`). For production this function writes `PROD`. If
 * the Key Management Portal asks for another name, use that name.
 *
 * @param options `environment`: the environment that the certificate is for. `cid`: the company's
 * verified customer identifier, 1 to 32 letters and digits. Default is `"000000"`, which the rule
 * has for companies without an identifier
 * @returns The name, such as `1728489217-Client-MTF-000000`
 * @throws {McFetchError} `invalid_argument` if an option is outside its allowed values
 *
 * @example Make a name for the sandbox
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
  return invalidArgument(ACTION, `${rule}: current value is ${showValue(value)}`);
}

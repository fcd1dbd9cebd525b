/**
 * What is wrong with a client certificate, or soon will be.
 *
 * @module
 */
import type { KeyKind } from "../keys/algorithms.ts";
import {
  environmentOf,
  findMastercardHost,
  isAcceptedIssuer,
  type MastercardEnvironment,
} from "../mastercard/hosts.ts";
import type { CertificateDetails } from "./details.ts";

/**
 * What is wrong, as a stable name:
 * - `expired`, `not_yet_valid`: today is outside of its validity, or of an issuer's.
 * - `expires_soon`: it expires within 30 days.
 * - `no_private_key`, `key_mismatch`: the file has no private key, or one that is not the certificate's.
 * - `no_client_auth`: it is not for client authentication.
 * - `weak_key`: an RSA key of less than 2048 bits.
 * - `weak_signature`: it, or an issuer that is sent, is signed with SHA-1 or weaker.
 * - `incomplete_chain`: its issuer is not in the file.
 * - `misordered_chain`: the certificates of a PEM file are not in the order in which TLS sends them.
 * - `self_signed`: no authority issued it.
 * - `wrong_environment`: it is for the sandbox and the URL for production, or the reverse.
 * - `unaccepted_issuer`: its issuer is neither Mastercard nor an authority that Mastercard accepts.
 */
export type CredentialProblemCode =
  | "expired"
  | "not_yet_valid"
  | "expires_soon"
  | "no_private_key"
  | "key_mismatch"
  | "no_client_auth"
  | "weak_key"
  | "weak_signature"
  | "incomplete_chain"
  | "misordered_chain"
  | "self_signed"
  | "wrong_environment"
  | "unaccepted_issuer";

/** Something that is wrong with credentials. */
export interface CredentialProblem {
  /** The stable name of what is wrong. */
  readonly code: CredentialProblemCode;
  /** `error`: a server rejects the certificate. `warning`: it may, or will soon. */
  readonly severity: "error" | "warning";
  /** The same in words for a person, of the certificate as "it". */
  readonly message: string;
}

const SEVERITIES: Readonly<Record<CredentialProblemCode, CredentialProblem["severity"]>> = {
  expired: "error",
  not_yet_valid: "error",
  expires_soon: "warning",
  no_private_key: "error",
  key_mismatch: "error",
  no_client_auth: "error",
  weak_key: "error",
  weak_signature: "warning",
  incomplete_chain: "warning",
  misordered_chain: "warning",
  self_signed: "warning",
  wrong_environment: "error",
  unaccepted_issuer: "warning",
};

/** Returns a problem with its severity. */
export function describeProblem(code: CredentialProblemCode, message: string): CredentialProblem {
  return { code, severity: SEVERITIES[code], message };
}

const DAY = 24 * 60 * 60 * 1000;

/** Mastercard's guide has the new certificate added before the old one is revoked, which takes some days. */
const SOON = 30;

/** NIST SP 800-131A: RSA of fewer bits is not to sign any more since 2014. */
const MIN_RSA = 2048;

/** How many days from one time to another, rounded down: less than one day is 0. */
export function daysBetween(from: Date, to: Date): number {
  return Math.floor((to.getTime() - from.getTime()) / DAY);
}

/**
 * What a server may have against a client certificate: the leaf, with the issuers that are sent.
 *
 * @param leaf The certificate
 * @param kind The kind of its key
 * @param chain The issuers that are sent with it, nearest first
 * @param now When
 */
export function findProblems(
  leaf: CertificateDetails,
  kind: KeyKind | undefined,
  chain: readonly CertificateDetails[],
  now: Date,
): CredentialProblem[] {
  const problems = validityProblems(leaf, "it", now);
  for (const issuer of chain) {
    problems.push(...validityProblems(issuer, `its issuer ${issuer.subject}`, now));
  }
  const { extendedKeyUsages: usages } = leaf;
  if (usages.length > 0 && !usages.includes("clientAuth") && !usages.includes("any")) {
    const list = usages.join(", ");
    const message = `it is not valid for client authentication (extended key usage: ${list})`;
    problems.push(describeProblem("no_client_auth", message));
  }
  if (kind?.family === "RSA" && kind.bits < MIN_RSA) {
    const message = `its key is ${leaf.keyType}, less than ${MIN_RSA} bits`;
    problems.push(describeProblem("weak_key", message));
  }
  // What a root signs itself with proves nothing, and nobody checks it.
  for (const { subject, issuer, signatureAlgorithm } of [leaf, ...chain]) {
    if (subject === issuer || !/^(MD\d|SHA-1) /.test(signatureAlgorithm)) continue;
    const what = subject === leaf.subject ? "it" : `its issuer ${subject}`;
    problems.push(
      describeProblem("weak_signature", `${what} is signed with ${signatureAlgorithm}`),
    );
  }
  if (leaf.issuer === leaf.subject) {
    problems.push(describeProblem("self_signed", "it is self-signed"));
  } else if (chain.length === 0) {
    const message = `its issuer ${leaf.issuer} is not in the chain sent`;
    problems.push(describeProblem("incomplete_chain", message));
  }
  return problems;
}

function validityProblems(
  { notBefore, notAfter }: CertificateDetails,
  what: string,
  now: Date,
): CredentialProblem[] {
  if (notAfter < now) {
    const ago = daysText(daysBetween(notAfter, now));
    return [describeProblem("expired", `${what} expired on ${dateText(notAfter)} (${ago} ago)`)];
  }
  if (notBefore > now) {
    const wait = daysText(daysBetween(now, notBefore));
    const message = `${what} is not valid before ${dateText(notBefore)} (in ${wait})`;
    return [describeProblem("not_yet_valid", message)];
  }
  return [];
}

/** What it will be before long: no reason for a server to refuse it today. */
export function findExpiry({ notAfter }: CertificateDetails, now: Date): CredentialProblem[] {
  const left = daysBetween(now, notAfter);
  if (notAfter < now || left >= SOON) return [];
  const message = `it expires on ${dateText(notAfter)} (in ${daysText(left)}); ` +
    "add the new certificate first, then revoke this one";
  return [describeProblem("expires_soon", message)];
}

/**
 * Whether it is one for that host.
 *
 * @param url Where it is to be presented. Without it Mastercard is meant
 */
export function findUseProblems(
  { subject, issuer }: CertificateDetails,
  url: URL | undefined,
): CredentialProblem[] {
  const host = url && findMastercardHost(url);
  if (url !== undefined && host === undefined) return []; // what others accept is theirs to say
  const problems: CredentialProblem[] = [];
  const environment = environmentOf(subject, issuer);
  const wanted = host?.environment;
  if (environment !== undefined && wanted !== undefined && environment !== wanted) {
    const message = `it is for ${ENVIRONMENTS[environment]}, and ${url!.hostname} is ${
      ENVIRONMENTS[wanted]
    }`;
    problems.push(describeProblem("wrong_environment", message));
  }
  if (subject !== issuer && !isAcceptedIssuer(issuer)) {
    const message =
      `its issuer ${issuer} is neither Mastercard nor an authority that Mastercard accepts`;
    problems.push(describeProblem("unaccepted_issuer", message));
  }
  return problems;
}

/** The environments, for people. */
export const ENVIRONMENTS: Readonly<Record<MastercardEnvironment, string>> = {
  sandbox: "Mastercard's sandbox",
  production: "Mastercard's production",
};

function dateText(value: Date): string {
  return value.toISOString().slice(0, 10);
}

/** Returns "1 day" or "12 days". */
export function daysText(days: number): string {
  return days === 1 ? "1 day" : `${days} days`;
}

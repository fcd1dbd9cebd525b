/**
 * What is wrong with a client certificate, or soon will be.
 *
 * @module
 */
import type { CertificateDetails } from "./details.ts";
import { environmentOf, findMastercardHost, isAcceptedIssuer } from "../mastercard/hosts.ts";

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
  /** The same in words for a person, of the certificate as "it". */
  readonly message: string;
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
 * @param chain The issuers that are sent with it, nearest first
 * @param now When
 */
export function findProblems(
  leaf: CertificateDetails,
  chain: readonly CertificateDetails[],
  now: Date,
): CredentialProblem[] {
  const problems = validityProblems(leaf, "it", now);
  for (const issuer of chain) {
    problems.push(...validityProblems(issuer, `its issuer ${issuer.subject}`, now));
  }
  const { extendedKeyUsages: usages } = leaf;
  if (usages.length > 0 && !usages.includes("clientAuth") && !usages.includes("any")) {
    const message = `it is not valid for client authentication (extended key usage: ${
      usages.join(", ")
    })`;
    problems.push({ code: "no_client_auth", message });
  }
  const [, bits] = /^RSA\S* (\d+)/.exec(leaf.keyType) ?? [];
  if (bits !== undefined && Number(bits) < MIN_RSA) {
    problems.push({
      code: "weak_key",
      message: `its key is ${leaf.keyType}, less than ${MIN_RSA} bits`,
    });
  }
  // What a root signs itself with proves nothing, and nobody checks it.
  for (const { subject, issuer, signatureAlgorithm } of [leaf, ...chain]) {
    if (subject === issuer || !/^(MD\d|SHA-1) /.test(signatureAlgorithm)) continue;
    const what = subject === leaf.subject ? "it" : `its issuer ${subject}`;
    problems.push({
      code: "weak_signature",
      message: `${what} is signed with ${signatureAlgorithm}`,
    });
  }
  if (leaf.issuer === leaf.subject) {
    problems.push({ code: "self_signed", message: "it is self-signed" });
  } else if (chain.length === 0) {
    const message = `its issuer ${leaf.issuer} is not in the chain sent`;
    problems.push({ code: "incomplete_chain", message });
  }
  return problems;
}

function validityProblems(
  { notBefore, notAfter }: CertificateDetails,
  what: string,
  now: Date,
): CredentialProblem[] {
  if (notAfter < now) {
    const ago = count(daysBetween(notAfter, now));
    return [{ code: "expired", message: `${what} expired on ${dateText(notAfter)} (${ago} ago)` }];
  }
  if (notBefore > now) {
    const wait = count(daysBetween(now, notBefore));
    const message = `${what} is not valid before ${dateText(notBefore)} (in ${wait})`;
    return [{ code: "not_yet_valid", message }];
  }
  return [];
}

/** What it will be before long: no reason for a server to refuse it today. */
export function findExpiry({ notAfter }: CertificateDetails, now: Date): CredentialProblem[] {
  const left = daysBetween(now, notAfter);
  if (notAfter < now || left >= SOON) return [];
  const message = `it expires on ${dateText(notAfter)} (in ${count(left)}); ` +
    "add the new certificate first, then revoke this one";
  return [{ code: "expires_soon", message }];
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
    const message = `it is for ${TEXTS[environment]}, and ${url!.hostname} is ${TEXTS[wanted]}`;
    problems.push({ code: "wrong_environment", message });
  }
  if (subject !== issuer && !isAcceptedIssuer(issuer)) {
    const message =
      `its issuer ${issuer} is neither Mastercard nor an authority that Mastercard accepts`;
    problems.push({ code: "unaccepted_issuer", message });
  }
  return problems;
}

const TEXTS = { sandbox: "Mastercard's sandbox", production: "Mastercard's production" } as const;

function dateText(value: Date): string {
  return value.toISOString().slice(0, 10);
}

function count(days: number): string {
  return days === 1 ? "1 day" : `${days} days`;
}

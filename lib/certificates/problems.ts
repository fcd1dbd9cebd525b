/**
 * Finds the problems that a client certificate has now or will have soon.
 *
 * @module
 */
import type { KeyKind } from "../keys/algorithms.ts";
import { daysBetween } from "../keys/validity.ts";
import {
  ENVIRONMENT_NAMES,
  findEnvironment,
  findMastercardHost,
  isAcceptedIssuer,
  type MastercardEnvironment,
} from "../mastercard/hosts.ts";
import type { CertificateDetails } from "./details.ts";

/**
 * Stable name of a problem:
 * - `expired`, `not_yet_valid`: today is outside of the validity of the certificate or an issuer.
 * - `expires_soon`: the certificate expires within 30 days.
 * - `no_private_key`: the file has no private key.
 * - `key_mismatch`: the private key belongs to another certificate.
 * - `unusable_key`: this runtime does not support TLS with the private key.
 * - `no_client_auth`: the certificate is not for client authentication.
 * - `no_digital_signature`: the key usage does not allow the signature of a TLS handshake.
 * - `weak_key`: the key is RSA with less than 2048 bits.
 * - `weak_signature`: the certificate, or an issuer that is sent, is signed with SHA-1 or weaker.
 * - `incomplete_chain`: the issuer is not in the file.
 * - `unread_part`: a part of a file is not understood, such as a misspelled BEGIN line.
 * - `misordered_chain`: the certificates of a PEM file are not in the order of TLS.
 * - `self_signed`: the certificate is signed with its own key.
 * - `wrong_environment`: the certificate is for the sandbox and the URL, or the given environment,
 *   is production, or the reverse.
 * - `unaccepted_issuer`: the issuer is neither Mastercard nor a CA that Mastercard accepts.
 */
export type CredentialProblemCode =
  | "expired"
  | "not_yet_valid"
  | "expires_soon"
  | "no_private_key"
  | "key_mismatch"
  | "unusable_key"
  | "no_client_auth"
  | "no_digital_signature"
  | "weak_key"
  | "weak_signature"
  | "incomplete_chain"
  | "unread_part"
  | "misordered_chain"
  | "self_signed"
  | "wrong_environment"
  | "unaccepted_issuer";

/** Problem of credentials. */
export interface CredentialProblem {
  /** The stable name of the problem. */
  readonly code: CredentialProblemCode;
  /** `error`: a server rejects the certificate. `warning`: a server may reject it, or will soon. */
  readonly severity: "error" | "warning";
  /** The problem in words. The message calls the certificate "it". */
  readonly message: string;
}

const SEVERITIES: Readonly<Record<CredentialProblemCode, CredentialProblem["severity"]>> = {
  expired: "error",
  not_yet_valid: "error",
  expires_soon: "warning",
  no_private_key: "error",
  key_mismatch: "error",
  unusable_key: "error",
  no_client_auth: "error",
  no_digital_signature: "error",
  weak_key: "error",
  weak_signature: "warning",
  incomplete_chain: "warning",
  unread_part: "warning",
  misordered_chain: "warning",
  self_signed: "warning",
  wrong_environment: "error",
  unaccepted_issuer: "warning",
};

/** Adds the severity to a problem. */
export function describeProblem(code: CredentialProblemCode, message: string): CredentialProblem {
  return { code, severity: SEVERITIES[code], message };
}

/**
 * The days before the end of the validity in which `expires_soon` is reported. Mastercard's guide
 * adds the new certificate before it revokes the old one, which takes some days.
 */
const SOON = 30;

/** The least bits of an RSA key. NIST SP 800-131A disallows signatures with fewer since 2014. */
const MIN_RSA = 2048;

/**
 * Finds the reasons for which a server may reject a client certificate.
 *
 * @param leaf The certificate
 * @param kind The kind of the certificate's key
 * @param chain The issuers that are sent with the certificate, nearest first
 * @param now The time at which the certificate must be valid
 */
export function findProblems(
  leaf: CertificateDetails,
  kind: KeyKind | undefined,
  chain: readonly CertificateDetails[],
  now: Date,
): CredentialProblem[] {
  const problems = findValidityProblems(leaf, "it", now);
  for (const issuer of chain) {
    problems.push(...findValidityProblems(issuer, `its issuer ${issuer.subject}`, now));
  }
  const { extendedKeyUsages: usages } = leaf;
  if (usages.length > 0 && !usages.includes("clientAuth") && !usages.includes("any")) {
    const list = usages.join(", ");
    const message = `it is not valid for client authentication (extended key usage: ${list})`;
    problems.push(describeProblem("no_client_auth", message));
  }
  // RFC 8446, section 4.4.2.2: the bit must be set if the extension is present.
  if (leaf.keyUsages.length > 0 && !leaf.keyUsages.includes("digitalSignature")) {
    const list = leaf.keyUsages.join(", ");
    const message = `it is not valid for signatures, which TLS requires (key usage: ${list})`;
    problems.push(describeProblem("no_digital_signature", message));
  }
  if (kind?.family === "RSA" && kind.bits < MIN_RSA) {
    const message = `its key is ${leaf.keyType}, less than ${MIN_RSA} bits`;
    problems.push(describeProblem("weak_key", message));
  }
  // The signature of a root over itself proves nothing, and no server checks it.
  for (const { subject, selfSigned, signatureAlgorithm } of [leaf, ...chain]) {
    if (selfSigned || !/^(MD\d|SHA-1) /.test(signatureAlgorithm)) continue;
    const name = subject === leaf.subject ? "it" : `its issuer ${subject}`;
    const message = `${name} is signed with ${signatureAlgorithm}`;
    problems.push(describeProblem("weak_signature", message));
  }
  if (leaf.selfSigned) {
    problems.push(describeProblem("self_signed", "it is self-signed"));
  } else if (chain.length === 0) {
    const message = `its issuer ${leaf.issuer} is not in the chain sent`;
    problems.push(describeProblem("incomplete_chain", message));
  }
  return problems;
}

function findValidityProblems(
  { notBefore, notAfter }: CertificateDetails,
  name: string,
  now: Date,
): CredentialProblem[] {
  if (notAfter < now) {
    const ago = formatDays(-daysBetween(now, notAfter));
    return [describeProblem("expired", `${name} expired on ${formatDate(notAfter)} (${ago} ago)`)];
  }
  if (notBefore > now) {
    const wait = formatDays(daysBetween(now, notBefore));
    const message = `${name} is not valid before ${formatDate(notBefore)} (in ${wait})`;
    return [describeProblem("not_yet_valid", message)];
  }
  return [];
}

/** Reports a certificate that expires soon. A server still accepts it today. */
export function findExpiry({ notAfter }: CertificateDetails, now: Date): CredentialProblem[] {
  const left = daysBetween(now, notAfter);
  if (notAfter < now || left >= SOON) return [];
  const message = `it expires on ${formatDate(notAfter)} (in ${formatDays(left)}); ` +
    "add the new certificate first, then revoke this one";
  return [describeProblem("expires_soon", message)];
}

/**
 * Finds the reasons for which Mastercard rejects a certificate. Other hosts have rules of their
 * own.
 *
 * @param leaf The certificate
 * @param url The URL that the certificate will be presented to
 * @param given Mastercard's environment that the certificate must be for
 */
export function findUseProblems(
  { subject, issuer, selfSigned }: CertificateDetails,
  url: URL | undefined,
  given: MastercardEnvironment | undefined,
): CredentialProblem[] {
  const host = url && findMastercardHost(url);
  if (host === undefined && given === undefined) return [];
  const problems: CredentialProblem[] = [];
  const environment = findEnvironment(subject, issuer);
  const wanted: [string | undefined, MastercardEnvironment | undefined][] = [
    ["the environment to check for", given],
    [url?.hostname, host?.environment],
  ];
  for (const [what, required] of wanted) {
    if (environment === undefined || required === undefined || environment === required) continue;
    const [found, right] = [ENVIRONMENT_NAMES[environment], ENVIRONMENT_NAMES[required]];
    const message = `it is for ${found}, and ${what} is ${right}`;
    problems.push(describeProblem("wrong_environment", message));
  }
  if (!selfSigned && !isAcceptedIssuer(issuer)) {
    const message = `its issuer ${issuer} is neither Mastercard nor a CA that Mastercard accepts`;
    problems.push(describeProblem("unaccepted_issuer", message));
  }
  return problems;
}

/** Returns the date in UTC, such as `2027-01-31`. */
function formatDate(date: Date): string {
  return date.toISOString().slice(0, 10);
}

/** Returns "1 day" or "12 days". */
export function formatDays(days: number): string {
  return days === 1 ? "1 day" : `${days} days`;
}

/**
 * `inspectCredentials`: the contents of a certificate and its problems, without a connection.
 *
 * @module
 */
import { equalBytes, toKey } from "../crypto/bytes.ts";
import { invalidArgument, KeyFileError, McFetchError } from "../errors.ts";
import type { Entry } from "../identity/advice.ts";
import { readOptions } from "../identity/arguments.ts";
import { buildChain, indexBySubject } from "../identity/chain.ts";
import {
  type CheckedFiles,
  copyFiles,
  type Credentials,
  readCredentials,
} from "../identity/credentials.ts";
import { withAdvice } from "../identity/entry.ts";
import { type Candidates, selectPair } from "../identity/find_pair.ts";
import { readCandidates } from "../identity/identity.ts";
import { describeKey } from "../keys/algorithms.ts";
import { daysBetween } from "../keys/validity.ts";
import type { Certificate } from "../keys/x509.ts";
import { findEnvironment, type MastercardEnvironment } from "../mastercard/hosts.ts";
import type { CertificateDetails } from "./details.ts";
import type { CredentialProblem, CredentialProblemCode } from "./problems.ts";

/** Contents and problems of credentials. */
export interface CredentialReport {
  /** The certificate that is presented. */
  readonly leaf: CertificateDetails;
  /** The issuers that are sent with the leaf, nearest first. */
  readonly chain: readonly CertificateDetails[];
  /** Whole days from `now` until the leaf expires; negative after it expired. */
  readonly daysLeft: number;
  /** Mastercard's environment that the leaf is for. Missing if the leaf is not for Mastercard. */
  readonly environment?: MastercardEnvironment;
  /** The problems that the credentials have now or will have soon. */
  readonly problems: readonly CredentialProblem[];
}

/** Options of {@linkcode inspectCredentials}. */
export interface InspectOptions {
  /**
   * The URL that the certificate will be presented to. If it is Mastercard's, it decides which
   * environment and issuer are right. Default: any URL, whose rules for issuers are unknown.
   */
  readonly url?: string | URL | undefined;
  /**
   * Mastercard's environment that the certificate must be for, in addition to `url`. Default: none,
   * since the certificate need not be for Mastercard.
   */
  readonly environment?: MastercardEnvironment | undefined;
  /** The time at which the certificate must be valid. Default is the current time. */
  readonly now?: Date | undefined;
}

const ACTION = "inspect the credentials";

/**
 * Inspects credentials without a connection. The report holds the contents of the certificate and
 * every reason for which a server may reject it. A key of another certificate, or a missing key, is
 * a problem in the report, not an error.
 *
 * @param credentials The credentials, as for `mcFetch`
 * @param options The URL that the certificate will be presented to, and the time
 * @returns The certificate, its chain and its problems
 * @throws {McFetchError} if a file cannot be opened, with the codes of `mcFetch`; `no_certificate`
 * for a `fetcher`, which does not show its certificate; `invalid_argument` if `url` is not a URL
 *
 * @example Warn before the certificate expires
 * ```ts no-eval
 * import { readFile } from "node:fs/promises";
 * import { inspectCredentials } from "@acme/mc-mtls";
 *
 * const { daysLeft, problems } = await inspectCredentials(
 *   { pfx: await readFile("client.p12"), passphrase: "keystorepassword" },
 *   { url: "https://services.mastercard.com" },
 * );
 * for (const { severity, message } of problems) console.warn(severity, message, daysLeft);
 * ```
 */
export async function inspectCredentials(
  credentials: Credentials,
  options: InspectOptions = {},
): Promise<CredentialReport> {
  const given = readOptions(ACTION, options, ["url", "environment", "now"]);
  const now = readDate(given.now ?? new Date());
  const url = readUrl(given.url);
  const environment = readEnvironment(given.environment);
  const fixed = typeof credentials === "function" ? await credentials() : credentials;
  const { files } = readCredentials(fixed);
  if (files === undefined) {
    const message = `Cannot ${ACTION}: a fetcher does not show its certificate`;
    throw new McFetchError("no_certificate", message);
  }
  return await inspectFiles(copyFiles(files), { url, environment, now }, "fetch");
}

/** Checked options of {@linkcode inspectCredentials}. */
export interface InspectSettings {
  readonly url: URL | undefined;
  readonly environment: MastercardEnvironment | undefined;
  readonly now: Date;
}

/** Inspects files. The errors give advice for the function that `entry` names. */
export async function inspectFiles(
  files: CheckedFiles,
  { url, environment: wanted, now }: InspectSettings,
  entry: Entry,
): Promise<CredentialReport> {
  const { describeCertificate, publicKeyKind } = await import("./details.ts");
  const { describeProblem, findExpiry, findProblems, findUseProblems } = await import(
    "./problems.ts"
  );
  const found = await withAdvice(entry, () => findCertificates(files, now));
  const leaf = await describeCertificate(found.leaf);
  const chain = await Promise.all(found.chain.map(describeCertificate));
  const environment = findEnvironment(leaf.subject, leaf.issuer);
  return {
    leaf,
    chain,
    daysLeft: daysBetween(now, leaf.notAfter),
    ...environment !== undefined && { environment },
    problems: [
      ...findProblems(leaf, publicKeyKind(found.leaf), chain, now),
      ...findExpiry(leaf, now),
      ...found.problems.map(([code, message]) => describeProblem(code, message)),
      ...findUseProblems(leaf, url, wanted),
    ],
  };
}

type Problem = readonly [CredentialProblemCode, string];

interface FoundCertificates {
  readonly leaf: Certificate;
  readonly chain: readonly Certificate[];
  readonly problems: readonly Problem[];
}

async function findCertificates(files: CheckedFiles, now: Date): Promise<FoundCertificates> {
  const candidates = await readCandidates(files);
  const found = await findLeaf(candidates, files.alias, now);
  const { leaf } = found;
  const chain = await buildChain(leaf, indexBySubject(candidates.certificates));
  const problems = [...found.problems, ...candidates.unread.map(describeUnread)];
  if (isInOrder([leaf, ...chain], candidates)) return { leaf, chain, problems };
  const message = "the certificates are not in the order of TLS: the client's certificate first, " +
    "then each issuer; this library reorders them, other programs may not";
  return { leaf, chain, problems: [...problems, ["misordered_chain", message]] };
}

/**
 * Finds the certificate that is presented. Without its key, that is the first certificate that is
 * not the issuer of another one.
 */
async function findLeaf(
  candidates: Candidates,
  alias: string | undefined,
  now: Date,
): Promise<{ leaf: Certificate; problems: Problem[] }> {
  try {
    const { leaf, key: { key }, canVerify } = await selectPair(candidates, alias, now);
    const message = `this runtime does not support TLS with its key (${describeKey(key.kind)})`;
    return { leaf: leaf.certificate, problems: canVerify ? [] : [["unusable_key", message]] };
  } catch (error) {
    const all = candidates.certificates.map(({ certificate }) => certificate);
    const code = error instanceof KeyFileError ? error.code : undefined;
    if ((code !== "no_private_key" && code !== "key_mismatch") || all[0] === undefined) throw error;
    const issuers = new Set(
      all.filter(({ issuer, subject }) => !equalBytes(issuer, subject))
        .map(({ issuer }) => toKey(issuer)),
    );
    const leaf = all.find(({ subject }) => !issuers.has(toKey(subject))) ?? all[0];
    const message = code === "no_private_key"
      ? "there is no private key with it"
      : "the private key belongs to another certificate";
    return { leaf, problems: [[code, message]] };
  }
}

function describeUnread(part: string): Problem {
  return ["unread_part", `a part of its file is not understood: ${part}`];
}

/** True if the certificates of the file follow the chain, or have no order. */
function isInOrder(chain: readonly Certificate[], { ordered }: Candidates): boolean {
  if (!ordered) return true;
  const places = chain.map(({ der }) =>
    ordered.findIndex(({ certificate }) => equalBytes(certificate.der, der))
  );
  return places.every((place, i) => place === -1 || place === i);
}

function readUrl(url: unknown): URL | undefined {
  if (url === undefined) return undefined;
  const text = String(url);
  if (URL.canParse(text)) return new URL(text);
  throw invalidArgument(ACTION, "url is not a URL");
}

/** Reads an environment. */
export function readEnvironment(environment: unknown): MastercardEnvironment | undefined {
  if (environment === undefined || environment === "sandbox" || environment === "production") {
    return environment;
  }
  throw invalidArgument(ACTION, 'environment must be "sandbox" or "production"');
}

function readDate(now: unknown): Date {
  if (now instanceof Date && !Number.isNaN(now.getTime())) return now;
  throw invalidArgument(ACTION, "now is not a valid Date");
}

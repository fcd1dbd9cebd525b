/**
 * `inspectCredentials`: what a certificate says and what is wrong with it, without a connection.
 *
 * @module
 */
import { equalBytes } from "../crypto/bytes.ts";
import { invalidArgument, KeyFileError, McFetchError } from "../errors.ts";
import { readOptions } from "../identity/arguments.ts";
import { buildChain, indexBySubject } from "../identity/chain.ts";
import {
  type CheckedFiles,
  copyFiles,
  type Credentials,
  readCredentials,
} from "../identity/credentials.ts";
import type { Entry } from "../identity/advice.ts";
import { withAdvice } from "../identity/entry.ts";
import { type Candidates, findPair, readCandidates } from "../identity/identity.ts";
import type { FileContents } from "../keys/contents.ts";
import { detectText, readPem } from "../keys/pem.ts";
import type { Certificate } from "../keys/x509.ts";
import { environmentOf, type MastercardEnvironment } from "../mastercard/hosts.ts";
import type { CertificateDetails } from "./details.ts";
import type { CredentialProblem, CredentialProblemCode } from "./problems.ts";

/** What credentials hold, and what is wrong with them. */
export interface CredentialReport {
  /** The certificate that is presented. */
  readonly leaf: CertificateDetails;
  /** The issuers that are sent with it, nearest first. */
  readonly chain: readonly CertificateDetails[];
  /** Whole days from `now` until the leaf expires; negative after it expired. */
  readonly daysLeft: number;
  /** Mastercard's environment that the leaf is for. Missing if it is not for Mastercard. */
  readonly environment?: MastercardEnvironment;
  /** What is wrong with the credentials or soon will be. Empty if nothing is. */
  readonly problems: readonly CredentialProblem[];
}

/** How to inspect credentials. */
export interface InspectOptions {
  /**
   * The URL that the certificate will be presented to. It decides which environment and issuer are
   * right. Default: the certificate is for Mastercard, in either environment.
   */
  readonly url?: string | URL | undefined;
  /** The time at which validity is judged. Default is the current time. */
  readonly now?: Date | undefined;
}

const ACTION = "inspect the credentials";

/**
 * Inspects credentials without a connection: what the certificate says, and what a server may have
 * against it. A key of another certificate, and a file without a key, are problems in the report
 * rather than errors.
 *
 * @param credentials The credentials, as for `mcFetch`
 * @param options The URL that the certificate will be presented to, and the time
 * @returns The certificate, its chain, and what is wrong
 * @throws {McFetchError} if a file cannot be opened, as `mcFetch` does; `no_certificate` for a
 * `fetcher`, which does not show its certificate; `invalid_argument` if `url` is not a URL
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
  const given = readOptions(ACTION, options, ["url", "now"]);
  const now = readDate(given.now ?? new Date());
  const url = readUrl(given.url);
  const fixed = typeof credentials === "function" ? await credentials() : credentials;
  const { files } = readCredentials(fixed);
  if (files === undefined) {
    const message = `Cannot ${ACTION}: a fetcher does not show its certificate`;
    throw new McFetchError("no_certificate", message);
  }
  return await inspectFiles(copyFiles(files), url, now, "fetch");
}

/** Inspects files, for the function that `entry` names. */
export async function inspectFiles(
  files: CheckedFiles,
  url: URL | undefined,
  now: Date,
  entry: Entry,
): Promise<CredentialReport> {
  const [{ describeCertificate, publicKeyKind }, judge] = await Promise.all([
    import("./details.ts"),
    import("./problems.ts"),
  ]);
  const found = await withAdvice(entry, () => findCertificates(files));
  const leaf = await describeCertificate(found.leaf);
  const chain = await Promise.all(found.chain.map(describeCertificate));
  const environment = environmentOf(leaf.subject, leaf.issuer);
  return {
    leaf,
    chain,
    daysLeft: judge.daysBetween(now, leaf.notAfter),
    ...environment !== undefined && { environment },
    problems: [
      ...judge.findProblems(leaf, publicKeyKind(found.leaf), chain, now),
      ...judge.findExpiry(leaf, now),
      ...found.problems.map(([code, message]) => judge.describeProblem(code, message)),
      ...judge.findUseProblems(leaf, url),
    ],
  };
}

type Problem = readonly [CredentialProblemCode, string];

interface Found {
  readonly leaf: Certificate;
  readonly chain: readonly Certificate[];
  readonly problems: readonly Problem[];
}

async function findCertificates(files: CheckedFiles): Promise<Found> {
  const candidates = await readCandidates(files);
  const { leaf, problems } = await findPresented(candidates, files.alias);
  const chain = buildChain(leaf, indexBySubject(candidates.certificates));
  const { cert } = files;
  if (cert === undefined || isInOrder([leaf, ...chain], cert, candidates)) {
    return { leaf, chain, problems };
  }
  const message = "the certificates are not in the order in which TLS sends them: the client's " +
    "first, then each one's issuer; this library reorders them, other programs may not";
  return { leaf, chain, problems: [...problems, ["misordered_chain", message]] };
}

/** Returns the certificate that is presented; without its key, the first that issued no other. */
async function findPresented(
  candidates: Candidates,
  alias: string | undefined,
): Promise<{ leaf: Certificate; problems: Problem[] }> {
  try {
    const { leaf } = await findPair(candidates, alias);
    return { leaf: leaf.certificate, problems: [] };
  } catch (error) {
    const all = candidates.certificates.map(({ certificate }) => certificate);
    const code = error instanceof KeyFileError ? error.code : undefined;
    if ((code !== "no_private_key" && code !== "key_mismatch") || all[0] === undefined) throw error;
    const leaf = all.find(({ subject }) => !all.some((other) => isIssuedBy(other, subject))) ??
      all[0];
    const message = code === "no_private_key"
      ? "there is no private key with it"
      : "the private key is another certificate's";
    return { leaf, problems: [[code, message]] };
  }
}

function isIssuedBy({ issuer, subject }: Certificate, name: Uint8Array): boolean {
  return equalBytes(issuer, name) && !equalBytes(subject, name);
}

/** True if the PEM file has the chain's order. The certificates of PKCS#12 and PKCS#7 have none. */
function isInOrder(
  chain: readonly Certificate[],
  cert: FileContents,
  { opening: { file, maxBytes } }: Candidates,
): boolean {
  const input = detectText(cert, file, maxBytes);
  if (!("text" in input)) return true;
  const blocks = readPem(input.text, file).filter(({ label }) => label.endsWith("CERTIFICATE"));
  const places = chain.map(({ der }) => blocks.findIndex(({ bytes }) => equalBytes(bytes, der)));
  return places.every((place, i) => place === -1 || place === i);
}

function readUrl(url: unknown): URL | undefined {
  if (url === undefined) return undefined;
  const text = String(url);
  if (URL.canParse(text)) return new URL(text);
  throw invalidArgument(ACTION, "url is not a URL");
}

function readDate(now: unknown): Date {
  if (now instanceof Date && !Number.isNaN(now.getTime())) return now;
  throw invalidArgument(ACTION, "now is not a valid Date");
}

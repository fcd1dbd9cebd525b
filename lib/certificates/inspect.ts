import type { CertificateDetails } from "./details.ts";
import type { CredentialProblem } from "./problems.ts";
import { buildChain, bySubject } from "../identity/chain.ts";
import { copyCredentials, type Credentials, type KeySource } from "../identity/credentials.ts";
import { McFetchError } from "../errors.ts";
import { type Candidates, findPair, readCandidates } from "../identity/identity.ts";
import { environmentOf, type MastercardEnvironment } from "../mastercard/hosts.ts";
import { readPem, textOrBytes } from "../keys/pem.ts";
import { equalBytes } from "../crypto/bytes.ts";
import { Budget, type Pkcs12Options } from "../encryption/limits.ts";
import type { Certificate } from "../keys/x509.ts";

/** What credentials are, and what is wrong with them. */
export interface CredentialReport extends CertificateDetails {
  /** Whole days until the certificate expires, from `now`; negative when it has expired. */
  readonly daysLeft: number;
  /** The issuers that are sent with it, nearest first. */
  readonly chain: readonly CertificateDetails[];
  /** Mastercard's environment that it is for; missing where it is no certificate for Mastercard. */
  readonly environment?: MastercardEnvironment;
  /** What is wrong with it or soon will be. Empty where all is well. */
  readonly problems: readonly CredentialProblem[];
}

/** How to look at credentials. */
export interface InspectOptions {
  /**
   * Where the certificate is to be presented. Its environment and its issuer are judged by that;
   * default is that it is for Mastercard, in either environment.
   */
  readonly url?: string | URL;
  /** The time to judge its validity by. Default is the current time. */
  readonly now?: Date;
}

/**
 * Looks at credentials without a connection: what the certificate says, and what a server may have
 * against it. A key that does not belong to the certificate, and a file without a key, are problems
 * in the report rather than errors.
 *
 * @param credentials The credentials, as for `mcFetch`
 * @param options Where the certificate is to be presented, and when
 * @returns What the certificate says, its chain, and what is wrong
 * @throws {McFetchError} when a file cannot be opened, as `mcFetch` does; `no_certificate` for a
 * `fetcher`, which does not show its certificate; `invalid_argument` when `url` is not a URL
 *
 * @example Warn before the certificate expires
 * ```ts no-eval
 * import { inspectCredentials } from "@acme/mc-mtls";
 *
 * const { daysLeft, problems } = await inspectCredentials(
 *   { pfx: await Deno.readFile("client.p12"), passphrase: "keystorepassword" },
 *   { url: "https://services.mastercard.com" },
 * );
 * for (const { code, message } of problems) console.warn(code, message, daysLeft);
 * ```
 */
export async function inspectCredentials(
  credentials: Credentials,
  options: InspectOptions = {},
): Promise<CredentialReport> {
  const { now = new Date() } = options;
  const url = readUrl(options.url);
  const source = copyCredentials(
    typeof credentials === "function" ? await credentials() : credentials,
  );
  if ("fetcher" in source) {
    throw new McFetchError(
      "no_certificate",
      "Cannot inspect the credentials: a fetcher does not show its certificate",
    );
  }
  // pkijs comes with these; it is not loaded on the way of a request.
  const { describeCertificate } = await import("./details.ts");
  const judge = await import("./problems.ts");

  const found = await findCertificates(source);
  const leaf = await describeCertificate(found.leaf);
  const chain = await Promise.all(found.chain.map(describeCertificate));
  const environment = environmentOf(leaf.subject, leaf.issuer);
  return {
    ...leaf,
    daysLeft: judge.daysBetween(now, leaf.notAfter),
    chain,
    ...environment !== undefined && { environment },
    problems: [
      ...judge.findProblems(leaf, chain, now),
      ...judge.findExpiry(leaf, now),
      ...found.problems,
      ...judge.findUseProblems(leaf, url),
    ],
  };
}

interface Found {
  readonly leaf: Certificate;
  readonly chain: readonly Certificate[];
  readonly problems: readonly CredentialProblem[];
}

async function findCertificates(source: KeySource): Promise<Found> {
  const { keyPassphrase, limits } = source;
  const options = { ...limits, ...keyPassphrase !== undefined && { keyPassphrase } };
  const candidates = await readCandidates(source, options);
  const { leaf, problems } = await findLeaf(candidates, source, options);
  const chain = buildChain(leaf, bySubject(candidates.certificates));
  if ("cert" in source && !isInOrder([leaf, ...chain], source.cert, options)) {
    const message = "the certificates are not in the order that TLS sends them in: the " +
      "client's first, then each one's issuer; here they are put in order, other programs may not";
    problems.push({ code: "misordered_chain", message });
  }
  return { leaf, chain, problems };
}

/** The certificate that is presented; without its key, the first that issued no other. */
async function findLeaf(
  candidates: Candidates,
  { alias }: KeySource,
  options: Pkcs12Options,
): Promise<{ leaf: Certificate; problems: CredentialProblem[] }> {
  try {
    const { leaf } = await findPair(candidates, alias, options);
    return { leaf: leaf.certificate, problems: [] };
  } catch (error) {
    const all = candidates.certificates.map(({ certificate }) => certificate);
    const code = error instanceof McFetchError ? error.code : undefined;
    if ((code !== "no_private_key" && code !== "key_mismatch") || all[0] === undefined) throw error;
    const leaf = all.find(({ subject }) =>
      !all.some((other) =>
        equalBytes(other.issuer, subject) && !equalBytes(other.subject, subject)
      )
    ) ?? all[0];
    const message = code === "no_private_key"
      ? "there is no private key with it"
      : "the private key is another one's, not its own";
    return { leaf, problems: [{ code, message }] };
  }
}

/** The order counts in PEM alone: the certificates of PKCS#12 and PKCS#7 files have none. */
function isInOrder(
  chain: readonly Certificate[],
  bytes: Uint8Array,
  options: Pkcs12Options,
): boolean {
  const { file, maxBytes } = new Budget("the certificate file", options);
  const input = textOrBytes(bytes, file, maxBytes);
  if (!("text" in input)) return true;
  const blocks = readPem(input.text, file)
    .filter(({ label }) => label.endsWith("CERTIFICATE"));
  const places = chain.map(({ der }) => blocks.findIndex(({ bytes }) => equalBytes(bytes, der)));
  return places.every((place, i) => place === -1 || place === i);
}

function readUrl(url: string | URL | undefined): URL | undefined {
  if (url === undefined) return undefined;
  if (URL.canParse(url)) return new URL(url);
  throw new McFetchError("invalid_argument", "Cannot inspect the credentials: url is not a URL");
}

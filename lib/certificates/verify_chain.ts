/**
 * Verifies a chain against CA certificates, by the rules of RFC 5280, section 6.1 that certificates
 * in use break: signatures, validity, basic constraints and key usage.
 *
 * @module
 */
import * as pkijs from "pkijs";
import { equalBytes } from "../crypto/bytes.ts";
import { isSelfSigned } from "../identity/self_signed.ts";
import { formatName } from "../keys/names.ts";
import type { Certificate } from "../keys/x509.ts";
import { readVersion } from "./version.ts";

/** Result of the verification. */
export interface ChainVerdict {
  /** The subjects from the leaf to the last certificate that was found. */
  readonly path: readonly string[];
  /** Why the chain is not valid; `undefined` if it is. */
  readonly problem: string | undefined;
}

/** The longest chain. Real chains have two to five certificates. */
const MAX_CHAIN = 16;

/** The most issuers of the same name that are tried. */
const MAX_CANDIDATES = 8;

/** The bit of keyCertSign in the first byte of the key usage (RFC 5280, section 4.2.1.3). */
const KEY_CERT_SIGN = 0x04;
const KEY_USAGE = "2.5.29.15";
const BASIC_CONSTRAINTS = "2.5.29.19";

/**
 * Verifies the chain of a certificate. The chain must end at a root that is among the CAs.
 *
 * @param leaf The certificate
 * @param others Certificates that may be between the leaf and a CA
 * @param cas The CAs
 * @param now The time at which all certificates must be valid
 */
export async function verifyChain(
  leaf: Certificate,
  others: readonly Certificate[],
  cas: readonly Certificate[],
  now: Date,
): Promise<ChainVerdict> {
  const path = [leaf];
  const fail = (problem: string) => ({ path: path.map(nameOf), problem });
  for (let last = leaf; path.length <= MAX_CHAIN;) {
    const late = findValidityProblem(last, now);
    if (late !== undefined) return fail(late);
    const isRoot = await isSelfSigned(last);
    const isCa = cas.some(({ der }) => equalBytes(der, last.der));
    if (isRoot && isCa) return { path: path.map(nameOf), problem: undefined };
    if (isRoot) return fail(`${nameOf(last)} is self-signed and not among the CAs`);
    const { issuer, problem } = await findIssuer(last, [...cas, ...others]);
    if (issuer === undefined) return fail(problem);
    path.push(issuer);
    const wrong = findIssuerProblem(issuer, path.length - 2);
    if (wrong !== undefined) return fail(wrong);
    last = issuer;
  }
  return fail(`it has more than ${MAX_CHAIN} certificates`);
}

async function isSignedBy(certificate: Certificate, issuer: Certificate): Promise<boolean> {
  return await parse(certificate).verify(parse(issuer)).catch(() => false);
}

function nameOf({ subject }: Certificate): string {
  return formatName(subject);
}

async function findIssuer(
  certificate: Certificate,
  all: readonly Certificate[],
): Promise<{ issuer?: Certificate; problem: string }> {
  const named = all.filter(({ subject }) => equalBytes(subject, certificate.issuer));
  for (const issuer of named.slice(0, MAX_CANDIDATES)) {
    if (await isSignedBy(certificate, issuer)) return { issuer, problem: "" };
  }
  const name = formatName(certificate.issuer);
  return {
    problem: named.length === 0
      ? `the issuer of ${nameOf(certificate)}, ${name}, is neither in the file nor among the CAs`
      : `the signature of ${nameOf(certificate)} is not one of the key of ${name}`,
  };
}

function findValidityProblem(certificate: Certificate, now: Date): string | undefined {
  const { notBefore, notAfter } = parse(certificate);
  const day = (time: pkijs.Time) => time.value.toISOString().slice(0, 10);
  if (now < notBefore.value) return `${nameOf(certificate)} is not valid before ${day(notBefore)}`;
  if (now > notAfter.value) return `${nameOf(certificate)} expired on ${day(notAfter)}`;
  return undefined;
}

/** @param below The number of CAs between the issuer and the leaf */
function findIssuerProblem(issuer: Certificate, below: number): string | undefined {
  const { extensions = [] } = parse(issuer);
  const find = (id: string): unknown => extensions.find(({ extnID }) => extnID === id)?.parsedValue;
  const constraints = find(BASIC_CONSTRAINTS) as pkijs.BasicConstraints | undefined;
  // Certificates of version 1 have no extensions. Some roots are of version 1.
  if (readVersion(issuer) > 1 && !constraints?.cA) return `${nameOf(issuer)} is not a CA`;
  const usage = find(KEY_USAGE) as { valueBlock: { valueHexView: Uint8Array } } | undefined;
  if (usage !== undefined && ((usage.valueBlock.valueHexView[0] ?? 0) & KEY_CERT_SIGN) === 0) {
    return `the key of ${nameOf(issuer)} is not for signing certificates`;
  }
  const limit = constraints?.pathLenConstraint;
  if (typeof limit === "number" && below > limit) {
    return `${nameOf(issuer)} allows no more than ${limit} CAs below it`;
  }
  return undefined;
}

function parse({ der }: Certificate): pkijs.Certificate {
  return pkijs.Certificate.fromBER(der.slice());
}

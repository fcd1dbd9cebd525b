/**
 * Which certificates issued a certificate.
 *
 * @module
 */
import { equalBytes, toHex } from "../crypto/bytes.ts";
import type { FoundCertificate } from "../keys/contents.ts";
import type { Certificate } from "../keys/x509.ts";

/** OpenSSL verifies chains of up to 100; real ones have two to five certificates. */
const MAX_CHAIN = 16;

/** Certificates by their subject, for `buildChain`. */
export type BySubject = ReadonlyMap<string, readonly Certificate[]>;

/** Certificates by their subject. */
export function indexBySubject(certificates: readonly FoundCertificate[]): BySubject {
  const index = new Map<string, Certificate[]>();
  for (const { certificate } of certificates) {
    const name = toHex(certificate.subject);
    index.set(name, [...index.get(name) ?? [], certificate]);
  }
  return index;
}

/**
 * The issuers of a certificate, nearest first, as far as they are there. Names connect them, key identifiers
 * decide between several of the same name. A root is included where the file has it: whoever wrote the file
 * meant it to be sent, and a server skips what it already has.
 *
 * @param leaf The certificate
 * @param certificates Where to look
 */
export function buildChain(leaf: Certificate, certificates: BySubject): Certificate[] {
  const chain: Certificate[] = [];
  for (let last = leaf; chain.length < MAX_CHAIN && !equalBytes(last.issuer, last.subject);) {
    const issuers = (certificates.get(toHex(last.issuer)) ?? [])
      .filter(({ der }) => ![leaf, ...chain].some((used) => equalBytes(der, used.der)));
    const { authorityKeyId } = last;
    const issuer = issuers.find(({ subjectKeyId }) =>
      subjectKeyId && authorityKeyId && equalBytes(subjectKeyId, authorityKeyId)
    ) ?? issuers[0];
    if (!issuer) {
      break;
    }
    chain.push(issuer);
    last = issuer;
  }
  return chain;
}

/**
 * Certificate chains, from the leaf to the root.
 *
 * @module
 */
import { equalBytes, toKey } from "../crypto/bytes.ts";
import type { FoundCertificate } from "../keys/contents.ts";
import type { Certificate } from "../keys/x509.ts";

/** OpenSSL verifies chains of up to 100 certificates. Real chains have two to five. */
const MAX_CHAIN = 16;

/** Certificates by their subject, and by their bytes. */
export type BySubject = ReadonlyMap<string, ReadonlyMap<string, Certificate>>;

/** Indexes certificates by their subject. Copies are left out. */
export function indexBySubject(certificates: readonly FoundCertificate[]): BySubject {
  const index = new Map<string, Map<string, Certificate>>();
  for (const { certificate } of certificates) {
    const name = toKey(certificate.subject);
    const alike = index.get(name) ?? new Map<string, Certificate>();
    index.set(name, alike.set(toKey(certificate.der), certificate));
  }
  return index;
}

/**
 * Returns the issuers of a certificate, nearest first, as far as the file has them. An issuer has
 * the right name. The key identifier decides between certificates of the same name. A root in the
 * file is included: its writer wanted to send it, and a server ignores a root that it already has.
 *
 * @param leaf The certificate
 * @param certificates The certificates of the file
 */
export async function buildChain(
  leaf: Certificate,
  certificates: BySubject,
): Promise<Certificate[]> {
  const chain: Certificate[] = [];
  const used = new Set([toKey(leaf.der)]);
  for (let last = leaf; chain.length < MAX_CHAIN;) {
    const alike = certificates.get(toKey(last.issuer)) ?? new Map<string, Certificate>();
    const issuers = [...alike].filter(([bytes]) => !used.has(bytes));
    // A CA and its certificates may have the same name, so names do not tell who is a root.
    if (issuers.length > 0 && equalBytes(last.issuer, last.subject)) {
      const { isSelfSigned } = await import("./self_signed.ts");
      if (await isSelfSigned(last)) break;
    }
    const { authorityKeyId } = last;
    const issuer = issuers.find(([, { subjectKeyId }]) =>
      subjectKeyId && authorityKeyId && equalBytes(subjectKeyId, authorityKeyId)
    ) ?? issuers[0];
    if (!issuer) {
      break;
    }
    const [bytes, certificate] = issuer;
    used.add(bytes);
    chain.push(certificate);
    last = certificate;
  }
  return chain;
}

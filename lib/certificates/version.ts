/**
 * The version of a certificate (RFC 5280, section 4.1.2.1).
 *
 * @module
 */
import { Reader } from "../asn1/reader.ts";
import { contextTag } from "../asn1/tags.ts";
import type { Certificate } from "../keys/x509.ts";

/** Reads the version, 1 to 3. */
export function readVersion({ der }: Certificate): number {
  const certificate = new Reader(der, "the certificate", "a certificate", "DER");
  const tbs = certificate.enterSequence("certificate").enterSequence("tbsCertificate");
  if (tbs.tag !== contextTag(0)) return 1;
  return Number(tbs.enter(contextTag(0), "version").readInteger("version")) + 1;
}

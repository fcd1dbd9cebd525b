/** Writes certificate revocation lists for the tests' CAs, with pkijs. */
import * as pkijs from "pkijs";
import { writePem } from "../../lib/keys/pem.ts";
import type { Issued } from "../../lib/sandbox/pki.ts";

/** A year, in milliseconds. */
const YEAR = 365 * 24 * 60 * 60 * 1000;

/** Writes a CA's list of revoked certificates as PEM. The list is valid for a year. */
export async function writeRevocationList(
  ca: Issued,
  revoked: readonly Issued[],
): Promise<string> {
  const now = new Date();
  const list = new pkijs.CertificateRevocationList();
  list.version = 1; // v2
  list.issuer = ca.certificate.subject;
  list.thisUpdate = new pkijs.Time({ value: now });
  list.nextUpdate = new pkijs.Time({ value: new Date(now.getTime() + YEAR) });
  list.revokedCertificates = revoked.map(({ certificate }) =>
    new pkijs.RevokedCertificate({
      userCertificate: certificate.serialNumber,
      revocationDate: new pkijs.Time({ value: now }),
    })
  );
  await list.sign(ca.keys.privateKey, "SHA-256");
  return writePem("X509 CRL", new Uint8Array(list.toSchema().toBER()));
}

/**
 * `mc-mtls inspect --ca`: verifies the chain of a certificate against CA certificates.
 *
 * @module
 */
import { type ChainVerdict, verifyChain } from "../certificates/verify_chain.ts";
import type { CheckedFiles } from "../identity/credentials.ts";
import { readCandidates } from "../identity/identity.ts";
import { computeFingerprint } from "../keys/names.ts";
import { readInput } from "./files.ts";
import { readCertificates } from "./inspect_others.ts";

/**
 * Verifies the chain of the certificate with this fingerprint.
 *
 * @param files The files with the certificate and the issuers that are sent with it
 * @param ca The path of the file with the CAs
 */
export async function checkChain(
  files: CheckedFiles,
  fingerprint: string,
  ca: string,
  now: Date,
): Promise<ChainVerdict> {
  const { certificates: cas } = await readCertificates(await readInput(ca), "the file of --ca");
  const { certificates } = await readCandidates(files);
  const all = certificates.map(({ certificate }) => certificate);
  for (const leaf of all) {
    if (await computeFingerprint(leaf) === fingerprint) {
      return await verifyChain(leaf, all.filter((other) => other !== leaf), cas, now);
    }
  }
  throw new TypeError("The report is about a certificate that the files do not hold");
}

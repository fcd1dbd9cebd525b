/**
 * The certificates in PKCS#7 files, `.p7b` and `.p7c` (RFC 5652, sections 3 and 5.1).
 *
 * @module
 */
import { Reader } from "../asn1/reader.ts";
import { contextTag, INTEGER, SEQUENCE } from "../asn1/tags.ts";
import type { Opening } from "../encryption/opening.ts";
import { unsupported } from "../errors.ts";
import { type Certificate, readCertificate } from "./x509.ts";

const SIGNED_DATA = "1.2.840.113549.1.7.2";

/**
 * Reads the certificates of a PKCS#7 file, in the order of the file.
 *
 *     ContentInfo ::= SEQUENCE {
 *         contentType  OBJECT IDENTIFIER,
 *         content      [0] EXPLICIT ANY DEFINED BY contentType
 *     }
 *     SignedData ::= SEQUENCE {
 *         version           INTEGER,
 *         digestAlgorithms  SET OF AlgorithmIdentifier,
 *         encapContentInfo  SEQUENCE,
 *         certificates      [0] IMPLICIT SET OF CertificateChoices OPTIONAL,
 *         crls              [1] IMPLICIT SET OF RevocationInfoChoice OPTIONAL,
 *         signerInfos       SET OF SignerInfo
 *     }
 *
 * @param bytes The file
 * @param opening The opening of the file
 */
export async function readPkcs7(bytes: Uint8Array, opening: Opening): Promise<Certificate[]> {
  const { file } = opening;
  const outer = new Reader(bytes, file, "the file");
  const info = outer.enterSequence("ContentInfo");
  const type = info.readOid("content type");
  if (type !== SIGNED_DATA) {
    throw unsupported(file, `PKCS#7 with the content type ${type}`, "unsupported_content");
  }
  const content = info.enter(contextTag(0), "content");
  const signed = content.enterSequence("SignedData");
  signed.readElement(INTEGER, "version");
  signed.readAny("digest algorithms");
  signed.readElement(SEQUENCE, "content");
  if (signed.tag !== contextTag(0)) return [];
  const set = signed.enter(contextTag(0), "certificates");
  const certificates: Certificate[] = [];
  while (set.tag !== undefined) {
    // Other choices (attribute certificates) have context tags.
    const { tag, raw } = set.readAny("certificate");
    opening.countBag();
    if (tag === SEQUENCE) certificates.push(readCertificate(raw, file));
    await opening.takeTurn();
  }
  return certificates;
}

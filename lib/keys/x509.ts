/**
 * What the pairing of keys and certificates needs to know of a certificate: RFC 5280 section 4.1.
 *
 * @module
 */
import { context, type Element, OCTET_STRING, Reader, SEQUENCE } from "../asn1/reader.ts";

/** A certificate. */
export interface Certificate {
  /** The whole certificate, as it stands in the file. */
  readonly der: Uint8Array;
  /** 1, 2 or 3. */
  readonly version: number;
  /** The extensions that must be understood by whoever uses the certificate. */
  readonly criticalExtensions: readonly string[];
  /** Distinguished names in DER. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly subjectPublicKeyInfo: Uint8Array;
  /** The public key's algorithm. */
  readonly algorithm: string;
  /** The public key's parameters, where there are any: an EC curve. */
  readonly parameters?: Element;
  /** The contents of subjectPublicKey's BIT STRING. */
  readonly publicKey: Uint8Array;
  /** Key identifiers, from the extensions of sections 4.2.1.1 and 4.2.1.2. */
  readonly subjectKeyId?: Uint8Array;
  readonly authorityKeyId?: Uint8Array;
}

const SUBJECT_KEY_ID = "2.5.29.14";
const AUTHORITY_KEY_ID = "2.5.29.35";

/**
 *     Certificate ::= SEQUENCE {
 *         tbsCertificate      TBSCertificate,
 *         signatureAlgorithm  AlgorithmIdentifier,
 *         signatureValue      BIT STRING
 *     }
 *     TBSCertificate ::= SEQUENCE {
 *         version               [0] EXPLICIT INTEGER DEFAULT v1,
 *         serialNumber          INTEGER,
 *         signature             AlgorithmIdentifier,
 *         issuer                Name,
 *         validity              SEQUENCE,
 *         subject               Name,
 *         subjectPublicKeyInfo  SubjectPublicKeyInfo,
 *         issuerUniqueID        [1] IMPLICIT BIT STRING OPTIONAL,
 *         subjectUniqueID       [2] IMPLICIT BIT STRING OPTIONAL,
 *         extensions            [3] EXPLICIT SEQUENCE OF Extension OPTIONAL
 *     }
 *     SubjectPublicKeyInfo ::= SEQUENCE {
 *         algorithm         AlgorithmIdentifier,
 *         subjectPublicKey  BIT STRING
 *     }
 *
 * @param der A certificate; what follows it, as in a TRUSTED CERTIFICATE, is not looked at
 * @param file What is being opened, for messages
 */
export function readCertificate(der: Uint8Array, file: string): Certificate {
  const { raw, body } = new Reader(der, file, "a certificate", "DER").take(SEQUENCE, "certificate");
  const certificate = new Reader(body, file, "a certificate", "DER");
  const tbs = certificate.sequence("tbsCertificate");
  certificate.take(SEQUENCE, "signature algorithm");
  certificate.bits("signature");
  certificate.end();
  const version = tbs.tag === context(0) ? tbs.enter(context(0), "version").integer("version") : 0n;
  tbs.integer("serial number");
  tbs.take(SEQUENCE, "signature");
  const issuer = tbs.take(SEQUENCE, "issuer").raw;
  tbs.take(SEQUENCE, "validity");
  const subject = tbs.take(SEQUENCE, "subject").raw;
  const publicKeyInfo = tbs.take(SEQUENCE, "subjectPublicKeyInfo");
  const info = new Reader(publicKeyInfo.body, file, "subjectPublicKeyInfo", "DER");
  const identifier = info.sequence("algorithm");
  const algorithm = identifier.oid("algorithm");
  const parameters = identifier.tag === undefined ? undefined : identifier.any("parameters");
  const publicKey = info.bits("subjectPublicKey");
  while (tbs.tag !== undefined && tbs.tag !== context(3)) {
    tbs.any("unique identifier");
  }
  return {
    der: raw,
    version: Number(version) + 1,
    criticalExtensions: [],
    issuer,
    subject,
    subjectPublicKeyInfo: publicKeyInfo.raw,
    algorithm,
    ...(parameters && { parameters }),
    publicKey,
    ...(tbs.tag !== undefined &&
      readExtensions(tbs.enter(context(3), "extensions").sequence("extensions"), file)),
  };
}

/**
 *     Extension ::= SEQUENCE {
 *         extnID     OBJECT IDENTIFIER,
 *         critical   BOOLEAN DEFAULT FALSE,
 *         extnValue  OCTET STRING
 *     }
 *     SubjectKeyIdentifier ::= OCTET STRING
 *     AuthorityKeyIdentifier ::= SEQUENCE { keyIdentifier [0] IMPLICIT OCTET STRING OPTIONAL, ... }
 */
function readExtensions(
  extensions: Reader,
  file: string,
): Pick<Certificate, "criticalExtensions" | "subjectKeyId" | "authorityKeyId"> {
  const ids: { subjectKeyId?: Uint8Array; authorityKeyId?: Uint8Array } = {};
  const criticalExtensions: string[] = [];
  while (extensions.tag !== undefined) {
    const extension = extensions.sequence("extension");
    const type = extension.oid("extension type");
    if (extension.tag !== OCTET_STRING && extension.any("critical").body[0] !== 0) {
      criticalExtensions.push(type);
    }
    const value = new Reader(extension.octets("extension value"), file, "an extension", "DER");
    if (type === SUBJECT_KEY_ID) {
      ids.subjectKeyId = value.octets("key identifier");
    }
    if (type === AUTHORITY_KEY_ID) {
      const authority = value.sequence("authority key identifier");
      if (authority.tag === 0x80) {
        ids.authorityKeyId = authority.take(0x80, "key identifier").body;
      }
    }
  }
  return { ...ids, criticalExtensions };
}

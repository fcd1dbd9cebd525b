/**
 * The fields of certificates that pairing and chain building need (RFC 5280, section 4.1).
 *
 * @module
 */
import { type Element, Reader } from "../asn1/reader.ts";
import { contextTag, OCTET_STRING, SEQUENCE } from "../asn1/tags.ts";
import { malformed } from "../errors.ts";

/** Certificate. */
export interface Certificate {
  /** The whole certificate, as in the file. */
  readonly der: Uint8Array;
  /** 1, 2 or 3. */
  readonly version: number;
  /** The extensions that are marked critical. */
  readonly criticalExtensions: readonly string[];
  /** Distinguished names in DER. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly subjectPublicKeyInfo: Uint8Array;
  /** The public key's algorithm. */
  readonly algorithm: string;
  /** The public key's parameters, if there are any: an EC curve. */
  readonly parameters?: Element;
  /** The contents of the BIT STRING in subjectPublicKey. */
  readonly publicKey: Uint8Array;
  /** Key identifiers (RFC 5280, sections 4.2.1.1 and 4.2.1.2). */
  readonly subjectKeyId?: Uint8Array;
  readonly authorityKeyId?: Uint8Array;
}

const SUBJECT_KEY_ID = "2.5.29.14";
const AUTHORITY_KEY_ID = "2.5.29.35";

/**
 * OpenSSL rejects a longer chain in a handshake. SLH-DSA has the largest signatures, 49,856 octets.
 */
const MAX_CERTIFICATE = 102_400;

/**
 * Reads a certificate.
 *
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
 * @param der A certificate. Bytes after it, as in a TRUSTED CERTIFICATE, are ignored
 * @param file The file's name in messages
 */
export function readCertificate(der: Uint8Array, file: string): Certificate {
  const { raw, body } = new Reader(der, file, "a certificate", "DER").readElement(
    SEQUENCE,
    "certificate",
  );
  if (raw.length > MAX_CERTIFICATE) {
    const rule =
      `a certificate must have <= ${MAX_CERTIFICATE} bytes: current value is ${raw.length}`;
    throw malformed(file, rule);
  }
  const certificate = new Reader(body, file, "a certificate", "DER");
  const tbs = certificate.enterSequence("tbsCertificate");
  certificate.readElement(SEQUENCE, "signature algorithm");
  certificate.readBits("signature");
  certificate.expectEnd();
  const version = tbs.tag === contextTag(0)
    ? tbs.enter(contextTag(0), "version").readInteger("version")
    : 0n;
  tbs.readInteger("serial number");
  tbs.readElement(SEQUENCE, "signature");
  const issuer = tbs.readElement(SEQUENCE, "issuer").raw;
  tbs.readElement(SEQUENCE, "validity");
  const subject = tbs.readElement(SEQUENCE, "subject").raw;
  const publicKeyInfo = tbs.readElement(SEQUENCE, "subjectPublicKeyInfo");
  const info = new Reader(publicKeyInfo.body, file, "subjectPublicKeyInfo", "DER");
  const identifier = info.enterSequence("algorithm");
  const algorithm = identifier.readOid("algorithm");
  const parameters = identifier.tag === undefined ? undefined : identifier.readAny("parameters");
  const publicKey = info.readBits("subjectPublicKey");
  while (tbs.tag !== undefined && tbs.tag !== contextTag(3)) {
    tbs.readAny("unique identifier");
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
      readExtensions(tbs.enter(contextTag(3), "extensions").enterSequence("extensions"), file)),
  };
}

/**
 * Reads the extensions.
 *
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
    const extension = extensions.enterSequence("extension");
    const type = extension.readOid("extension type");
    if (extension.tag !== OCTET_STRING && extension.readAny("critical").body[0] !== 0) {
      criticalExtensions.push(type);
    }
    const value = new Reader(extension.readOctets("extension value"), file, "an extension", "DER");
    if (type === SUBJECT_KEY_ID) {
      ids.subjectKeyId = value.readOctets("key identifier");
    }
    if (type === AUTHORITY_KEY_ID) {
      const authority = value.enterSequence("authority key identifier");
      if (authority.tag === 0x80) {
        ids.authorityKeyId = authority.readElement(0x80, "key identifier").body;
      }
    }
  }
  return { ...ids, criticalExtensions };
}

/**
 * The fields of certificates that pairing and chain building need (RFC 5280, section 4.1).
 *
 * @module
 */
import { type Element, Reader } from "../asn1/reader.ts";
import { contextTag, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE } from "../asn1/tags.ts";
import { toHex } from "../crypto/bytes.ts";
import { malformed } from "../errors.ts";

/** Certificate. */
export interface Certificate {
  /** The whole certificate, as in the file. */
  readonly der: Uint8Array;
  /** Distinguished names in DER. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  /** The contents of the validity. */
  readonly validity: Uint8Array;
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

/** The contents of the identifiers 2.5.29.14 and 2.5.29.35. */
const SUBJECT_KEY_ID = "551d0e";
const AUTHORITY_KEY_ID = "551d23";

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
  if (tbs.tag === contextTag(0)) tbs.readAny("version");
  tbs.readInteger("serial number");
  tbs.readElement(SEQUENCE, "signature");
  const issuer = tbs.readElement(SEQUENCE, "issuer").raw;
  const validity = tbs.readElement(SEQUENCE, "validity").body;
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
    issuer,
    subject,
    validity,
    subjectPublicKeyInfo: publicKeyInfo.raw,
    algorithm,
    ...(parameters && { parameters }),
    publicKey,
    ...(tbs.tag !== undefined &&
      readExtensions(tbs.enter(contextTag(3), "extensions").enterSequence("extensions"))),
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
): Pick<Certificate, "subjectKeyId" | "authorityKeyId"> {
  const ids: { subjectKeyId?: Uint8Array; authorityKeyId?: Uint8Array } = {};
  while (extensions.tag !== undefined) {
    const extension = extensions.enterSequence("extension");
    const type = toHex(extension.readElement(OBJECT_IDENTIFIER, "extension type").body);
    if (extension.tag !== OCTET_STRING) extension.readAny("critical");
    const value = extension.readOctets("extension value");
    const keyId = type === SUBJECT_KEY_ID || type === AUTHORITY_KEY_ID
      ? readKeyId(value, type === AUTHORITY_KEY_ID)
      : undefined;
    if (keyId) ids[type === SUBJECT_KEY_ID ? "subjectKeyId" : "authorityKeyId"] = keyId;
  }
  return ids;
}

/** Reads a key identifier. A damaged one is skipped: it only chooses among issuers of one name. */
function readKeyId(bytes: Uint8Array, isAuthority: boolean): Uint8Array | undefined {
  try {
    const value = new Reader(bytes, "", "");
    return isAuthority
      ? value.enterSequence("").readElement(0x80, "").body
      : value.readElement(OCTET_STRING, "").body;
  } catch {
    return undefined;
  }
}

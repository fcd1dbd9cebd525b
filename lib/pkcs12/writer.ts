/**
 * A writer of the structures in a PKCS#12 file (RFC 7292, section 4).
 *
 * @module
 */
import { contextTag, NULL } from "../asn1/tags.ts";
import {
  writeElement,
  writeInteger,
  writeOctets,
  writeOid,
  writeSequence,
  writeSet,
} from "../asn1/writer.ts";
import { PBKDF2 } from "../encryption/key_derivation.ts";
import { PBES2 } from "../encryption/pbes2.ts";
import {
  CERT_BAG,
  DATA,
  ENCRYPTED_DATA,
  SHROUDED_KEY_BAG,
  X509_CERTIFICATE,
} from "./identifiers.ts";

export const HMAC_SHA256 = "1.2.840.113549.2.9";
const AES_256_CBC = "2.16.840.1.101.3.4.1.42";

type Der = Uint8Array<ArrayBuffer>;

/**
 * Writes a PFX.
 *
 *     PFX ::= SEQUENCE {
 *         version   INTEGER {v3(3)}(v3,...),
 *         authSafe  ContentInfo,
 *         macData   MacData OPTIONAL
 *     }
 *
 * @param authenticatedSafe The input of the MAC
 */
export function writePfx(authenticatedSafe: Uint8Array, ...macData: Uint8Array[]): Der {
  return writeSequence(
    writeInteger(3),
    writeContentInfo(DATA, writeOctets(authenticatedSafe)),
    ...macData,
  );
}

/**
 * Writes a ContentInfo.
 *
 *     ContentInfo ::= SEQUENCE {
 *         contentType  OBJECT IDENTIFIER,
 *         content      [0] EXPLICIT ANY DEFINED BY contentType OPTIONAL
 *     }
 */
export function writeContentInfo(type: string, content: Uint8Array): Der {
  return writeSequence(writeOid(type), writeElement(contextTag(0), content));
}

/** Writes a ContentInfo of plain SafeContents: `SafeContents ::= SEQUENCE OF SafeBag` */
export function writePlainSafe(...bags: Uint8Array[]): Der {
  return writeContentInfo(DATA, writeOctets(writeSequence(...bags)));
}

/**
 * Writes a ContentInfo of encrypted SafeContents.
 *
 *     EncryptedData ::= SEQUENCE {
 *         version               INTEGER,
 *         encryptedContentInfo  EncryptedContentInfo
 *     }
 *     EncryptedContentInfo ::= SEQUENCE {
 *         contentType                 OBJECT IDENTIFIER,
 *         contentEncryptionAlgorithm  AlgorithmIdentifier,
 *         encryptedContent            [0] IMPLICIT OCTET STRING OPTIONAL
 *     }
 */
export function writeEncryptedSafe({ algorithm, ciphertext }: EncryptedContent): Der {
  const info = writeSequence(writeOid(DATA), algorithm, writeElement(0x80, ciphertext));
  return writeContentInfo(ENCRYPTED_DATA, writeSequence(writeInteger(0), info));
}

/** Ciphertext and its encryption algorithm. */
export interface EncryptedContent {
  /** An AlgorithmIdentifier. */
  readonly algorithm: Uint8Array;
  readonly ciphertext: Uint8Array;
}

/**
 * Writes a SafeBag.
 *
 *     SafeBag ::= SEQUENCE {
 *         bagId          OBJECT IDENTIFIER,
 *         bagValue       [0] EXPLICIT ANY DEFINED BY bagId,
 *         bagAttributes  SET OF PKCS12Attribute OPTIONAL
 *     }
 */
export function writeSafeBag(bagId: string, value: Uint8Array, ...attributes: Uint8Array[]): Der {
  const set = attributes.length > 0 ? [writeSet(...attributes)] : [];
  return writeSequence(writeOid(bagId), writeElement(contextTag(0), value), ...set);
}

/**
 * Writes `PKCS8ShroudedKeyBag ::= EncryptedPrivateKeyInfo` (RFC 7292, section 4.2.2).
 *
 *     EncryptedPrivateKeyInfo ::= SEQUENCE {
 *         encryptionAlgorithm  AlgorithmIdentifier,
 *         encryptedData        OCTET STRING
 *     }
 */
export function writeShroudedKeyBag(
  { algorithm, ciphertext }: EncryptedContent,
  ...attributes: Uint8Array[]
): Der {
  return writeSafeBag(
    SHROUDED_KEY_BAG,
    writeSequence(algorithm, writeOctets(ciphertext)),
    ...attributes,
  );
}

/**
 * Writes a CertBag with an X.509 certificate (RFC 7292, section 4.2.3).
 *
 *     CertBag ::= SEQUENCE {
 *         certId     OBJECT IDENTIFIER,
 *         certValue  [0] EXPLICIT ANY DEFINED BY certId
 *     }
 */
export function writeCertBag(certificate: Uint8Array, ...attributes: Uint8Array[]): Der {
  const value = writeElement(contextTag(0), writeOctets(certificate));
  return writeSafeBag(CERT_BAG, writeSequence(writeOid(X509_CERTIFICATE), value), ...attributes);
}

/**
 * Writes an attribute.
 *
 *     PKCS12Attribute ::= SEQUENCE {
 *         attrId      OBJECT IDENTIFIER,
 *         attrValues  SET OF ANY DEFINED BY attrId
 *     }
 */
export function writeAttribute(type: string, value: Uint8Array): Der {
  return writeSequence(writeOid(type), writeSet(value));
}

/**
 * Writes the AlgorithmIdentifier of PBES2 with AES-256-CBC (RFC 8018, appendix A.4).
 *
 *     PBES2-params ::= SEQUENCE {
 *         keyDerivationFunc  AlgorithmIdentifier {{PBES2-KDFs}},
 *         encryptionScheme   AlgorithmIdentifier {{PBES2-Encs}}
 *     }
 */
export function writePbes2(derivation: Uint8Array, iv: Uint8Array): Der {
  const scheme = writeSequence(writeOid(AES_256_CBC), writeOctets(iv));
  return writeSequence(writeOid(PBES2), writeSequence(derivation, scheme));
}

/**
 * Writes the AlgorithmIdentifier of PBKDF2 with HMAC-SHA-256 (RFC 8018, appendix A.2).
 *
 *     PBKDF2-params ::= SEQUENCE {
 *         salt            CHOICE { specified OCTET STRING, otherSource AlgorithmIdentifier },
 *         iterationCount  INTEGER (1..MAX),
 *         keyLength       INTEGER (1..MAX) OPTIONAL,
 *         prf             AlgorithmIdentifier DEFAULT algid-hmacWithSHA1
 *     }
 *
 * @param keyLength The length of the key. Only PBMAC1 needs it: a cipher has its own key length
 */
export function writePbkdf2(
  salt: Uint8Array,
  iterations: number | bigint,
  keyLength?: number,
): Der {
  const length = keyLength === undefined ? [] : [writeInteger(keyLength)];
  const prf = writeSequence(writeOid(HMAC_SHA256), writeElement(NULL));
  const parameters = writeSequence(writeOctets(salt), writeInteger(iterations), ...length, prf);
  return writeSequence(writeOid(PBKDF2), parameters);
}

/**
 * Writes a MacData.
 *
 *     MacData ::= SEQUENCE {
 *         mac         DigestInfo,
 *         macSalt     OCTET STRING,
 *         iterations  INTEGER DEFAULT 1
 *     }
 *     DigestInfo ::= SEQUENCE {
 *         digestAlgorithm  AlgorithmIdentifier,
 *         digest           OCTET STRING
 *     }
 */
export function writeMacData(
  algorithm: Uint8Array,
  digest: Uint8Array,
  salt: Uint8Array,
  iterations: number,
): Der {
  return writeSequence(
    writeSequence(algorithm, writeOctets(digest)),
    writeOctets(salt),
    writeInteger(iterations),
  );
}

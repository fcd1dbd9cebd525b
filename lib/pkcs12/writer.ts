/**
 * The structures of a PKCS#12 file, for writing: RFC 7292 section 4.
 *
 * @module
 */
import { context, NULL } from "../asn1/reader.ts";
import { encode, encodeOid, integer, octets, sequence, setOf } from "../asn1/writer.ts";
import {
  CERT_BAG,
  DATA,
  ENCRYPTED_DATA,
  SHROUDED_KEY_BAG,
  X509_CERTIFICATE,
} from "./identifiers.ts";
import { PBKDF2 } from "../encryption/key_derivation.ts";
import { PBES2 } from "../encryption/pbes2.ts";

export const HMAC_SHA256 = "1.2.840.113549.2.9";
const AES_256_CBC = "2.16.840.1.101.3.4.1.42";

type Der = Uint8Array<ArrayBuffer>;

/**
 *     PFX ::= SEQUENCE {
 *         version   INTEGER {v3(3)}(v3,...),
 *         authSafe  ContentInfo,
 *         macData   MacData OPTIONAL
 *     }
 *
 * @param authenticatedSafe What the MAC is made over
 */
export function pfx(authenticatedSafe: Uint8Array, ...macData: Uint8Array[]): Der {
  return sequence(integer(3), contentInfo(DATA, octets(authenticatedSafe)), ...macData);
}

/**
 *     ContentInfo ::= SEQUENCE {
 *         contentType  OBJECT IDENTIFIER,
 *         content      [0] EXPLICIT ANY DEFINED BY contentType OPTIONAL
 *     }
 */
export function contentInfo(type: string, content: Uint8Array): Der {
  return sequence(encodeOid(type), encode(context(0), content));
}

/** A ContentInfo of SafeContents that are not encrypted: `SafeContents ::= SEQUENCE OF SafeBag` */
export function plainSafe(...bags: Uint8Array[]): Der {
  return contentInfo(DATA, octets(sequence(...bags)));
}

/**
 * A ContentInfo of SafeContents that are encrypted.
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
export function encryptedSafe({ algorithm, ciphertext }: Encrypted): Der {
  const info = sequence(encodeOid(DATA), algorithm, encode(0x80, ciphertext));
  return contentInfo(ENCRYPTED_DATA, sequence(integer(0), info));
}

/** What is encrypted, and how. */
export interface Encrypted {
  /** An AlgorithmIdentifier. */
  readonly algorithm: Uint8Array;
  readonly ciphertext: Uint8Array;
}

/**
 *     SafeBag ::= SEQUENCE {
 *         bagId          OBJECT IDENTIFIER,
 *         bagValue       [0] EXPLICIT ANY DEFINED BY bagId,
 *         bagAttributes  SET OF PKCS12Attribute OPTIONAL
 *     }
 */
export function safeBag(bagId: string, value: Uint8Array, ...attributes: Uint8Array[]): Der {
  const set = attributes.length > 0 ? [setOf(...attributes)] : [];
  return sequence(encodeOid(bagId), encode(context(0), value), ...set);
}

/**
 * Section 4.2.2: `PKCS8ShroudedKeyBag ::= EncryptedPrivateKeyInfo`
 *
 *     EncryptedPrivateKeyInfo ::= SEQUENCE {
 *         encryptionAlgorithm  AlgorithmIdentifier,
 *         encryptedData        OCTET STRING
 *     }
 */
export function shroudedKeyBag(
  { algorithm, ciphertext }: Encrypted,
  ...attributes: Uint8Array[]
): Der {
  return safeBag(SHROUDED_KEY_BAG, sequence(algorithm, octets(ciphertext)), ...attributes);
}

/**
 * Section 4.2.3, with an X.509 certificate.
 *
 *     CertBag ::= SEQUENCE {
 *         certId     OBJECT IDENTIFIER,
 *         certValue  [0] EXPLICIT ANY DEFINED BY certId
 *     }
 */
export function certBag(certificate: Uint8Array, ...attributes: Uint8Array[]): Der {
  const value = encode(context(0), octets(certificate));
  return safeBag(CERT_BAG, sequence(encodeOid(X509_CERTIFICATE), value), ...attributes);
}

/**
 *     PKCS12Attribute ::= SEQUENCE {
 *         attrId      OBJECT IDENTIFIER,
 *         attrValues  SET OF ANY DEFINED BY attrId
 *     }
 */
export function attribute(type: string, value: Uint8Array): Der {
  return sequence(encodeOid(type), setOf(value));
}

/**
 * AES-256-CBC with PBES2, RFC 8018 appendix A.4.
 *
 *     PBES2-params ::= SEQUENCE {
 *         keyDerivationFunc  AlgorithmIdentifier {{PBES2-KDFs}},
 *         encryptionScheme   AlgorithmIdentifier {{PBES2-Encs}}
 *     }
 */
export function pbes2(derivation: Uint8Array, iv: Uint8Array): Der {
  const scheme = sequence(encodeOid(AES_256_CBC), octets(iv));
  return sequence(encodeOid(PBES2), sequence(derivation, scheme));
}

/**
 * PBKDF2 with HMAC-SHA-256, RFC 8018 appendix A.2.
 *
 *     PBKDF2-params ::= SEQUENCE {
 *         salt            CHOICE { specified OCTET STRING, otherSource AlgorithmIdentifier },
 *         iterationCount  INTEGER (1..MAX),
 *         keyLength       INTEGER (1..MAX) OPTIONAL,
 *         prf             AlgorithmIdentifier DEFAULT algid-hmacWithSHA1
 *     }
 *
 * @param keyLength The cipher says it, so that it is left out elsewhere than in PBMAC1
 */
export function pbkdf2Algorithm(
  salt: Uint8Array,
  iterations: number | bigint,
  keyLength?: number,
): Der {
  const length = keyLength === undefined ? [] : [integer(keyLength)];
  const prf = sequence(encodeOid(HMAC_SHA256), encode(NULL));
  const parameters = sequence(octets(salt), integer(iterations), ...length, prf);
  return sequence(encodeOid(PBKDF2), parameters);
}

/**
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
export function macData(
  algorithm: Uint8Array,
  digest: Uint8Array,
  salt: Uint8Array,
  iterations: number,
): Der {
  return sequence(sequence(algorithm, octets(digest)), octets(salt), integer(iterations));
}

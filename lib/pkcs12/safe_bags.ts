/**
 * The bags of a PFX (RFC 7292, section 4.2).
 *
 * @module
 */
import { type Element, Reader } from "../asn1/reader.ts";
import { BMP_STRING, contextTag, OCTET_STRING, SEQUENCE, SET } from "../asn1/tags.ts";
import { decodeUtf16 } from "../crypto/bytes.ts";
import type { Opening } from "../encryption/opening.ts";
import type { Encrypted } from "../encryption/scheme.ts";
import type { Attributes } from "../keys/contents.ts";
import { readEncryptedKey } from "../keys/encrypted_key.ts";
import {
  CERT_BAG,
  FRIENDLY_NAME,
  KEY_BAG,
  LOCAL_KEY_ID,
  SAFE_CONTENTS_BAG,
  SHROUDED_KEY_BAG,
  X509_CERTIFICATE,
} from "./identifiers.ts";

/** Contents of a bag that are readable without a password. */
type BagValue =
  | { readonly kind: "key"; readonly privateKeyInfo: Uint8Array }
  | { readonly kind: "shrouded key"; readonly encrypted: Encrypted }
  | { readonly kind: "certificate"; readonly certificate: Uint8Array };

/** Bag of a key or a certificate. */
export type Bag = BagValue & Attributes;

/** The reader of each type of bag. CRLs, secrets and unknown bags are skipped. */
const BAG_READERS = new Map<string, (value: Reader, opening: Opening) => BagValue | undefined>([
  [KEY_BAG, readKeyBag],
  [SHROUDED_KEY_BAG, readShroudedKeyBag],
  [CERT_BAG, readCertBag],
]);

/**
 * Reads the bags of keys and certificates, in the order of the file.
 *
 *     SafeContents ::= SEQUENCE OF SafeBag
 *
 * @param bytes SafeContents
 * @param opening The opening of the file
 */
export function readSafeContents(bytes: Uint8Array, opening: Opening): Bag[] {
  const reader = new Reader(bytes, opening.file, "a safe");
  const bags = [...readBags(reader.enterSequence("SafeContents"), opening)];
  reader.expectEnd();
  return bags;
}

/**
 * Reads all bags, also in nested SafeContents.
 *
 *     SafeBag ::= SEQUENCE {
 *         bagId          OBJECT IDENTIFIER,
 *         bagValue       [0] EXPLICIT ANY DEFINED BY bagId,
 *         bagAttributes  SET OF PKCS12Attribute OPTIONAL
 *     }
 */
function* readBags(contents: Reader, opening: Opening): Generator<Bag> {
  while (contents.tag !== undefined) {
    opening.countBag();
    const bag = contents.enterSequence("SafeBag");
    const type = bag.readOid("bagId");
    const value = bag.enter(contextTag(0), "bagValue");
    const attributes = bag.tag === SET ? readAttributes(bag.enter(SET, "bagAttributes")) : {};
    bag.expectEnd();
    // RFC 7292, section 4.2.6: a bag of SafeContents.
    if (type === SAFE_CONTENTS_BAG) {
      yield* readBags(value.enterSequence("SafeContents"), opening);
    }
    const found = BAG_READERS.get(type)?.(value, opening);
    if (found) {
      value.expectEnd();
      yield { ...found, ...attributes };
    }
  }
}

/** Reads `KeyBag ::= PrivateKeyInfo` (RFC 7292, section 4.2.1). */
function readKeyBag(value: Reader): BagValue {
  return { kind: "key", privateKeyInfo: value.readElement(SEQUENCE, "PrivateKeyInfo").raw };
}

/** Reads `PKCS8ShroudedKeyBag ::= EncryptedPrivateKeyInfo` (RFC 7292, section 4.2.2). */
function readShroudedKeyBag(value: Reader, opening: Opening): BagValue {
  return { kind: "shrouded key", encrypted: readEncryptedKey(value, opening) };
}

/**
 * Reads a CertBag (RFC 7292, section 4.2.3). Skips certificates that are not X.509 (SDSI).
 *
 *     CertBag ::= SEQUENCE {
 *         certId     OBJECT IDENTIFIER,
 *         certValue  [0] EXPLICIT ANY DEFINED BY certId
 *     }
 */
function readCertBag(value: Reader): BagValue | undefined {
  const bag = value.enterSequence("CertBag");
  if (bag.readOid("certId") !== X509_CERTIFICATE) return undefined;
  const content = bag.enter(contextTag(0), "certValue");
  bag.expectEnd();
  const certificate = content.readOctets("certificate");
  content.expectEnd();
  return { kind: "certificate", certificate };
}

/**
 * Reads the attributes of a bag. Skips values of a wrong type (CVE-2026-22795, CVE-2025-69419):
 * names are only for people, and the keys themselves show which certificate matches.
 *
 *     PKCS12Attribute ::= SEQUENCE {
 *         attrId      OBJECT IDENTIFIER,
 *         attrValues  SET OF ANY DEFINED BY attrId
 *     }
 */
function readAttributes(set: Reader): Attributes {
  const values = new Map<string, Element>();
  while (set.tag !== undefined) {
    const attribute = set.enterSequence("attribute");
    const type = attribute.readOid("attribute type");
    const all = attribute.enter(SET, "attribute values");
    if (all.tag !== undefined && !values.has(type)) {
      values.set(type, all.readAny("attribute value"));
    }
  }
  const name = values.get(FRIENDLY_NAME);
  const id = values.get(LOCAL_KEY_ID);
  const friendlyName = name?.tag === BMP_STRING && name.body.length % 2 === 0
    ? decodeUtf16(withoutTerminator(name.body))
    : "";
  return {
    ...(friendlyName && { friendlyName }),
    ...(id?.tag === OCTET_STRING && id.body.length > 0 && { localKeyId: id.body }),
  };
}

/** Removes the terminator that some programs write behind a name, as in passwords. */
function withoutTerminator(units: Uint8Array): Uint8Array {
  const end = units.findLastIndex((byte) => byte !== 0) + 1;
  return units.subarray(0, end + end % 2);
}

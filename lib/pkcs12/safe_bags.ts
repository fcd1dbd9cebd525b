/**
 * What a PFX holds: RFC 7292 section 4.2.
 *
 * @module
 */
import { type Element, Reader } from "../asn1/reader.ts";
import { BMP_STRING, contextTag, OCTET_STRING, SEQUENCE, SET } from "../asn1/tags.ts";
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

/** The contents of a bag, as far as they can be read without a password. */
export type BagValue =
  | { readonly kind: "key"; readonly privateKeyInfo: Uint8Array }
  | { readonly kind: "shrouded key"; readonly encrypted: Encrypted }
  | { readonly kind: "certificate"; readonly certificate: Uint8Array };

/** A bag that holds a key or a certificate. */
export type Bag = BagValue & Attributes;

/** RFC 7292 4.2: how to read each type of bag. CRL, secret and unknown bags are none of our business. */
const BAG_TYPES = new Map<
  string,
  (value: Reader, opening: Opening) => BagValue | undefined
>([[KEY_BAG, readKeyBag], [SHROUDED_KEY_BAG, readShroudedKeyBag], [CERT_BAG, readCertBag]]);

/**
 *     SafeContents ::= SEQUENCE OF SafeBag
 *
 * @param bytes SafeContents
 * @param budget What the file may cost
 * @returns Its bags of keys and certificates, in their order
 */
export function readSafeContents(bytes: Uint8Array, opening: Opening): Bag[] {
  const reader = new Reader(bytes, opening.file, "a safe");
  const bags = [...readBags(reader.enterSequence("SafeContents"), opening)];
  reader.expectEnd();
  return bags;
}

/**
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
    // section 4.2.6: a bag that holds SafeContents
    if (type === SAFE_CONTENTS_BAG) {
      yield* readBags(value.enterSequence("SafeContents"), opening);
    }
    const found = BAG_TYPES.get(type)?.(value, opening);
    if (found) {
      value.expectEnd();
      yield { ...found, ...attributes };
    }
  }
}

/** Section 4.2.1: `KeyBag ::= PrivateKeyInfo` */
function readKeyBag(value: Reader): BagValue {
  return {
    kind: "key",
    privateKeyInfo: value.readElement(SEQUENCE, "PrivateKeyInfo").raw,
  };
}

/** Section 4.2.2: `PKCS8ShroudedKeyBag ::= EncryptedPrivateKeyInfo` */
function readShroudedKeyBag(value: Reader, opening: Opening): BagValue {
  return { kind: "shrouded key", encrypted: readEncryptedKey(value, opening) };
}

/**
 * Section 4.2.3. Other certificates than X.509 ones (SDSI) are skipped.
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
 *     PKCS12Attribute ::= SEQUENCE {
 *         attrId      OBJECT IDENTIFIER,
 *         attrValues  SET OF ANY DEFINED BY attrId
 *     }
 *
 * Names are for people, and the pairing is proven by the keys, so a value of the wrong type is passed over
 * (CVE-2026-22795, CVE-2025-69419).
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
    ? decodeUtf16(name.body)
    : "";
  return {
    ...(friendlyName && { friendlyName }),
    ...(id?.tag === OCTET_STRING && id.body.length > 0 &&
      { localKeyId: id.body }),
  };
}

/** A BMPString; some writers end it with the zero that passwords have. */
function decodeUtf16(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 2) {
    text += String.fromCharCode(256 * bytes[i]! + bytes[i + 1]!);
  }
  return text.replace(/\0+$/, "");
}

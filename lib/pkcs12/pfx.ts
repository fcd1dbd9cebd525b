/**
 * The outer structures of PKCS#12 (RFC 7292, section 4).
 *
 * @module
 */
import { Reader } from "../asn1/reader.ts";
import { contextTag, SEQUENCE } from "../asn1/tags.ts";
import type { Opening } from "../encryption/opening.ts";
import type { Encrypted } from "../encryption/scheme.ts";
import { readScheme } from "../encryption/schemes.ts";
import { malformed, unsupported } from "../errors.ts";
import { DATA, ENCRYPTED_DATA } from "./identifiers.ts";
import { type Mac, readMac } from "./mac.ts";
import { type Bag, readSafeContents } from "./safe_bags.ts";
import { showValue } from "../show.ts";

/** The content types of public-key modes, which need a private key to open the file. */
const PUBLIC_KEY_MODES: ReadonlyMap<string, string> = new Map([
  ["1.2.840.113549.1.7.2", "public-key integrity (SignedData)"],
  ["1.2.840.113549.1.7.3", "public-key privacy (EnvelopedData)"],
]);

/** The largest block of a store, in bytes. */
const MAX_PADDING = 65_536;

/** Part of AuthenticatedSafe: plain bags, or encrypted SafeContents. */
export type Safe = { readonly bags: readonly Bag[] } | { readonly encrypted: Encrypted };

/** Parts of a PFX that are readable without a password. */
interface Pfx {
  readonly safes: readonly Safe[];
  /** The input of the MAC: the contents of the OCTET STRING in authSafe. */
  readonly content: Uint8Array;
  readonly mac?: Mac;
}

/**
 * Reads a PFX and charges the cost of every key derivation in it, before any is computed.
 *
 *     PFX ::= SEQUENCE {
 *         version   INTEGER {v3(3)}(v3,...),
 *         authSafe  ContentInfo,
 *         macData   MacData OPTIONAL
 *     }
 *     AuthenticatedSafe ::= SEQUENCE OF ContentInfo
 *
 * @param bytes The file
 * @param opening The opening of the file
 */
export function readPfx(bytes: Uint8Array, opening: Opening): Pfx {
  const file = new Reader(bytes, opening.file, "the file");
  const pfx = file.enterSequence("PFX");
  // Some stores pad their files to a whole block.
  if (file.rest.length > MAX_PADDING || file.rest.some((byte) => byte !== 0)) file.expectEnd();
  const version = pfx.readInteger("version");
  if (version !== 3n) {
    throw malformed(
      opening.file,
      `the version of PFX must be 3: current value is ${showValue(version)}`,
    );
  }
  const { type, content } = readContentInfo(pfx.enterSequence("authSafe"));
  const mode = PUBLIC_KEY_MODES.get(type);
  if (mode) {
    throw unsupported(opening.file, mode, "unsupported_content");
  }
  if (type !== DATA) {
    throw malformed(
      opening.file,
      `the content type of authSafe must be data: current value is ${type}`,
    );
  }
  const octets = content.readOctets("authSafe");
  content.expectEnd();
  const mac = pfx.tag === undefined ? undefined : readMac(pfx.enterSequence("MacData"), opening);
  pfx.expectEnd();

  const all = new Reader(octets, opening.file, "authSafe");
  const contents = all.enterSequence("AuthenticatedSafe");
  all.expectEnd();
  const safes: Safe[] = [];
  while (contents.tag !== undefined) {
    opening.countBag();
    safes.push(readSafe(contents.enterSequence("ContentInfo"), opening));
  }
  return { safes, content: octets, ...(mac && { mac }) };
}

/**
 * Reads a ContentInfo. In PKCS#7 the content is optional (CVE-2024-0727). PKCS#12 requires it.
 *
 *     ContentInfo ::= SEQUENCE {
 *         contentType  OBJECT IDENTIFIER,
 *         content      [0] EXPLICIT ANY DEFINED BY contentType OPTIONAL
 *     }
 */
function readContentInfo(info: Reader): { type: string; content: Reader } {
  const type = info.readOid("content type");
  const content = info.enter(contextTag(0), "content");
  info.expectEnd();
  return { type, content };
}

function readSafe(info: Reader, opening: Opening): Safe {
  const { type, content } = readContentInfo(info);
  if (type === DATA) {
    const bags = readSafeContents(content.readOctets("data"), opening);
    content.expectEnd();
    return { bags };
  }
  if (type === ENCRYPTED_DATA) {
    const safe = readEncryptedData(content.enterSequence("EncryptedData"), opening);
    content.expectEnd();
    return safe;
  }
  const mode = PUBLIC_KEY_MODES.get(type);
  if (mode) {
    throw unsupported(opening.file, mode, "unsupported_content");
  }
  throw malformed(
    opening.file,
    `the content type of a safe must be data or encryptedData: current value is ${type}`,
  );
}

/**
 * Reads an EncryptedData. In PKCS#7 the content is optional (CVE-2025-69421). PKCS#12 requires it.
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
function readEncryptedData(data: Reader, opening: Opening): Safe {
  const version = data.readInteger("version");
  // RFC 5652, section 8: version 2 has unprotected attributes, which no program writes here.
  if (version !== 0n && version !== 2n) {
    throw data.fail(`has the version ${showValue(version)}: it must be 0`);
  }
  const info = data.enter(SEQUENCE, "EncryptedContentInfo");
  const type = info.readOid("content type");
  if (type !== DATA) {
    throw info.fail(`must hold data: current value is ${type}`);
  }
  const scheme = readScheme(info.enterSequence("encryption algorithm"), opening);
  const ciphertext = info.readOctets("encrypted content", 0x80);
  info.expectEnd();
  return { encrypted: { scheme, ciphertext, what: "safe" } };
}

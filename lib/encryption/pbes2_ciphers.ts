/**
 * The ciphers of PBES2: RFC 8018 appendix B.2, and what else tools write.
 *
 * @module
 */
import type { Reader } from "../asn1/reader.ts";
import { INTEGER } from "../asn1/tags.ts";
import { malformed, unsupported } from "../errors.ts";
import { type Cipher, findCbcCipher, rc2Cbc } from "./ciphers.ts";
import type { Opening } from "./opening.ts";

const RC2_CBC = "1.2.840.113549.3.2";

/** The ciphers whose parameters are the IV. */
const CIPHERS: ReadonlyMap<string, string> = new Map([
  ["2.16.840.1.101.3.4.1.2", "AES-128-CBC"],
  ["2.16.840.1.101.3.4.1.22", "AES-192-CBC"],
  ["2.16.840.1.101.3.4.1.42", "AES-256-CBC"],
  ["1.2.840.113549.3.7", "DES-EDE3-CBC"],
  ["1.3.14.3.2.7", "DES-CBC"],
  ["1.2.392.200011.61.1.1.1.2", "Camellia-128-CBC"],
  ["1.2.392.200011.61.1.1.1.3", "Camellia-192-CBC"],
  ["1.2.392.200011.61.1.1.1.4", "Camellia-256-CBC"],
  ["1.2.410.200004.1.4", "SEED-CBC"],
  ["1.3.6.1.4.1.188.7.1.1.2", "IDEA-CBC"],
  ["1.2.840.113533.7.66.10", "CAST5-CBC"],
  ["1.3.6.1.4.1.3029.1.2", "Blowfish-CBC"],
]);

/** The ciphers whose key length the file chooses: the smallest and the largest, in bytes. */
const OPEN_KEY_LENGTHS: ReadonlyMap<string, readonly [number, number]> = new Map([
  ["CAST5-CBC", [5, 16]],
  ["Blowfish-CBC", [4, 56]],
]);

/** Ciphers that are named in the message but not implemented. */
const KNOWN_CIPHERS: ReadonlyMap<string, string> = new Map([
  ["1.2.410.200046.1.1.2", "ARIA-128-CBC"],
  ["1.2.410.200046.1.1.7", "ARIA-192-CBC"],
  ["1.2.410.200046.1.1.12", "ARIA-256-CBC"],
  ["2.16.840.1.101.3.4.1.6", "AES-128-GCM"],
  ["2.16.840.1.101.3.4.1.26", "AES-192-GCM"],
  ["2.16.840.1.101.3.4.1.46", "AES-256-GCM"],
]);

/** NSS could be told to write these, with a vector that they do not have: no decoder reads the result. */
const ECB_CIPHERS: ReadonlySet<string> = new Set([
  "2.16.840.1.101.3.4.1.1",
  "2.16.840.1.101.3.4.1.21",
  "2.16.840.1.101.3.4.1.41",
]);

/** The cipher of an AlgorithmIdentifier and its initialization vector. */
export function readCipher(
  identifier: Reader,
  opening: Opening,
  keyLength: number | undefined,
): { cipher: Cipher; iv: Uint8Array } {
  const oid = identifier.readOid("cipher");
  const found = oid === RC2_CBC
    ? readRc2(identifier, opening, keyLength)
    : readOther(identifier, oid, opening, keyLength);
  identifier.expectEnd();
  const { cipher, iv } = found;
  if (iv.length !== cipher.blockSize) {
    const rule = `the initialization vector of ${cipher.name} must have ${cipher.blockSize} bytes`;
    throw malformed(opening.file, `${rule}: current value is ${iv.length}`);
  }
  return found;
}

function readOther(
  identifier: Reader,
  oid: string,
  opening: Opening,
  keyLength: number | undefined,
): { cipher: Cipher; iv: Uint8Array } {
  const name = CIPHERS.get(oid);
  if (ECB_CIPHERS.has(oid)) {
    throw malformed(
      opening.file,
      "its cipher must be one in CBC mode: current one is AES in ECB mode",
    );
  }
  const isOpen = name !== undefined && OPEN_KEY_LENGTHS.has(name);
  const cipher = name && findCbcCipher(name, isOpen ? keyLength : undefined);
  if (!cipher) throw unsupported(opening.file, `the cipher ${KNOWN_CIPHERS.get(oid) ?? oid}`);
  const [min, max] = OPEN_KEY_LENGTHS.get(cipher.name) ?? [cipher.keyLength, cipher.keyLength];
  if (cipher.keyLength < min || cipher.keyLength > max) {
    const rule = `the key length of ${cipher.name} must be ${min} to ${max} bytes`;
    throw malformed(opening.file, `${rule}: current value is ${cipher.keyLength}`);
  }
  return { cipher, iv: identifier.readOctets("initialization vector") };
}

/** RFC 8018 B.2.3: codes for effective key lengths below 256 bits. */
const RC2_VERSIONS: ReadonlyMap<bigint, number> = new Map([
  [160n, 40],
  [120n, 64],
  [58n, 128],
]);

/**
 *     RC2-CBC-Parameter ::= SEQUENCE {
 *         rc2ParameterVersion  INTEGER OPTIONAL,
 *         iv                   OCTET STRING (SIZE(8))
 *     }
 */
function readRc2(
  identifier: Reader,
  opening: Opening,
  keyLength: number | undefined,
): { cipher: Cipher; iv: Uint8Array } {
  const parameters = identifier.enterSequence("RC2 parameters");
  // RFC 8018 B.2.3: 32 bits where there is no version
  const version = parameters.tag === INTEGER ? parameters.readInteger("RC2 version") : undefined;
  const bits = version === undefined ? 32 : RC2_VERSIONS.get(version) ??
    (version >= 256n && version <= 1024n ? Number(version) : undefined);
  const iv = parameters.readOctets("initialization vector");
  parameters.expectEnd();
  if (bits === undefined) {
    throw unsupported(opening.file, `RC2 with the parameter version ${version}`);
  }
  return {
    cipher: rc2Cbc(bits, keyLength ?? bits / 8),
    iv,
  };
}

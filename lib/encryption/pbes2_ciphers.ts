/**
 * The ciphers of PBES2: those of RFC 8018, appendix B.2, and others that tools write.
 *
 * @module
 */
import type { Reader } from "../asn1/reader.ts";
import { INTEGER } from "../asn1/tags.ts";
import { malformed, unsupported } from "../errors.ts";
import { type Cipher, createRc2, findCbcCipher } from "./ciphers.ts";
import type { Opening } from "./opening.ts";
import { showValue } from "../show.ts";

const RC2_CBC = "1.2.840.113549.3.2";

/** Ciphers with the IV as their parameters. */
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

/** Ciphers with a variable key length: the shortest and the longest key, in bytes. */
const OPEN_KEY_LENGTHS: ReadonlyMap<string, readonly [number, number]> = new Map([
  ["CAST5-CBC", [5, 16]],
  ["Blowfish-CBC", [4, 56]],
]);

/** Ciphers that are not supported. Messages name them. */
const KNOWN_CIPHERS: ReadonlyMap<string, string> = new Map([
  ["1.2.410.200046.1.1.2", "ARIA-128-CBC"],
  ["1.2.410.200046.1.1.7", "ARIA-192-CBC"],
  ["1.2.410.200046.1.1.12", "ARIA-256-CBC"],
  ["2.16.840.1.101.3.4.1.6", "AES-128-GCM"],
  ["2.16.840.1.101.3.4.1.26", "AES-192-GCM"],
  ["2.16.840.1.101.3.4.1.46", "AES-256-GCM"],
]);

/** AES in ECB mode. NSS can write it with an IV, and no decoder reads the result. */
const ECB_CIPHERS: ReadonlySet<string> = new Set([
  "2.16.840.1.101.3.4.1.1",
  "2.16.840.1.101.3.4.1.21",
  "2.16.840.1.101.3.4.1.41",
]);

/** A cipher and its IV. */
interface CipherWithIv {
  readonly cipher: Cipher;
  readonly iv: Uint8Array;
}

/** Reads the cipher and the IV of an AlgorithmIdentifier. */
export function readCipher(
  identifier: Reader,
  opening: Opening,
  keyLength: number | undefined,
): CipherWithIv {
  const oid = identifier.readOid("cipher");
  const found = oid === RC2_CBC
    ? readRc2(identifier, opening, keyLength)
    : readCbcCipher(identifier, oid, opening, keyLength);
  identifier.expectEnd();
  const { cipher, iv } = found;
  if (iv.length !== cipher.blockSize) {
    const rule = `the IV of ${cipher.name} must have ${cipher.blockSize} bytes`;
    throw malformed(opening.file, `${rule}: current value is ${iv.length}`);
  }
  return found;
}

function readCbcCipher(
  identifier: Reader,
  oid: string,
  opening: Opening,
  keyLength: number | undefined,
): CipherWithIv {
  const name = CIPHERS.get(oid);
  if (ECB_CIPHERS.has(oid)) {
    throw malformed(
      opening.file,
      "its cipher must be in CBC mode: current value is AES in ECB mode",
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
  return { cipher, iv: identifier.readOctets("IV") };
}

/** RFC 8018, section B.2.3: codes of effective key lengths below 256 bits. */
const RC2_VERSIONS: ReadonlyMap<bigint, number> = new Map([
  [160n, 40],
  [120n, 64],
  [58n, 128],
]);

/**
 * Reads the parameters of RC2.
 *
 *     RC2-CBC-Parameter ::= SEQUENCE {
 *         rc2ParameterVersion  INTEGER OPTIONAL,
 *         iv                   OCTET STRING (SIZE(8))
 *     }
 */
function readRc2(
  identifier: Reader,
  opening: Opening,
  keyLength: number | undefined,
): CipherWithIv {
  const parameters = identifier.enterSequence("RC2 parameters");
  // RFC 8018, section B.2.3: without a version, the length is 32 bits.
  const version = parameters.tag === INTEGER ? parameters.readInteger("RC2 version") : undefined;
  const bits = version === undefined ? 32 : RC2_VERSIONS.get(version) ??
    (version >= 256n && version <= 1024n ? Number(version) : undefined);
  const iv = parameters.readOctets("IV");
  parameters.expectEnd();
  if (bits === undefined) {
    throw unsupported(opening.file, `RC2 with the parameter version ${showValue(version)}`);
  }
  return { cipher: createRc2(bits, keyLength ?? bits / 8), iv };
}

/**
 * The ciphers of PBES2: RFC 8018 appendix B.2, and what else tools write.
 *
 * @module
 */
import { INTEGER, type Reader } from "../asn1/reader.ts";
import { blowfish } from "../crypto/blowfish.ts";
import { camellia } from "../crypto/camellia.ts";
import { cast5 } from "../crypto/cast5.ts";
import { des } from "../crypto/des.ts";
import { idea } from "../crypto/idea.ts";
import { rc2 } from "../crypto/rc2.ts";
import { seed } from "../crypto/seed.ts";
import { malformed, unsupported } from "../errors.ts";
import { aesCbc, cbc, type Cipher } from "./ciphers.ts";
import type { Budget } from "./limits.ts";

const RC2_CBC = "1.2.840.113549.3.2";

/** The ciphers whose parameters are the vector alone. The key length counts where a cipher leaves it open. */
const CIPHERS: ReadonlyMap<string, (keyLength?: number) => Cipher> = new Map([
  ["2.16.840.1.101.3.4.1.2", () => aesCbc(128)],
  ["2.16.840.1.101.3.4.1.22", () => aesCbc(192)],
  ["2.16.840.1.101.3.4.1.42", () => aesCbc(256)],
  ["1.2.840.113549.3.7", () => cbc("DES-EDE3-CBC", 24, 8, des)],
  ["1.3.14.3.2.7", () => cbc("DES-CBC", 8, 8, des)],
  ["1.2.392.200011.61.1.1.1.2", () => cbc("Camellia-128-CBC", 16, 16, camellia)],
  ["1.2.392.200011.61.1.1.1.3", () => cbc("Camellia-192-CBC", 24, 16, camellia)],
  ["1.2.392.200011.61.1.1.1.4", () => cbc("Camellia-256-CBC", 32, 16, camellia)],
  ["1.2.410.200004.1.4", () => cbc("SEED-CBC", 16, 16, seed)],
  ["1.3.6.1.4.1.188.7.1.1.2", () => cbc("IDEA-CBC", 16, 8, idea)],
  ["1.2.840.113533.7.66.10", (length = 16) => cbc("CAST5-CBC", length, 8, cast5)],
  ["1.3.6.1.4.1.3029.1.2", (length = 16) => cbc("Blowfish-CBC", length, 8, blowfish)],
]);

/** The key lengths in bytes that the ciphers with an open one take. */
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
  budget: Budget,
  keyLength: number | undefined,
): { cipher: Cipher; iv: Uint8Array } {
  const oid = identifier.oid("cipher");
  const found = oid === RC2_CBC
    ? readRc2(identifier, budget, keyLength)
    : readOther(identifier, oid, budget, keyLength);
  identifier.end();
  const { cipher, iv } = found;
  if (iv.length !== cipher.blockSize) {
    const rule = `the initialization vector of ${cipher.name} must have ${cipher.blockSize} bytes`;
    throw malformed(budget.file, `${rule}: current value is ${iv.length}`);
  }
  return found;
}

function readOther(
  identifier: Reader,
  oid: string,
  budget: Budget,
  keyLength: number | undefined,
): { cipher: Cipher; iv: Uint8Array } {
  const named = CIPHERS.get(oid);
  if (ECB_CIPHERS.has(oid)) {
    throw malformed(
      budget.file,
      "its cipher must be one in CBC mode: current one is AES in ECB mode",
    );
  }
  if (!named) throw unsupported(budget.file, `the cipher ${KNOWN_CIPHERS.get(oid) ?? oid}`);
  const cipher = named(keyLength);
  const [min, max] = OPEN_KEY_LENGTHS.get(cipher.name) ?? [cipher.keyLength, cipher.keyLength];
  if (cipher.keyLength < min || cipher.keyLength > max) {
    const rule = `the key length of ${cipher.name} must be ${min} to ${max} bytes`;
    throw malformed(budget.file, `${rule}: current value is ${cipher.keyLength}`);
  }
  return { cipher, iv: identifier.octets("initialization vector") };
}

/** RFC 8018 B.2.3: codes for effective key lengths below 256 bits. */
const RC2_VERSIONS: ReadonlyMap<bigint, number> = new Map([[160n, 40], [120n, 64], [58n, 128]]);

/**
 *     RC2-CBC-Parameter ::= SEQUENCE {
 *         rc2ParameterVersion  INTEGER OPTIONAL,
 *         iv                   OCTET STRING (SIZE(8))
 *     }
 */
function readRc2(
  identifier: Reader,
  budget: Budget,
  keyLength: number | undefined,
): { cipher: Cipher; iv: Uint8Array } {
  const parameters = identifier.sequence("RC2 parameters");
  // RFC 8018 B.2.3: 32 bits where there is no version
  const version = parameters.tag === INTEGER ? parameters.integer("RC2 version") : undefined;
  const bits = version === undefined ? 32 : RC2_VERSIONS.get(version) ??
    (version >= 256n && version <= 1024n ? Number(version) : undefined);
  const iv = parameters.octets("initialization vector");
  parameters.end();
  if (bits === undefined) {
    throw unsupported(budget.file, `RC2 with the parameter version ${version}`);
  }
  return {
    cipher: cbc(`RC2-${bits}-CBC`, keyLength ?? bits / 8, 8, (key) => rc2(key, bits)),
    iv,
  };
}

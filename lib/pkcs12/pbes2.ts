/**
 * PBES2: RFC 8018 section 6.2, with PBKDF2 or scrypt (RFC 7914 section 7).
 *
 * @module
 */
import { scryptAsync } from "@noble/hashes/scrypt.js";
import { INTEGER, NULL, type Reader } from "../asn1.ts";
import { blowfish } from "../ciphers/blowfish.ts";
import { camellia } from "../ciphers/camellia.ts";
import { cast5 } from "../ciphers/cast5.ts";
import { des } from "../ciphers/des.ts";
import { idea } from "../ciphers/idea.ts";
import { rc2 } from "../ciphers/rc2.ts";
import { seed } from "../ciphers/seed.ts";
import { malformed, unsupported } from "../problems.ts";
import { aesCbc, cbc, type Cipher } from "./ciphers.ts";
import { type Hash, HMACS, SHA1 } from "./hashes.ts";
import type { Budget } from "./limits.ts";
import type { Scheme } from "./pbe.ts";
import { pbkdf2, pbkdf2Rounds } from "./pbkdf2.ts";

export const PBES2 = "1.2.840.113549.1.5.13";
export const PBKDF2 = "1.2.840.113549.1.5.12";
const SCRYPT = "1.3.6.1.4.1.11591.4.11";
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

/** A key derivation with its parameters, ready for a password. */
export interface KeyDerivation {
  readonly name: string;
  readonly rounds: (length: number) => number;
  /** Whether WebCrypto does it, on a thread of its own. */
  readonly native: boolean;
  /** The length that the parameters ask for, if they do. */
  readonly keyLength?: number;
  derive(
    password: Uint8Array,
    length: number,
  ): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 *     PBES2-params ::= SEQUENCE {
 *         keyDerivationFunc  AlgorithmIdentifier {{PBES2-KDFs}},
 *         encryptionScheme   AlgorithmIdentifier {{PBES2-Encs}}
 *     }
 *
 * @param identifier Behind the object identifier of PBES2
 * @param budget What the file may cost
 */
export function pbes2(identifier: Reader, budget: Budget): Scheme {
  const parameters = identifier.sequence("PBES2 parameters");
  const derivation = readDerivation(
    parameters.sequence("key derivation"),
    budget,
  );
  const { cipher, iv } = readCipher(
    parameters.sequence("encryption scheme"),
    budget,
    derivation.keyLength,
  );
  parameters.end();
  identifier.end();
  const { keyLength, blockSize } = cipher;
  if (
    derivation.keyLength !== undefined && derivation.keyLength !== keyLength
  ) {
    const rule =
      `the key length of its ${derivation.name} must be ${keyLength} bytes for ${cipher.name}`;
    throw malformed(
      budget.file,
      `${rule}: current value is ${derivation.keyLength}`,
    );
  }
  // each form of a password is one object throughout, so it serves as a key
  const derived = new Map<Uint8Array, Promise<Uint8Array<ArrayBuffer>>>();
  const derive = (password: Uint8Array) => {
    const key = derived.get(password) ?? derivation.derive(password, keyLength);
    derived.set(password, key);
    return key;
  };
  return {
    name: `PBES2 with ${derivation.name} and ${cipher.name}`,
    form: "utf8",
    rounds: derivation.rounds(keyLength),
    blockSize,
    prepare(password) {
      // a failure is reported where the key is used
      if (derivation.native) derive(password).catch(() => {});
    },
    async decrypt(password, ciphertext) {
      return await cipher.decrypt(await derive(password), iv, ciphertext);
    },
  };
}

function readDerivation(identifier: Reader, budget: Budget): KeyDerivation {
  const oid = identifier.oid("key derivation");
  if (oid === PBKDF2) return readPbkdf2(identifier, budget);
  if (oid === SCRYPT) return readScrypt(identifier, budget);
  throw unsupported(budget.file, `the key derivation ${oid}`);
}

/**
 *     PBKDF2-params ::= SEQUENCE {
 *         salt            CHOICE { specified OCTET STRING, otherSource AlgorithmIdentifier },
 *         iterationCount  INTEGER (1..MAX),
 *         keyLength       INTEGER (1..MAX) OPTIONAL,
 *         prf             AlgorithmIdentifier DEFAULT algid-hmacWithSHA1
 *     }
 *
 * @param identifier Behind the object identifier of PBKDF2
 * @param budget What the file may cost
 */
export function readPbkdf2(identifier: Reader, budget: Budget): KeyDerivation {
  const parameters = identifier.sequence("PBKDF2 parameters");
  const salt = budget.salt(parameters.octets("salt"), "PBKDF2");
  const iterations = budget.iterations(
    parameters.integer("iterations"),
    "PBKDF2",
  );
  const keyLength = parameters.tag === INTEGER
    ? budget.keyLength(parameters.integer("key length"), "PBKDF2")
    : undefined;
  const hash = parameters.tag === undefined ? SHA1 : readHmac(parameters.sequence("prf"), budget);
  parameters.end();
  identifier.end();
  return {
    name: `PBKDF2 with HMAC-${hash.name}`,
    native: hash.native,
    rounds: (length) => pbkdf2Rounds(hash, iterations, length),
    ...(keyLength !== undefined && { keyLength }),
    derive: (password, length) => pbkdf2(hash, password, salt, iterations, length),
  };
}

/** The hash function of an HMAC's AlgorithmIdentifier. NSS, GnuTLS and go-pkcs12 leave its NULL out. */
export function readHmac(identifier: Reader, budget: Budget): Hash {
  const oid = identifier.oid("HMAC");
  if (identifier.tag === NULL) identifier.take(NULL, "HMAC parameters");
  identifier.end();
  const hash = HMACS.get(oid);
  if (!hash) throw unsupported(budget.file, `the HMAC ${oid}`);
  return hash;
}

/**
 *     scrypt-params ::= SEQUENCE {
 *         salt                      OCTET STRING,
 *         costParameter             INTEGER (1..MAX),
 *         blockSize                 INTEGER (1..MAX),
 *         parallelizationParameter  INTEGER (1..MAX),
 *         keyLength                 INTEGER (1..MAX) OPTIONAL
 *     }
 */
function readScrypt(identifier: Reader, budget: Budget): KeyDerivation {
  const parameters = identifier.sequence("scrypt parameters");
  const salt = budget.salt(parameters.octets("salt"), "scrypt");
  const N = parameters.integer("cost");
  const r = parameters.integer("block size");
  const p = parameters.integer("parallelization");
  const keyLength = parameters.tag === INTEGER
    ? budget.keyLength(parameters.integer("key length"), "scrypt")
    : undefined;
  parameters.end();
  identifier.end();
  // RFC 7914 section 2
  if (N < 2n || (N & (N - 1n)) !== 0n || r < 1n || p < 1n) {
    throw malformed(
      budget.file,
      "the cost of its scrypt must be a power of 2, block size and parallelization >= 1",
    );
  }
  budget.scryptMemory(128n * r * (N + p));
  const cost = {
    N: Number(N),
    r: Number(r),
    p: Number(p),
    maxmem: Number(128n * r * (N + p + 2n)),
  };
  return {
    name: "scrypt",
    native: false,
    // two passes over N blocks of 2r Salsa20/8 cores each, one of which takes about as long as half a hash round
    rounds: () => 2 * cost.N * cost.r * cost.p,
    ...(keyLength !== undefined && { keyLength }),
    derive: async (password, length) =>
      new Uint8Array(
        await scryptAsync(password, salt, { ...cost, dkLen: length }),
      ),
  };
}

/** The cipher of an AlgorithmIdentifier and its initialization vector. */
function readCipher(
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
const RC2_VERSIONS: ReadonlyMap<bigint, number> = new Map([[160n, 40], [
  120n,
  64,
], [58n, 128]]);

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
    cipher: cbc(
      `RC2-${bits}-CBC`,
      keyLength ?? bits / 8,
      8,
      (key) => rc2(key, bits),
    ),
    iv,
  };
}

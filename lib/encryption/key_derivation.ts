/**
 * The key derivations of PBES2 and PBMAC1: PBKDF2 (RFC 8018 appendix A.2) and scrypt (RFC 7914 section 7).
 *
 * @module
 */
import { scryptAsync } from "@noble/hashes/scrypt.js";
import type { Reader } from "../asn1/reader.ts";
import { INTEGER, NULL } from "../asn1/tags.ts";
import { malformed, unsupported } from "../errors.ts";
import { type Hash, HMACS, SHA1 } from "../crypto/hashes.ts";
import type { Opening } from "./opening.ts";
import { pbkdf2, pbkdf2Rounds } from "./pbkdf2.ts";

export const PBKDF2 = "1.2.840.113549.1.5.12";
const SCRYPT = "1.3.6.1.4.1.11591.4.11";

/** A key derivation with its parameters, ready for a password. */
export interface KeyDerivation {
  readonly name: string;
  readonly rounds: (length: number) => number;
  /** Whether WebCrypto does it, on a thread of its own. */
  readonly native: boolean;
  /** The length that the parameters ask for, if they do. */
  readonly keyLength?: number;
  derive(password: Uint8Array, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** The key derivation of an AlgorithmIdentifier. */
export function readDerivation(identifier: Reader, opening: Opening): KeyDerivation {
  const oid = identifier.readOid("key derivation");
  if (oid === PBKDF2) return readPbkdf2(identifier, opening);
  if (oid === SCRYPT) return readScrypt(identifier, opening);
  throw unsupported(opening.file, `the key derivation ${oid}`);
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
export function readPbkdf2(identifier: Reader, opening: Opening): KeyDerivation {
  const parameters = identifier.enterSequence("PBKDF2 parameters");
  const salt = opening.salt(parameters.readOctets("salt"), "PBKDF2");
  const iterations = opening.iterations(parameters.readInteger("iterations"), "PBKDF2");
  const keyLength = parameters.tag === INTEGER
    ? opening.keyLength(parameters.readInteger("key length"), "PBKDF2")
    : undefined;
  const hash = parameters.tag === undefined
    ? SHA1
    : readHmac(parameters.enterSequence("prf"), opening);
  parameters.expectEnd();
  identifier.expectEnd();
  return {
    name: `PBKDF2 with HMAC-${hash.name}`,
    native: hash.native,
    rounds: (length) => pbkdf2Rounds(hash, iterations, length),
    ...(keyLength !== undefined && { keyLength }),
    derive: (password, length) => pbkdf2(hash, password, salt, iterations, length),
  };
}

/** The hash function of an HMAC's AlgorithmIdentifier. NSS, GnuTLS and go-pkcs12 leave its NULL out. */
export function readHmac(identifier: Reader, opening: Opening): Hash {
  const oid = identifier.readOid("HMAC");
  if (identifier.tag === NULL) identifier.readElement(NULL, "HMAC parameters");
  identifier.expectEnd();
  const hash = HMACS.get(oid);
  if (!hash) throw unsupported(opening.file, `the HMAC ${oid}`);
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
function readScrypt(identifier: Reader, opening: Opening): KeyDerivation {
  const parameters = identifier.enterSequence("scrypt parameters");
  const salt = opening.salt(parameters.readOctets("salt"), "scrypt");
  const N = parameters.readInteger("cost");
  const r = parameters.readInteger("block size");
  const p = parameters.readInteger("parallelization");
  const keyLength = parameters.tag === INTEGER
    ? opening.keyLength(parameters.readInteger("key length"), "scrypt")
    : undefined;
  parameters.expectEnd();
  identifier.expectEnd();
  // RFC 7914 section 2
  if (N < 2n || (N & (N - 1n)) !== 0n || r < 1n || p < 1n) {
    throw malformed(
      opening.file,
      "the cost of its scrypt must be a power of 2, block size and parallelization >= 1",
    );
  }
  opening.checkScryptMemory(128n * r * (N + p));
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
      new Uint8Array(await scryptAsync(password, salt, { ...cost, dkLen: length })),
  };
}

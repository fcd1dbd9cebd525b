/**
 * The key derivations of PBES2 and PBMAC1: PBKDF2 (RFC 8018, appendix A.2) and scrypt (RFC 7914,
 * section 7).
 *
 * @module
 */
import { scryptAsync } from "@noble/hashes/scrypt.js";
import type { Reader } from "../asn1/reader.ts";
import { INTEGER, NULL } from "../asn1/tags.ts";
import { type Hash, HMACS, SHA1 } from "../crypto/hashes.ts";
import { malformed, unsupported } from "../errors.ts";
import type { Opening } from "./opening.ts";
import { countRounds, pbkdf2 } from "./pbkdf2.ts";

export const PBKDF2 = "1.2.840.113549.1.5.12";
const SCRYPT = "1.3.6.1.4.1.11591.4.11";

/** A key derivation with its parameters, ready for a password. */
interface KeyDerivation {
  readonly name: string;
  /** Returns the cost of deriving `length` bytes, in hash rounds. */
  readonly rounds: (length: number) => number;
  /** True if WebCrypto derives the key, on a thread of its own. */
  readonly native: boolean;
  /** The key length in the parameters, if they have one. */
  readonly keyLength?: number;
  derive(password: Uint8Array, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** Reads the contents of a key derivation's AlgorithmIdentifier. */
export function readDerivation(identifier: Reader, opening: Opening): KeyDerivation {
  const oid = identifier.readOid("key derivation");
  if (oid === PBKDF2) return readPbkdf2(identifier, opening);
  if (oid === SCRYPT) return readScrypt(identifier, opening);
  throw unsupported(opening.file, `the key derivation ${oid}`);
}

/**
 * Reads the parameters of PBKDF2.
 *
 *     PBKDF2-params ::= SEQUENCE {
 *         salt            CHOICE { specified OCTET STRING, otherSource AlgorithmIdentifier },
 *         iterationCount  INTEGER (1..MAX),
 *         keyLength       INTEGER (1..MAX) OPTIONAL,
 *         prf             AlgorithmIdentifier DEFAULT algid-hmacWithSHA1
 *     }
 *
 * @param identifier The AlgorithmIdentifier, after its object identifier
 * @param opening The opening of the file
 */
export function readPbkdf2(identifier: Reader, opening: Opening): KeyDerivation {
  const parameters = identifier.enterSequence("PBKDF2 parameters");
  const salt = opening.checkSalt(parameters.readOctets("salt"), "PBKDF2");
  const iterations = opening.checkIterations(parameters.readInteger("iterations"), "PBKDF2");
  const keyLength = parameters.tag === INTEGER
    ? opening.checkKeyLength(parameters.readInteger("key length"), "PBKDF2")
    : undefined;
  const hash = parameters.tag === undefined
    ? SHA1
    : readHmac(parameters.enterSequence("prf"), opening);
  parameters.expectEnd();
  identifier.expectEnd();
  return {
    name: `PBKDF2 with HMAC-${hash.name}`,
    native: hash.native,
    rounds: (length) => countRounds(hash, iterations, length),
    ...(keyLength !== undefined && { keyLength }),
    derive: (password, length) => pbkdf2(hash, password, salt, iterations, length),
  };
}

/** Reads the hash function of an HMAC. NSS, GnuTLS and go-pkcs12 omit the NULL parameters. */
export function readHmac(identifier: Reader, opening: Opening): Hash {
  const oid = identifier.readOid("HMAC");
  if (identifier.tag === NULL) identifier.readElement(NULL, "HMAC parameters");
  identifier.expectEnd();
  const hash = HMACS.get(oid);
  if (!hash) throw unsupported(opening.file, `the HMAC ${oid}`);
  return hash;
}

/**
 * Reads the parameters of scrypt.
 *
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
  const salt = opening.checkSalt(parameters.readOctets("salt"), "scrypt");
  const N = parameters.readInteger("cost");
  const r = parameters.readInteger("block size");
  const p = parameters.readInteger("parallelization");
  const keyLength = parameters.tag === INTEGER
    ? opening.checkKeyLength(parameters.readInteger("key length"), "scrypt")
    : undefined;
  parameters.expectEnd();
  identifier.expectEnd();
  // RFC 7914, section 2.
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
    // Two passes over N blocks of 2r Salsa20/8 cores. A core takes as long as half a hash round.
    rounds: () => 2 * cost.N * cost.r * cost.p,
    ...(keyLength !== undefined && { keyLength }),
    derive: async (password, length) =>
      new Uint8Array(await scryptAsync(password, salt, { ...cost, dkLen: length })),
  };
}

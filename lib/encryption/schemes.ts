/**
 * The schemes of password-based encryption (RFC 7292, appendix C; RFC 8018).
 *
 * @module
 */
import type { Reader } from "../asn1/reader.ts";
import { concat } from "../crypto/bytes.ts";
import { type Hash, MD5, SHA1 } from "../crypto/hashes.ts";
import { rehash } from "../crypto/rehash.ts";
import { malformed, unsupported } from "../errors.ts";
import { type Cipher, createDes, createRc2, createRc4, createTripleDes } from "./ciphers.ts";
import type { Opening } from "./opening.ts";
import { PBES2, readPbes2 } from "./pbes2.ts";
import { countRounds } from "./pbkdf2.ts";
import { ID_IV, ID_KEY, type KdfParameters, pkcs12Kdf } from "./pkcs12_kdf.ts";
import type { Scheme } from "./scheme.ts";

/** RFC 7292, appendix C: pbeWithSHAAnd…. Appendix B derives the key and the IV. */
const PKCS12_PBE: ReadonlyMap<string, Cipher> = new Map([
  ["1.2.840.113549.1.12.1.1", createRc4(128)],
  ["1.2.840.113549.1.12.1.2", createRc4(40)],
  ["1.2.840.113549.1.12.1.3", createTripleDes(3)],
  ["1.2.840.113549.1.12.1.4", createTripleDes(2)],
  ["1.2.840.113549.1.12.1.5", createRc2(128, 16)],
  ["1.2.840.113549.1.12.1.6", createRc2(40, 5)],
]);

/** RFC 8018, section A.3: PKCS#5 version 1. */
const PBES1: ReadonlyMap<string, readonly [Hash, () => Cipher]> = new Map([
  ["1.2.840.113549.1.5.3", [MD5, createDes]],
  ["1.2.840.113549.1.5.6", [MD5, createRc2With64Bits]],
  ["1.2.840.113549.1.5.10", [SHA1, createDes]],
  ["1.2.840.113549.1.5.11", [SHA1, createRc2With64Bits]],
]);

/** Returns RC2 with an effective key length of 64 bits (RFC 8018, section B.2.3). */
function createRc2With64Bits(): Cipher {
  return createRc2(64, 8);
}

/** Schemes with MD2, which are not supported. Messages name them. */
const PBES1_WITH_MD2: ReadonlyMap<string, string> = new Map([
  ["1.2.840.113549.1.5.1", "pbeWithMD2AndDES-CBC"],
  ["1.2.840.113549.1.5.4", "pbeWithMD2AndRC2-CBC"],
]);
/** RFC 8018, section A.3. NSS 3.21 wrote 16, and no program opens those files. */
const PBES1_SALT_OCTETS = 8;

/**
 * Reads an encryption scheme and charges its cost.
 *
 *     AlgorithmIdentifier ::= SEQUENCE {
 *         algorithm   OBJECT IDENTIFIER,
 *         parameters  ANY DEFINED BY algorithm OPTIONAL
 *     }
 *
 * @param identifier The contents of the AlgorithmIdentifier
 * @param opening The opening of the file
 */
export function readScheme(identifier: Reader, opening: Opening): Scheme {
  const oid = identifier.readOid("encryption algorithm");
  const scheme = selectScheme(oid, identifier, opening);
  opening.spend(scheme.rounds);
  return scheme;
}

function selectScheme(oid: string, identifier: Reader, opening: Opening): Scheme {
  if (oid === PBES2) return readPbes2(identifier, opening);
  const cipher = PKCS12_PBE.get(oid);
  if (cipher) return createPkcs12Pbe(cipher, readParameters(identifier, opening));
  const pbes1 = PBES1.get(oid);
  const md2 = PBES1_WITH_MD2.get(oid);
  if (!pbes1 && !md2) throw unsupported(opening.file, `the encryption algorithm ${oid}`);
  const parameters = readParameters(identifier, opening);
  if (parameters.salt.length !== PBES1_SALT_OCTETS) {
    const rule = `the salt of PKCS#5 version 1 must have ${PBES1_SALT_OCTETS} bytes`;
    throw malformed(opening.file, `${rule}: current value is ${parameters.salt.length}`);
  }
  if (!pbes1) throw unsupported(opening.file, `the encryption algorithm ${md2}`);
  const [hash, findCipher] = pbes1;
  return createPbes1(hash, findCipher(), parameters);
}

/**
 * Reads the parameters of PKCS#12 PBE and of PBES1.
 *
 *     pkcs-12PbeParams ::= SEQUENCE {
 *         salt        OCTET STRING,
 *         iterations  INTEGER
 *     }
 */
function readParameters(identifier: Reader, opening: Opening): KdfParameters {
  const parameters = identifier.enterSequence("encryption parameters");
  const salt = opening.checkSalt(parameters.readOctets("salt"), "encryption");
  const iterations = opening.checkIterations(parameters.readInteger("iterations"), "encryption");
  parameters.expectEnd();
  identifier.expectEnd();
  return { salt, iterations };
}

function createPkcs12Pbe(cipher: Cipher, parameters: KdfParameters): Scheme {
  const { keyLength, blockSize } = cipher;
  const { iterations, salt } = parameters;
  return {
    name: `PKCS#12 PBE with ${SHA1.name} and ${cipher.name}`,
    form: "bmp",
    rounds: countRounds(SHA1, iterations, keyLength) +
      countRounds(SHA1, iterations, blockSize),
    blockSize,
    native: false,
    async derive(password) {
      const key = await pkcs12Kdf(SHA1, password, parameters, ID_KEY, keyLength);
      if (blockSize === 0) return { key, iv: salt };
      return { key, iv: await pkcs12Kdf(SHA1, password, parameters, ID_IV, blockSize) };
    },
    decrypt: ({ key, iv }, ciphertext) => cipher.decrypt(key, iv, ciphertext),
  };
}

function createPbes1(hash: Hash, cipher: Cipher, { salt, iterations }: KdfParameters): Scheme {
  return {
    name: `PBES1 with ${hash.name} and ${cipher.name}`,
    form: "utf8",
    rounds: iterations,
    blockSize: cipher.blockSize,
    native: false,
    async derive(password) {
      // RFC 8018, section 5.1: PBKDF1. Section 6.1.1, step 3: the key is the first eight octets,
      // the IV is the next eight.
      const first = hash.noble(concat([password, salt]));
      const derived = new Uint8Array(await rehash(hash, first, iterations - 1));
      return { key: derived.slice(0, 8), iv: derived.subarray(8, 16) };
    },
    decrypt: ({ key, iv }, ciphertext) => cipher.decrypt(key, iv, ciphertext),
  };
}

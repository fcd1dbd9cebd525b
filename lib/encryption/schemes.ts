/**
 * The schemes of password-based encryption: RFC 7292, appendix C, and PKCS#5 (RFC 8018).
 *
 * @module
 */
import type { Reader } from "../asn1/reader.ts";
import { concat } from "../crypto/bytes.ts";
import { type Hash, MD5, SHA1 } from "../crypto/hashes.ts";
import { rehash } from "../crypto/rehash.ts";
import { malformed, unsupported } from "../errors.ts";
import { type Cipher, findCbcCipher, rc2Cbc, rc4Stream, tripleDesCbc } from "./ciphers.ts";
import type { Opening } from "./opening.ts";
import { PBES2, readPbes2 } from "./pbes2.ts";
import { ID_IV, ID_KEY, type KdfParameters, pkcs12Kdf, pkcs12KdfRounds } from "./pkcs12_kdf.ts";
import type { Scheme } from "./scheme.ts";

/** RFC 7292, appendix C: pbeWithSHAAnd…; appendix B derives the key and the IV. */
const PKCS12_PBE: ReadonlyMap<string, Cipher> = new Map([
  ["1.2.840.113549.1.12.1.1", rc4Stream(128)],
  ["1.2.840.113549.1.12.1.2", rc4Stream(40)],
  ["1.2.840.113549.1.12.1.3", tripleDesCbc(3)],
  ["1.2.840.113549.1.12.1.4", tripleDesCbc(2)],
  ["1.2.840.113549.1.12.1.5", rc2Cbc(128, 16)],
  ["1.2.840.113549.1.12.1.6", rc2Cbc(40, 5)],
]);

/** RFC 8018, section A.3: PKCS#5 version 1. */
const PBES1: ReadonlyMap<string, readonly [Hash, () => Cipher]> = new Map([
  ["1.2.840.113549.1.5.3", [MD5, desCbc]],
  ["1.2.840.113549.1.5.6", [MD5, rc2With64Bits]],
  ["1.2.840.113549.1.5.10", [SHA1, desCbc]],
  ["1.2.840.113549.1.5.11", [SHA1, rc2With64Bits]],
]);

function desCbc(): Cipher {
  return findCbcCipher("DES-CBC")!;
}

/** RFC 8018, section B.2.3: the effective key length is 64 bits. */
function rc2With64Bits(): Cipher {
  return rc2Cbc(64, 8);
}

/** Schemes of version 1 that are named in the message and not implemented: nobody has MD2 any more. */
const PBES1_WITH_MD2: ReadonlyMap<string, string> = new Map([
  ["1.2.840.113549.1.5.1", "pbeWithMD2AndDES-CBC"],
  ["1.2.840.113549.1.5.4", "pbeWithMD2AndRC2-CBC"],
]);
/** RFC 8018 A.3. NSS 3.21 wrote 16, and with it files that nothing opens. */
const PBES1_SALT_OCTETS = 8;

/**
 * An encryption scheme, and its cost taken from the opening.
 *
 *     AlgorithmIdentifier ::= SEQUENCE {
 *         algorithm   OBJECT IDENTIFIER,
 *         parameters  ANY DEFINED BY algorithm OPTIONAL
 *     }
 *
 * @param identifier Positioned at the start of the AlgorithmIdentifier's contents
 * @param budget What the file may cost
 */
export function readScheme(identifier: Reader, opening: Opening): Scheme {
  const oid = identifier.readOid("encryption algorithm");
  const scheme = schemeOf(oid, identifier, opening);
  opening.spend(scheme.rounds);
  return scheme;
}

function schemeOf(oid: string, identifier: Reader, opening: Opening): Scheme {
  if (oid === PBES2) return readPbes2(identifier, opening);
  const cipher = PKCS12_PBE.get(oid);
  if (cipher) return pkcs12Pbe(cipher, readParameters(identifier, opening));
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
  return pkcs5v1(hash, findCipher(), parameters);
}

/**
 *     pkcs-12PbeParams ::= SEQUENCE {
 *         salt        OCTET STRING,
 *         iterations  INTEGER
 *     }
 */
function readParameters(identifier: Reader, opening: Opening): KdfParameters {
  const parameters = identifier.enterSequence("encryption parameters");
  const salt = opening.salt(parameters.readOctets("salt"), "encryption");
  const iterations = opening.iterations(parameters.readInteger("iterations"), "encryption");
  parameters.expectEnd();
  identifier.expectEnd();
  return { salt, iterations };
}

function pkcs12Pbe(cipher: Cipher, parameters: KdfParameters): Scheme {
  const { keyLength, blockSize } = cipher;
  const { iterations, salt } = parameters;
  return {
    name: `PKCS#12 PBE with ${SHA1.name} and ${cipher.name}`,
    form: "bmp",
    rounds: pkcs12KdfRounds(SHA1, iterations, keyLength) +
      pkcs12KdfRounds(SHA1, iterations, blockSize),
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

function pkcs5v1(hash: Hash, cipher: Cipher, { salt, iterations }: KdfParameters): Scheme {
  return {
    name: `PBES1 with ${hash.name} and ${cipher.name}`,
    form: "utf8",
    rounds: iterations,
    blockSize: cipher.blockSize,
    native: false,
    async derive(password) {
      // RFC 8018, section 5.1: PBKDF1. Section 6.1.1, step 3: the key is its first eight octets, the
      // IV the next eight.
      const first = hash.noble(concat([password, salt]));
      const derived = new Uint8Array(await rehash(hash, first, iterations - 1));
      return { key: derived.slice(0, 8), iv: derived.subarray(8, 16) };
    },
    decrypt: ({ key, iv }, ciphertext) => cipher.decrypt(key, iv, ciphertext),
  };
}

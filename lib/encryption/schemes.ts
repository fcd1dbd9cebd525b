/**
 * Password-based encryption: RFC 7292 appendix C, and the schemes of PKCS#5 (RFC 8018).
 *
 * @module
 */
import type { Reader } from "../asn1/reader.ts";
import { concat } from "../crypto/bytes.ts";
import { des } from "../crypto/des.ts";
import { rc2 } from "../crypto/rc2.ts";
import { rc4 } from "../crypto/rc4.ts";
import { malformed, unsupported } from "../errors.ts";
import { cbc, type Cipher, stream } from "./ciphers.ts";
import { type Hash, PBKDF1_HASHES, SHA1 } from "../crypto/hashes.ts";
import { ID_IV, ID_KEY, pkcs12Kdf, pkcs12KdfRounds } from "./pkcs12_kdf.ts";
import type { Budget } from "./limits.ts";
import { PBES2, pbes2 } from "./pbes2.ts";
import { rehash } from "../crypto/rehash.ts";
import type { Scheme } from "./scheme.ts";

/** RFC 7292 appendix C: pbeWithSHAAnd…, the key and the vector from the derivation of appendix B. */
const PKCS12_PBE: ReadonlyMap<string, { hash: Hash; cipher: Cipher }> = new Map(
  Object.entries({
    "1.2.840.113549.1.12.1.1": stream("RC4-128", 16, rc4),
    "1.2.840.113549.1.12.1.2": stream("RC4-40", 5, rc4),
    "1.2.840.113549.1.12.1.3": cbc("3-key 3DES-CBC", 24, 8, des),
    "1.2.840.113549.1.12.1.4": cbc("2-key 3DES-CBC", 16, 8, des),
    "1.2.840.113549.1.12.1.5": cbc("RC2-128-CBC", 16, 8, (key) => rc2(key, 128)),
    "1.2.840.113549.1.12.1.6": cbc("RC2-40-CBC", 5, 8, (key) => rc2(key, 40)),
  }).map(([oid, cipher]) => [oid, { hash: SHA1, cipher }]),
);

const PBES1_DES = cbc("DES-CBC", 8, 8, des);
/** RFC 8018 B.2.3: the effective key length is 64 bits. */
const PBES1_RC2 = cbc("RC2-64-CBC", 8, 8, (key) => rc2(key, 64));

/** RFC 8018 A.3: PKCS#5 version 1. */
const PBES1: ReadonlyMap<string, { hash: Hash; cipher: Cipher }> = new Map([
  ["1.2.840.113549.1.5.3", { hash: PBKDF1_HASHES.MD5, cipher: PBES1_DES }],
  ["1.2.840.113549.1.5.6", { hash: PBKDF1_HASHES.MD5, cipher: PBES1_RC2 }],
  ["1.2.840.113549.1.5.10", { hash: PBKDF1_HASHES.SHA1, cipher: PBES1_DES }],
  ["1.2.840.113549.1.5.11", { hash: PBKDF1_HASHES.SHA1, cipher: PBES1_RC2 }],
]);

/** Those of version 1 that are named in the message but not implemented: no hash function is as forgotten as MD2. */
const PBES1_WITH_MD2: ReadonlyMap<string, string> = new Map([
  ["1.2.840.113549.1.5.1", "pbeWithMD2AndDES-CBC"],
  ["1.2.840.113549.1.5.4", "pbeWithMD2AndRC2-CBC"],
]);
/** RFC 8018 A.3. NSS 3.21 wrote 16, and with it files that nothing opens. */
const PBES1_SALT_OCTETS = 8;

/**
 * An encryption scheme, and its cost taken from the budget.
 *
 *     AlgorithmIdentifier ::= SEQUENCE {
 *         algorithm   OBJECT IDENTIFIER,
 *         parameters  ANY DEFINED BY algorithm OPTIONAL
 *     }
 *
 * @param identifier Positioned at the start of the AlgorithmIdentifier's contents
 * @param budget What the file may cost
 */
export function readScheme(identifier: Reader, budget: Budget): Scheme {
  const oid = identifier.oid("encryption algorithm");
  const scheme = schemeOf(oid, identifier, budget);
  budget.spend(scheme.rounds);
  return scheme;
}

function schemeOf(oid: string, identifier: Reader, budget: Budget): Scheme {
  if (oid === PBES2) return pbes2(identifier, budget);
  const pkcs12 = PKCS12_PBE.get(oid);
  if (pkcs12) return pkcs12Pbe(pkcs12.hash, pkcs12.cipher, readParameters(identifier, budget));
  const pbes1 = PBES1.get(oid);
  const md2 = PBES1_WITH_MD2.get(oid);
  if (!pbes1 && !md2) throw unsupported(budget.file, `the encryption algorithm ${oid}`);
  const parameters = readParameters(identifier, budget);
  if (parameters.salt.length !== PBES1_SALT_OCTETS) {
    const rule = `the salt of PKCS#5 version 1 must have ${PBES1_SALT_OCTETS} bytes`;
    throw malformed(budget.file, `${rule}: current value is ${parameters.salt.length}`);
  }
  if (!pbes1) throw unsupported(budget.file, `the encryption algorithm ${md2}`);
  return pkcs5v1(pbes1.hash, pbes1.cipher, parameters);
}

interface Parameters {
  readonly salt: Uint8Array;
  readonly iterations: number;
}

/**
 *     pkcs-12PbeParams ::= SEQUENCE {
 *         salt        OCTET STRING,
 *         iterations  INTEGER
 *     }
 */
function readParameters(identifier: Reader, budget: Budget): Parameters {
  const parameters = identifier.sequence("encryption parameters");
  const salt = budget.salt(parameters.octets("salt"), "encryption");
  const iterations = budget.iterations(parameters.integer("iterations"), "encryption");
  parameters.end();
  identifier.end();
  return { salt, iterations };
}

function pkcs12Pbe(hash: Hash, cipher: Cipher, { salt, iterations }: Parameters): Scheme {
  const { keyLength, blockSize } = cipher;
  return {
    name: `PKCS#12 PBE with ${hash.name} and ${cipher.name}`,
    form: "bmp",
    rounds: pkcs12KdfRounds(hash, iterations, keyLength) +
      pkcs12KdfRounds(hash, iterations, blockSize),
    blockSize,
    async decrypt(password, ciphertext) {
      const key = await pkcs12Kdf(hash, password, salt, iterations, ID_KEY, keyLength);
      const iv = blockSize > 0
        ? await pkcs12Kdf(hash, password, salt, iterations, ID_IV, blockSize)
        : salt;
      return await cipher.decrypt(key, iv, ciphertext);
    },
  };
}

function pkcs5v1(hash: Hash, cipher: Cipher, { salt, iterations }: Parameters): Scheme {
  return {
    name: `PBES1 with ${hash.name} and ${cipher.name}`,
    form: "utf8",
    rounds: iterations,
    blockSize: cipher.blockSize,
    async decrypt(password, ciphertext) {
      // RFC 8018 5.1: PBKDF1; 6.1.1 step 3: the key is its first eight octets, the vector the next eight
      const first = hash.noble(concat([password, salt]));
      const derived = new Uint8Array(await rehash(hash, first, iterations - 1));
      return await cipher.decrypt(derived.slice(0, 8), derived.subarray(8, 16), ciphertext);
    },
  };
}

/**
 * The encryption of private keys in Java's keystores: two schemes that no standard describes.
 *
 * @module
 */
import { Reader } from "../asn1/reader.ts";
import { NULL } from "../asn1/tags.ts";
import { concat, equalBytes, equalInConstantTime } from "../crypto/bytes.ts";
import { SHA1 } from "../crypto/hashes.ts";
import { rehashMd5 } from "../crypto/rehash_md5.ts";
import { STEPS, Turns } from "../crypto/turns.ts";
import { createTripleDes, isProven, type Plaintext } from "../encryption/ciphers.ts";
import type { Opening } from "../encryption/opening.ts";
import type { Encrypted, Scheme } from "../encryption/scheme.ts";
import { malformed, unsupported } from "../errors.ts";

/** `iso.org.dod.internet.private.enterprises.Sun.2.17.1.1` and `….2.19.1` */
const KEY_PROTECTOR = "1.3.6.1.4.1.42.2.17.1.1";
const PBE_WITH_MD5_AND_TRIPLE_DES = "1.3.6.1.4.1.42.2.19.1";

const SHA1_OCTETS = 20;
const PBE_SALT_OCTETS = 8;
const NOTHING: Plaintext = { bytes: new Uint8Array(0), padded: false };

/**
 * Reads an EncryptedPrivateKeyInfo of a keystore. JCEKS may hold keys in the scheme of JKS.
 *
 *     EncryptedPrivateKeyInfo ::= SEQUENCE {
 *         encryptionAlgorithm  AlgorithmIdentifier,
 *         encryptedData        OCTET STRING
 *     }
 *
 * @param bytes The EncryptedPrivateKeyInfo
 * @param opening The opening of the file. The scheme's rounds are not charged yet
 */
export function readProtectedKey(bytes: Uint8Array, opening: Opening): Encrypted {
  const outer = new Reader(bytes, opening.file, "a private key");
  const info = outer.enterSequence("EncryptedPrivateKeyInfo");
  outer.expectEnd();
  const identifier = info.enterSequence("encryption algorithm");
  const data = info.readOctets("encrypted data");
  info.expectEnd();
  const oid = identifier.readOid("encryption algorithm");
  if (oid === KEY_PROTECTOR) return readKeyProtector(identifier, data, opening);
  if (oid === PBE_WITH_MD5_AND_TRIPLE_DES) {
    return { scheme: readTripleDes(identifier, opening), ciphertext: data, what: "private key" };
  }
  throw unsupported(opening.file, `the encryption algorithm ${oid}`);
}

/**
 * Reads a key in the scheme of JKS: XOR with a chain of SHA-1 digests.
 *
 *     encryptedData ::= salt[20] key check[20]
 *     key           ::= PrivateKeyInfo XOR (D_1 || D_2 || …)
 *     D_1           ::= SHA-1(password || salt)
 *     D_i           ::= SHA-1(password || D_(i-1))
 *     check         ::= SHA-1(password || PrivateKeyInfo)
 */
function readKeyProtector(identifier: Reader, data: Uint8Array, { file }: Opening): Encrypted {
  if (identifier.tag === NULL) identifier.readElement(NULL, "encryption parameters");
  identifier.expectEnd();
  const length = data.length - 2 * SHA1_OCTETS;
  if (length <= 0) {
    const rule = `the encrypted private key must have more than ${2 * SHA1_OCTETS} bytes`;
    throw malformed(file, `${rule}: current value is ${data.length}`);
  }
  const salt = data.subarray(0, SHA1_OCTETS);
  const check = data.subarray(SHA1_OCTETS + length);
  const scheme: Scheme = {
    name: "JKS with SHA-1",
    form: "bmp",
    rounds: Math.ceil(length / SHA1_OCTETS),
    blockSize: 0,
    native: false,
    derive: (password) => Promise.resolve({ key: new Uint8Array(password), iv: salt }),
    async decrypt({ key: password, iv }, ciphertext) {
      const bytes = await xorDigests(password, iv, ciphertext);
      const computed = await crypto.subtle.digest("SHA-1", concat([password, bytes]));
      return equalInConstantTime(new Uint8Array(computed), check)
        ? { bytes, padded: true }
        : NOTHING;
    },
  };
  const ciphertext = data.subarray(SHA1_OCTETS, SHA1_OCTETS + length);
  return { scheme, ciphertext, what: "private key" };
}

async function xorDigests(
  password: Uint8Array,
  salt: Uint8Array,
  ciphertext: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(ciphertext);
  const input = concat([password, salt]);
  const turns = new Turns();
  for (let at = 0; at < bytes.length; at += SHA1_OCTETS) {
    const digest = SHA1.noble(input);
    for (const [i, octet] of bytes.subarray(at, at + SHA1_OCTETS).entries()) {
      bytes[at + i] = octet ^ (digest[i] ?? 0);
    }
    input.set(digest, password.length);
    if (at % (STEPS * SHA1_OCTETS) === 0) await turns.take();
  }
  return bytes;
}

/**
 * Reads the parameters of `PBEWithMD5AndTripleDES`, the scheme of JCEKS.
 *
 *     PBEParameter ::= SEQUENCE {
 *         salt            OCTET STRING (SIZE(8)),
 *         iterationCount  INTEGER
 *     }
 *
 * Each half of the salt is hashed with the password, as many times as the iteration count says. The
 * first digest and half of the second are the key, the rest is the IV.
 */
function readTripleDes(identifier: Reader, opening: Opening): Scheme {
  const parameters = identifier.enterSequence("encryption parameters");
  const salt = parameters.readOctets("salt");
  const iterations = opening.checkIterations(parameters.readInteger("iterations"), "encryption");
  parameters.expectEnd();
  identifier.expectEnd();
  if (salt.length !== PBE_SALT_OCTETS) {
    const rule = `the salt of PBEWithMD5AndTripleDES must have ${PBE_SALT_OCTETS} bytes`;
    throw malformed(opening.file, `${rule}: current value is ${salt.length}`);
  }
  const cipher = createTripleDes(3);
  const [second, ...firsts] = splitSalt(salt);
  return {
    name: "PBEWithMD5AndTripleDES",
    form: "utf8",
    rounds: (1 + firsts.length) * iterations,
    blockSize: cipher.blockSize,
    native: false,
    async derive(password) {
      const last = await rehashMd5(second, password, iterations);
      const digests: Uint8Array[] = [];
      for (const first of firsts) digests.push(await rehashMd5(first, password, iterations));
      // One key for each form of the first half, one behind the other.
      const keys = digests.map((digest) => concat([digest, last.subarray(0, 8)]));
      return { key: concat(keys), iv: last.subarray(8) };
    },
    async decrypt({ key, iv }, ciphertext) {
      let plaintext = NOTHING;
      for (let at = 0; at < key.length && !isProven(plaintext); at += cipher.keyLength) {
        plaintext = await cipher.decrypt(key.slice(at, at + cipher.keyLength), iv, ciphertext);
      }
      return plaintext;
    },
  };
}

/**
 * Returns the second half of the salt, then the first half, in each form that Java may use. Equal
 * halves would give equal parts of the key, so Java 17 reverses the first half. The loop of earlier
 * versions writes one index wrong: a b c d becomes d a b d.
 */
function splitSalt(salt: Uint8Array): [second: Uint8Array, ...firsts: Uint8Array[]] {
  const [first, second] = [salt.slice(0, 4), salt.subarray(4)];
  if (!equalBytes(first, second)) return [second, first];
  const [a = 0, b = 0, c = 0, d = 0] = first;
  return [second, Uint8Array.of(d, c, b, a), Uint8Array.of(d, a, b, d)];
}

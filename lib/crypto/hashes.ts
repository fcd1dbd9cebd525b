/**
 * The hash functions of PKCS#12 and PKCS#5, by their object identifiers.
 *
 * @module
 */
import { md5, ripemd160, sha1 } from "@noble/hashes/legacy.js";
import { sha224, sha256, sha384, sha512, sha512_224, sha512_256 } from "@noble/hashes/sha2.js";
import { sha3_224, sha3_256, sha3_384, sha3_512 } from "@noble/hashes/sha3.js";
import type { CHash } from "@noble/hashes/utils.js";

/** A hash function. */
export interface Hash {
  readonly name: string;
  /** The function. In bytes, `outputLen` is u of RFC 7292, and `blockLen` is v. */
  readonly noble: CHash;
  /** True if WebCrypto supports the hash function. */
  readonly native: boolean;
}

function defineHash(name: string, noble: CHash, native = false): Hash {
  return { name, noble, native };
}

export const SHA1: Hash = defineHash("SHA-1", sha1, true);
export const SHA256: Hash = defineHash("SHA-256", sha256, true);
export const MD5: Hash = defineHash("MD5", md5);
const RIPEMD160 = defineHash("RIPEMD-160", ripemd160);
const SHA224 = defineHash("SHA-224", sha224);
const SHA384 = defineHash("SHA-384", sha384, true);
const SHA512 = defineHash("SHA-512", sha512, true);
const SHA512_224 = defineHash("SHA-512/224", sha512_224);
const SHA512_256 = defineHash("SHA-512/256", sha512_256);
const SHA3_224 = defineHash("SHA3-224", sha3_224);
const SHA3_256 = defineHash("SHA3-256", sha3_256);
const SHA3_384 = defineHash("SHA3-384", sha3_384);
const SHA3_512 = defineHash("SHA3-512", sha3_512);

/** The hash functions of DigestInfo in MacData. */
export const DIGESTS: ReadonlyMap<string, Hash> = new Map([
  ["1.2.840.113549.2.5", MD5],
  ["1.3.36.3.2.1", RIPEMD160],
  ["1.3.14.3.2.26", SHA1],
  ["2.16.840.1.101.3.4.2.4", SHA224],
  ["2.16.840.1.101.3.4.2.1", SHA256],
  ["2.16.840.1.101.3.4.2.2", SHA384],
  ["2.16.840.1.101.3.4.2.3", SHA512],
  ["2.16.840.1.101.3.4.2.5", SHA512_224],
  ["2.16.840.1.101.3.4.2.6", SHA512_256],
  ["2.16.840.1.101.3.4.2.7", SHA3_224],
  ["2.16.840.1.101.3.4.2.8", SHA3_256],
  ["2.16.840.1.101.3.4.2.9", SHA3_384],
  ["2.16.840.1.101.3.4.2.10", SHA3_512],
]);

/** The hash functions of HMAC, as PRF of PBKDF2 and as MAC of PBMAC1. */
export const HMACS: ReadonlyMap<string, Hash> = new Map([
  ["1.2.840.113549.2.6", MD5],
  ["1.3.6.1.5.5.8.1.1", MD5],
  ["1.2.840.113549.2.7", SHA1],
  ["1.3.6.1.5.5.8.1.2", SHA1],
  ["1.2.840.113549.2.8", SHA224],
  ["1.2.840.113549.2.9", SHA256],
  ["1.2.840.113549.2.10", SHA384],
  ["1.2.840.113549.2.11", SHA512],
  ["1.2.840.113549.2.12", SHA512_224],
  ["1.2.840.113549.2.13", SHA512_256],
  ["2.16.840.1.101.3.4.2.13", SHA3_224],
  ["2.16.840.1.101.3.4.2.14", SHA3_256],
  ["2.16.840.1.101.3.4.2.15", SHA3_384],
  ["2.16.840.1.101.3.4.2.16", SHA3_512],
]);

/**
 * The ciphers that encryption schemes are made of. Each is loaded when a file needs it.
 *
 * @module
 */
import { Reader } from "../asn1/reader.ts";
import { SEQUENCE } from "../asn1/tags.ts";
import type { BlockCipher } from "../crypto/cbc.ts";

/** What a cipher made of a ciphertext. */
export interface Plaintext {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** True if the padding was correct and was removed. */
  readonly padded: boolean;
}

/** A cipher whose key and IV are still to be derived. */
export interface Cipher {
  /** Its usual name, such as "AES-256-CBC". */
  readonly name: string;
  /** The key's length in bytes. */
  readonly keyLength: number;
  /** The length of block and IV in bytes; 0 for a stream cipher. */
  readonly blockSize: number;
  decrypt(
    key: Uint8Array<ArrayBuffer>,
    iv: Uint8Array,
    ciphertext: Uint8Array,
  ): Promise<Plaintext>;
}

/** Gives a block cipher its key. */
type KeyBlockCipher = (key: Uint8Array) => BlockCipher;

/** The block ciphers in CBC mode: key length and block size in bytes, and where the cipher is. */
const BLOCK_CIPHERS: Readonly<Record<string, [number, number, () => Promise<KeyBlockCipher>]>> = {
  "DES-EDE3-CBC": [24, 8, async () => (await import("../crypto/des.ts")).des],
  "DES-CBC": [8, 8, async () => (await import("../crypto/des.ts")).des],
  "Camellia-128-CBC": [16, 16, async () => (await import("../crypto/camellia.ts")).camellia],
  "Camellia-192-CBC": [24, 16, async () => (await import("../crypto/camellia.ts")).camellia],
  "Camellia-256-CBC": [32, 16, async () => (await import("../crypto/camellia.ts")).camellia],
  "SEED-CBC": [16, 16, async () => (await import("../crypto/seed.ts")).seed],
  "IDEA-CBC": [16, 8, async () => (await import("../crypto/idea.ts")).idea],
  "CAST5-CBC": [16, 8, async () => (await import("../crypto/cast5.ts")).cast5],
  "Blowfish-CBC": [16, 8, async () => (await import("../crypto/blowfish.ts")).blowfish],
};

/**
 * Returns a cipher in CBC mode by its name, whatever the case.
 *
 * @param name Such as "AES-256-CBC"
 * @param keyLength The key's length in bytes, for the ciphers that have several
 */
export function findCbcCipher(name: string, keyLength?: number): Cipher | undefined {
  const [, bits] = /^AES-(128|192|256)-CBC$/i.exec(name) ?? [];
  if (bits !== undefined) return aesCbc(Number(bits));
  const found = Object.entries(BLOCK_CIPHERS)
    .find(([other]) => other.toUpperCase() === name.toUpperCase());
  if (found === undefined) return undefined;
  const [usualName, [usualLength, blockSize, load]] = found;
  return cbc(usualName, keyLength ?? usualLength, blockSize, load);
}

/** RC2 in CBC mode, with an effective key length in bits (RFC 2268). */
export function rc2Cbc(bits: number, keyLength: number): Cipher {
  return cbc(`RC2-${bits}-CBC`, keyLength, 8, async () => {
    const { rc2 } = await import("../crypto/rc2.ts");
    return (key) => rc2(key, bits);
  });
}

/** Triple DES in CBC mode with two or three keys. */
export function tripleDesCbc(keys: 2 | 3): Cipher {
  return cbc(`${keys}-key 3DES-CBC`, 8 * keys, 8, BLOCK_CIPHERS["DES-EDE3-CBC"]![2]);
}

/** RC4. A stream cipher has no padding. */
export function rc4Stream(bits: number): Cipher {
  return {
    name: `RC4-${bits}`,
    keyLength: bits / 8,
    blockSize: 0,
    async decrypt(key, _iv, ciphertext) {
      const { decryptRc4 } = await import("../crypto/rc4.ts");
      return { bytes: decryptRc4(key, ciphertext), padded: true };
    },
  };
}

function aesCbc(bits: number): Cipher {
  return {
    name: `AES-${bits}-CBC`,
    keyLength: bits / 8,
    blockSize: 16,
    async decrypt(key, iv, ciphertext) {
      const { decryptAesCbc } = await import("../crypto/aes.ts");
      const bytes = await decryptAesCbc(key, iv, ciphertext);
      return { bytes: bytes ?? new Uint8Array(0), padded: bytes !== undefined };
    },
  };
}

function cbc(
  name: string,
  keyLength: number,
  blockSize: number,
  load: () => Promise<KeyBlockCipher>,
): Cipher {
  return {
    name,
    keyLength,
    blockSize,
    async decrypt(key, iv, ciphertext) {
      const [{ decryptCbc }, cipher] = await Promise.all([import("../crypto/cbc.ts"), load()]);
      return removePadding(decryptCbc(cipher(key), iv, ciphertext), blockSize);
    },
  };
}

/** RFC 8018, section 6.1.1, step 4: 1 to 8 (or 16) octets that hold their own number. */
function removePadding(bytes: Uint8Array<ArrayBuffer>, blockSize: number): Plaintext {
  const count = bytes.at(-1) ?? 0;
  const padded = count >= 1 && count <= blockSize &&
    bytes.subarray(-count).every((octet) => octet === count);
  return padded ? { bytes: bytes.slice(0, -count), padded } : { bytes, padded };
}

/**
 * True if a plaintext is what was encrypted. One wrong password in 256 leaves valid padding, so the
 * plaintext must also be one SEQUENCE, exactly as long as it says, as SafeContents and
 * PrivateKeyInfo are.
 */
export function isProven({ bytes, padded }: Plaintext): boolean {
  return padded && sequenceLength(bytes) === bytes.length;
}

/** True if a plaintext begins as what was encrypted and its end is wrong: damage, not a wrong password. */
export function isDamaged({ bytes, padded }: Plaintext): boolean {
  const length = padded ? undefined : sequenceLength(bytes);
  return length !== undefined && length > bytes.length - 32;
}

/** The length of the SEQUENCE that the bytes begin with, if it is one whose first element is sound too. */
function sequenceLength(bytes: Uint8Array): number | undefined {
  try {
    const reader = new Reader(bytes, "", "");
    const { body, raw } = reader.readElement(SEQUENCE, "");
    if (body.length > 0) new Reader(body, "", "").readAny("");
    return raw.length;
  } catch {
    return undefined;
  }
}

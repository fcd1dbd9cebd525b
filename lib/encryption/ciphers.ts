/**
 * The ciphers of the encryption schemes. A cipher is loaded when a file needs it.
 *
 * @module
 */
import { Reader } from "../asn1/reader.ts";
import { SEQUENCE } from "../asn1/tags.ts";
import type { BlockCipher } from "../crypto/cbc.ts";

/** Result of a decryption. */
export interface Plaintext {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** True if the padding was correct and was removed. */
  readonly padded: boolean;
}

/** A cipher without its key and IV. */
export interface Cipher {
  /** The usual name, such as "AES-256-CBC". */
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

/** A function that returns a block cipher with its key. */
type KeyBlockCipher = (key: Uint8Array) => BlockCipher;

/** DES and triple DES, by the length of the key. */
const loadDes = async (): Promise<KeyBlockCipher> => (await import("../crypto/des.ts")).des;

/** The block ciphers in CBC mode: key length and block size in bytes, and how to load them. */
const BLOCK_CIPHERS: Readonly<Record<string, [number, number, () => Promise<KeyBlockCipher>]>> = {
  "DES-EDE3-CBC": [24, 8, loadDes],
  "DES-CBC": [8, 8, loadDes],
  "Camellia-128-CBC": [16, 16, async () => (await import("../crypto/camellia.ts")).camellia],
  "Camellia-192-CBC": [24, 16, async () => (await import("../crypto/camellia.ts")).camellia],
  "Camellia-256-CBC": [32, 16, async () => (await import("../crypto/camellia.ts")).camellia],
  "SEED-CBC": [16, 16, async () => (await import("../crypto/seed.ts")).seed],
  "IDEA-CBC": [16, 8, async () => (await import("../crypto/idea.ts")).idea],
  "CAST5-CBC": [16, 8, async () => (await import("../crypto/cast5.ts")).cast5],
  "Blowfish-CBC": [16, 8, async () => (await import("../crypto/blowfish.ts")).blowfish],
};

/**
 * Finds a cipher in CBC mode by its name, in upper or lower case.
 *
 * @param name The usual name, such as "AES-256-CBC"
 * @param keyLength The key's length in bytes, for ciphers that allow several
 */
export function findCbcCipher(name: string, keyLength?: number): Cipher | undefined {
  const [, bits] = /^AES-(128|192|256)-CBC$/i.exec(name) ?? [];
  if (bits !== undefined) return createAes(Number(bits));
  const found = Object.entries(BLOCK_CIPHERS)
    .find(([other]) => other.toUpperCase() === name.toUpperCase());
  if (found === undefined) return undefined;
  const [usualName, [usualLength, blockSize, load]] = found;
  return createCbc(usualName, keyLength ?? usualLength, blockSize, load);
}

/** Returns RC2 in CBC mode with an effective key length in bits (RFC 2268, section 2). */
export function createRc2(bits: number, keyLength: number): Cipher {
  return createCbc(`RC2-${bits}-CBC`, keyLength, 8, async () => {
    const { rc2 } = await import("../crypto/rc2.ts");
    return (key) => rc2(key, bits);
  });
}

/** Returns DES in CBC mode. */
export function createDes(): Cipher {
  return createCbc("DES-CBC", 8, 8, loadDes);
}

/** Returns triple DES in CBC mode with two or three keys. */
export function createTripleDes(keys: 2 | 3): Cipher {
  return createCbc(`${keys}-key 3DES-CBC`, 8 * keys, 8, loadDes);
}

/** Returns RC4. A stream cipher has no padding. */
export function createRc4(bits: number): Cipher {
  return {
    name: `RC4-${bits}`,
    keyLength: bits / 8,
    blockSize: 0,
    async decrypt(key, _iv, ciphertext) {
      const { decryptRc4 } = await import("../crypto/rc4.ts");
      return { bytes: await decryptRc4(key, ciphertext), padded: true };
    },
  };
}

function createAes(bits: number): Cipher {
  const own = createCbc(`AES-${bits}-CBC`, bits / 8, 16, async () => {
    return (await import("../crypto/aes_block.ts")).aes;
  });
  return {
    ...own,
    async decrypt(key, iv, ciphertext) {
      const { decryptAesCbc, hasAesKeys } = await import("../crypto/aes.ts");
      if (bits === 192 && !await hasAesKeys(24)) return await own.decrypt(key, iv, ciphertext);
      const bytes = await decryptAesCbc(key, iv, ciphertext);
      return { bytes: bytes ?? new Uint8Array(0), padded: bytes !== undefined };
    },
  };
}

function createCbc(
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
      return removePadding(await decryptCbc(cipher(key), iv, ciphertext), blockSize);
    },
  };
}

/** Removes the padding: 1 to 8 (or 16) octets of their own number (RFC 8018, section 6.1.1). */
function removePadding(bytes: Uint8Array<ArrayBuffer>, blockSize: number): Plaintext {
  const count = bytes.at(-1) ?? 0;
  const padded = count >= 1 && count <= blockSize &&
    bytes.subarray(-count).every((octet) => octet === count);
  return padded ? { bytes: bytes.slice(0, -count), padded } : { bytes, padded };
}

/**
 * True if the password was correct. One wrong password in 256 leaves valid padding. SafeContents
 * and PrivateKeyInfo are one SEQUENCE, so the plaintext must be a SEQUENCE of exactly its length.
 */
export function isProven({ bytes, padded }: Plaintext): boolean {
  return padded && readSequenceLength(bytes) === bytes.length;
}

/** True if the password was correct and the end of the ciphertext is damaged. */
export function isDamaged({ bytes, padded }: Plaintext): boolean {
  const length = padded ? undefined : readSequenceLength(bytes);
  return length !== undefined && length > bytes.length - 32;
}

/** Returns the length of the SEQUENCE at the start, if the header of its first element is valid. */
function readSequenceLength(bytes: Uint8Array): number | undefined {
  try {
    const reader = new Reader(bytes, "", "");
    const { body, raw } = reader.readElement(SEQUENCE, "");
    if (body.length > 0) new Reader(body, "", "").readAny("");
    return raw.length;
  } catch {
    return undefined;
  }
}

/**
 * The ciphers that encryption schemes are made of, and what a wrong password looks like in each.
 *
 * @module
 */
import { Reader, SEQUENCE } from "../asn1/reader.ts";
import { decryptAesCbc } from "../crypto/aes.ts";
import { type BlockCipher, decryptCbc } from "../crypto/cbc.ts";

/** What came out. */
export interface Plaintext {
  readonly text: Uint8Array<ArrayBuffer>;
  /** Whether the padding is as it should be, and taken off. */
  readonly padded: boolean;
}

/** A cipher whose key and vector are still to be derived. */
export interface Cipher {
  /** Its usual name, such as "AES-256-CBC". */
  readonly name: string;
  /** The key's length in bytes. */
  readonly keyLength: number;
  /** The length of block and vector in bytes; 0 for a stream cipher. */
  readonly blockSize: number;
  decrypt(key: Uint8Array<ArrayBuffer>, iv: Uint8Array, ciphertext: Uint8Array): Promise<Plaintext>;
}

/** AES in CBC mode. */
export function aesCbc(bits: number): Cipher {
  return {
    name: `AES-${bits}-CBC`,
    keyLength: bits / 8,
    blockSize: 16,
    async decrypt(key, iv, ciphertext) {
      const text = await decryptAesCbc(key, iv, ciphertext);
      return { text: text ?? new Uint8Array(0), padded: text !== undefined };
    },
  };
}

/** A block cipher of our own in CBC mode. */
export function cbc(
  name: string,
  keyLength: number,
  blockSize: number,
  keyed: (key: Uint8Array) => BlockCipher,
): Cipher {
  return {
    name,
    keyLength,
    blockSize,
    decrypt: (key, iv, ciphertext) =>
      Promise.resolve(unpad(decryptCbc(keyed(key), iv, ciphertext), blockSize)),
  };
}

/** A stream cipher, which has no padding. */
export function stream(
  name: string,
  keyLength: number,
  crypt: (key: Uint8Array, text: Uint8Array) => Uint8Array<ArrayBuffer>,
): Cipher {
  return {
    name,
    keyLength,
    blockSize: 0,
    decrypt: (key, _iv, ciphertext) =>
      Promise.resolve({ text: crypt(key, ciphertext), padded: true }),
  };
}

/** RFC 8018 6.1.1 step 4: 1 to 8 (or 16) octets that hold their own number. */
function unpad(text: Uint8Array<ArrayBuffer>, blockSize: number): Plaintext {
  const count = text.at(-1) ?? 0;
  const padded = count >= 1 && count <= blockSize &&
    text.subarray(-count).every((octet) => octet === count);
  return padded ? { text: text.slice(0, -count), padded } : { text, padded };
}

/**
 * Whether a text is what was encrypted. Padding alone comes out right for one wrong password in 256, so the
 * text must also be one SEQUENCE, exactly as long as it says, as SafeContents and PrivateKeyInfo are.
 */
export function isProven({ text, padded }: Plaintext): boolean {
  return padded && sequenceIn(text) === text.length;
}

/** Whether a text begins as what was encrypted, although its end is wrong: damage, not a wrong password. */
export function isDamaged({ text, padded }: Plaintext): boolean {
  const length = padded ? undefined : sequenceIn(text);
  return length !== undefined && length > text.length - 32;
}

/** How long the SEQUENCE is that the text begins with, if it is one whose first element is sound too. */
function sequenceIn(text: Uint8Array): number | undefined {
  try {
    const reader = new Reader(text, "", "");
    const { body, raw } = reader.take(SEQUENCE, "");
    if (body.length > 0) new Reader(body, "", "").any("");
    return raw.length;
  } catch {
    return undefined;
  }
}

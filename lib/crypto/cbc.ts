/**
 * Cipher block chaining (NIST SP 800-38A, section 6.2) for ciphers that WebCrypto lacks.
 *
 * @module
 */

import { STEP, Turns } from "./turns.ts";

/** A block cipher with its key. */
export interface BlockCipher {
  /** The block's size in bytes. */
  readonly size: number;
  /** Decrypts the block at this offset, in place. */
  decrypt(view: DataView, at: number): void;
}

/**
 * Decrypts in CBC mode and keeps the padding.
 *
 * @param cipher The cipher with its key
 * @param iv The IV, one block
 * @param ciphertext Whole blocks
 */
export async function decryptCbc(
  cipher: BlockCipher,
  iv: Uint8Array,
  ciphertext: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const { size } = cipher;
  const text = new Uint8Array(ciphertext);
  const view = new DataView(text.buffer);
  const turns = new Turns();
  // Starts at the end: each step needs the previous block as ciphertext.
  for (let at = text.length - size; at >= 0; at -= size) {
    cipher.decrypt(view, at);
    const from = at === 0 ? iv : text.subarray(at - size, at);
    for (let i = 0; i < size; i++) text[at + i]! ^= from[i]!;
    if (at % STEP === 0) await turns.take();
  }
  return text;
}

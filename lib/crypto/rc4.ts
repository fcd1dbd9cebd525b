/**
 * RC4 (RFC 6229 has its test vectors).
 *
 * @module
 */
import { STEP, Turns } from "./turns.ts";

/**
 * Decrypts with RC4. Encryption is the same operation.
 *
 * @param key 1 to 256 bytes
 * @param text The ciphertext
 */
export async function decryptRc4(
  key: Uint8Array,
  text: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const s = Uint8Array.from({ length: 256 }, (_, i) => i);
  for (let i = 0, j = 0; i < 256; i++) {
    j = (j + s[i]! + key[i % key.length]!) & 255;
    [s[i], s[j]] = [s[j]!, s[i]!];
  }
  const output = new Uint8Array(text.length);
  const turns = new Turns();
  for (let at = 0, i = 0, j = 0; at < text.length; at++) {
    if (at % STEP === 0) await turns.take();
    i = (i + 1) & 255;
    j = (j + s[i]!) & 255;
    [s[i], s[j]] = [s[j]!, s[i]!];
    output[at] = text[at]! ^ s[(s[i]! + s[j]!) & 255]!;
  }
  return output;
}

/**
 * RC4: a stream cipher, the same in both directions.
 *
 * @param key 1 to 256 bytes
 * @param text The ciphertext
 */
export function rc4(key: Uint8Array, text: Uint8Array): Uint8Array<ArrayBuffer> {
  const s = Uint8Array.from({ length: 256 }, (_, i) => i);
  for (let i = 0, j = 0; i < 256; i++) {
    j = (j + s[i]! + key[i % key.length]!) & 255;
    [s[i], s[j]] = [s[j]!, s[i]!];
  }
  const output = new Uint8Array(text.length);
  for (let at = 0, i = 0, j = 0; at < text.length; at++) {
    i = (i + 1) & 255;
    j = (j + s[i]!) & 255;
    [s[i], s[j]] = [s[j]!, s[i]!];
    output[at] = text[at]! ^ s[(s[i]! + s[j]!) & 255]!;
  }
  return output;
}

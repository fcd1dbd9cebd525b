/**
 * AES in CBC mode by WebCrypto, decryption only.
 *
 * @module
 */

/** True if WebCrypto supports AES keys of this length. Chromium's has none of 24 bytes. */
export async function hasAesKeys(length: number): Promise<boolean> {
  const key = new Uint8Array(length);
  return await crypto.subtle.importKey("raw", key, "AES-CBC", false, ["decrypt"]).then(
    () => true,
    () => false,
  );
}

/**
 * Decrypts with AES-CBC and removes the padding.
 *
 * @param key 16, 24 or 32 bytes
 * @param iv The IV
 * @param ciphertext Whole blocks
 * @returns The plaintext, or `undefined` if the padding is wrong
 */
export async function decryptAesCbc(
  key: Uint8Array<ArrayBuffer>,
  iv: Uint8Array,
  ciphertext: Uint8Array,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const imported = await crypto.subtle.importKey("raw", key, "AES-CBC", false, ["decrypt"]);
  try {
    const parameters = { name: "AES-CBC", iv: new Uint8Array(iv) };
    return new Uint8Array(
      await crypto.subtle.decrypt(parameters, imported, new Uint8Array(ciphertext)),
    );
  } catch {
    return undefined;
  }
}

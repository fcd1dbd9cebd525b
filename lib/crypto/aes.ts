/**
 * AES-CBC by WebCrypto, which takes the padding off.
 *
 * @param key 16, 24 or 32 bytes
 * @param iv The initialization vector
 * @param ciphertext Whole blocks
 * @returns The text, or `undefined` where the padding is wrong
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

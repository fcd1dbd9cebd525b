/**
 * OpenSSL's encryption of PEM keys: `Proc-Type: 4,ENCRYPTED` and `DEK-Info`. The headers are those
 * of RFC 1421. Only EVP_BytesToKey(3) of OpenSSL describes the key derivation: MD5, one iteration,
 * and the first eight bytes of the IV as salt.
 *
 * @module
 */
import { md5 } from "@noble/hashes/legacy.js";
import { concat, fromHex } from "../crypto/bytes.ts";
import { findCbcCipher, isDamaged, isProven } from "../encryption/ciphers.ts";
import type { Opening } from "../encryption/opening.ts";
import { encodePassphrase } from "../encryption/passwords.ts";
import { malformed, unsupported, wrongPassphrase } from "../errors.ts";
import type { PemBlock } from "./pem.ts";
import { showText } from "../show.ts";
import { decodeBlock, isEncryptedBlock } from "./pem_block.ts";

const SALT_OCTETS = 8;

/**
 * Decodes a block with headers, and decrypts its contents if they are encrypted.
 *
 * @param block The block, with its headers
 * @param opening The opening of the file
 */
export async function decryptPemBlock(
  { label, body, ...given }: PemBlock,
  opening: Opening,
): Promise<Uint8Array<ArrayBuffer>> {
  const block = body === undefined ? { label, ...given } : decodeBlock(label, body);
  if (!block) {
    throw malformed(opening.file, `the text of its ${showText(label)} block is not base64`);
  }
  if (!isEncryptedBlock(block)) return block.bytes;
  const info = block.headers.get("DEK-Info") ?? "";
  const [, name = "", digits = ""] = /^([^,]*),\s*([0-9A-Fa-f]*)$/.exec(info) ?? [];
  if (!name) {
    throw malformed(opening.file, "its DEK-Info line must have a cipher and an IV");
  }
  const cipher = findCbcCipher(name);
  if (!cipher) {
    throw unsupported(opening.file, `the cipher ${showText(name, 40)}`);
  }
  const iv = fromHex(digits);
  if (iv.length !== cipher.blockSize || digits.length !== 2 * iv.length) {
    const rule = `the IV of its DEK-Info line must have ${2 * cipher.blockSize} hexadecimal digits`;
    throw malformed(opening.file, `${rule}: current value has ${digits.length}`);
  }
  if (block.bytes.length === 0 || block.bytes.length % cipher.blockSize !== 0) {
    throw malformed(
      opening.file,
      `the encrypted key must be a multiple of ${cipher.blockSize} bytes long`,
    );
  }
  const passwords = encodePassphrase(opening.passphrase);
  const key = deriveKey(passwords.utf8[0], iv.subarray(0, SALT_OCTETS), cipher.keyLength);
  const plaintext = await cipher.decrypt(key, iv, block.bytes);
  if (isProven(plaintext)) return plaintext.bytes;
  if (isDamaged(plaintext)) {
    throw malformed(opening.file, "the padding of its private key is wrong");
  }
  throw wrongPassphrase(opening.file, passwords.given);
}

/**
 * Derives the key by EVP_BytesToKey(3) with a count of one: D_i = MD5(D_(i-1) || password || salt).
 */
function deriveKey(
  password: Uint8Array,
  salt: Uint8Array,
  length: number,
): Uint8Array<ArrayBuffer> {
  let key = new Uint8Array(0);
  let last: Uint8Array = key;
  while (key.length < length) {
    last = md5(concat([last, password, salt]));
    key = concat([key, last]);
  }
  return key.slice(0, length);
}

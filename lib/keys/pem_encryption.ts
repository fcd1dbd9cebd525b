/**
 * OpenSSL's own encryption of PEM keys: `Proc-Type: 4,ENCRYPTED` and `DEK-Info`, RFC 1421 by name, with a key
 * derivation that is described in OpenSSL's EVP_BytesToKey(3) alone: MD5, one iteration, the first eight
 * bytes of the vector as salt.
 *
 * @module
 */
import { md5 } from "@noble/hashes/legacy.js";
import { concat } from "../crypto/bytes.ts";
import { camellia } from "../crypto/camellia.ts";
import { des } from "../crypto/des.ts";
import { idea } from "../crypto/idea.ts";
import { seed } from "../crypto/seed.ts";
import type { PemBlock } from "./pem.ts";
import { aesCbc, cbc, type Cipher, isDamaged, isProven } from "../encryption/ciphers.ts";
import type { Budget } from "../encryption/limits.ts";
import { passwordForms } from "../encryption/passwords.ts";
import { malformed, unsupported, wrongPassword } from "../errors.ts";

const CIPHERS: ReadonlyMap<string, Cipher> = new Map([
  ["AES-128-CBC", aesCbc(128)],
  ["AES-192-CBC", aesCbc(192)],
  ["AES-256-CBC", aesCbc(256)],
  ["DES-EDE3-CBC", cbc("DES-EDE3-CBC", 24, 8, des)],
  ["DES-CBC", cbc("DES-CBC", 8, 8, des)],
  ["CAMELLIA-128-CBC", cbc("Camellia-128-CBC", 16, 16, camellia)],
  ["CAMELLIA-192-CBC", cbc("Camellia-192-CBC", 24, 16, camellia)],
  ["CAMELLIA-256-CBC", cbc("Camellia-256-CBC", 32, 16, camellia)],
  ["SEED-CBC", cbc("SEED-CBC", 16, 16, seed)],
  ["IDEA-CBC", cbc("IDEA-CBC", 16, 8, idea)],
]);
const SALT_OCTETS = 8;

/**
 * The contents of an encrypted block.
 *
 * @param block The block, with its headers
 * @param passphrase The passphrase
 * @param budget What the file may cost
 */
export async function decryptBlock(
  block: PemBlock,
  passphrase: string | undefined,
  budget: Budget,
): Promise<Uint8Array<ArrayBuffer>> {
  const [, name = "", digits = ""] =
    /^([^,]*),\s*([0-9A-Fa-f]*)$/.exec(block.headers.get("DEK-Info") ?? "") ??
      [];
  if (!name) {
    throw malformed(budget.file, "its DEK-Info line must name a cipher and a vector");
  }
  const cipher = CIPHERS.get(name.toUpperCase());
  if (!cipher) {
    throw unsupported(budget.file, `the cipher ${name.slice(0, 40)}`);
  }
  const iv = Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  if (iv.length !== cipher.blockSize || digits.length !== 2 * iv.length) {
    const rule = `the vector of its DEK-Info line must have ${
      2 * cipher.blockSize
    } hexadecimal digits`;
    throw malformed(budget.file, `${rule}: current value has ${digits.length}`);
  }
  if (block.bytes.length === 0 || block.bytes.length % cipher.blockSize !== 0) {
    throw malformed(
      budget.file,
      `the encrypted key must be a multiple of ${cipher.blockSize} bytes long`,
    );
  }
  const passwords = passwordForms(passphrase);
  const key = bytesToKey(passwords.utf8[0]!, iv.subarray(0, SALT_OCTETS), cipher.keyLength);
  const plaintext = await cipher.decrypt(key, iv, block.bytes);
  if (isProven(plaintext)) return plaintext.text;
  if (isDamaged(plaintext)) {
    throw malformed(budget.file, "the padding of its private key is wrong");
  }
  throw wrongPassword(budget.file, passwords.given);
}

/** EVP_BytesToKey(3) with a count of one: D_i = MD5(D_(i-1) || password || salt). */
function bytesToKey(
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

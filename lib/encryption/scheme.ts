/**
 * An encryption scheme, and decrypting with the forms of a password.
 *
 * @module
 */
import { malformed, wrongPassword } from "../errors.ts";
import { isDamaged, isProven, type Plaintext } from "./ciphers.ts";
import type { Budget } from "./limits.ts";
import type { Passwords } from "./passwords.ts";

/** An encryption scheme with its parameters, ready for a password. */
export interface Scheme {
  /** Its usual name, for messages. */
  readonly name: string;
  /** Which form of the password it takes. */
  readonly form: "bmp" | "utf8";
  /** What one attempt costs, in hash rounds. */
  readonly rounds: number;
  /** The block's size in bytes; 0 for a stream cipher. */
  readonly blockSize: number;
  /** Starts to derive the key, where that is done by another thread. Nothing is decrypted. */
  prepare?(password: Uint8Array): void;
  decrypt(password: Uint8Array, ciphertext: Uint8Array): Promise<Plaintext>;
}

/**
 * Decrypts with the first form of the password that proves right.
 *
 * @param scheme The encryption scheme
 * @param ciphertext What is encrypted
 * @param what What that is, for messages: "private key"
 * @param passwords The forms of the password
 * @param budget Other forms than the first cost extra
 * @param hint What to add to the message where no form is right
 * @throws {McFetchError} `wrong_password`, or `malformed_credentials` where the password is right and the rest is not
 */
export async function decrypt(
  scheme: Scheme,
  ciphertext: Uint8Array,
  what: string,
  passwords: Passwords,
  budget: Budget,
  hint = "",
): Promise<Uint8Array<ArrayBuffer>> {
  const { blockSize } = scheme;
  if (ciphertext.length === 0 || (blockSize > 0 && ciphertext.length % blockSize !== 0)) {
    const rule = blockSize > 0 ? `a multiple of ${blockSize} bytes` : "one byte or more";
    throw malformed(
      budget.file,
      `the encrypted ${what} must be ${rule} long: current value is ${ciphertext.length}`,
    );
  }
  let attempts = 0;
  for (const password of passwords[scheme.form]) {
    if (attempts++ > 0 && !budget.trySpend(scheme.rounds)) break;
    const plaintext = await scheme.decrypt(password, ciphertext);
    if (isProven(plaintext)) return plaintext.text;
    if (isDamaged(plaintext)) {
      throw malformed(budget.file, `the padding of its ${what} is wrong`);
    }
  }
  throw wrongPassword(budget.file, passwords.given, hint);
}

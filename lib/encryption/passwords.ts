/**
 * Passphrases as bytes. The PKCS#12 key derivation uses a BMPString with a terminator (RFC 7292,
 * section B.1). PBKDF2 uses bytes (RFC 8018, section 5.2), usually UTF-8. Some producers wrote
 * other forms. The form of the RFC comes first, and the other forms are tried only if it fails. A
 * form is correct only if it gives the right MAC, or valid padding and a valid structure.
 *
 * @module
 */
import { concat, encodeUtf16 } from "../crypto/bytes.ts";

/** Encoding of a passphrase: BMPString for the PKCS#12 key derivation, UTF-8 for PKCS#5. */
export type PasswordForm = "bmp" | "utf8";

/** One form or more, the most likely first. */
type Forms = readonly [Uint8Array, ...Uint8Array[]];

/** Forms of one passphrase. */
export interface Passwords {
  /** True if the caller passed a passphrase. */
  readonly given: boolean;
  /** For the PKCS#12 key derivation. */
  readonly bmp: Forms;
  /** For PBKDF2, scrypt and PKCS#5 version 1. */
  readonly utf8: Forms;
}

const NOTHING = new Uint8Array(0);
const TERMINATOR = new Uint8Array(2);

/**
 * Encodes a passphrase in all of its forms.
 *
 * @param passphrase `undefined` if there is none. The empty passphrase is another case
 */
export function encodePassphrase(passphrase: string | undefined): Passwords {
  if (!passphrase) {
    // The empty BMPString is only a terminator in OpenSSL, Java and Windows. It has no bytes in
    // NSS, GnuTLS and macOS. One real file uses the first form for the MAC, the second for its
    // bags.
    return {
      given: passphrase !== undefined,
      bmp: passphrase === undefined ? [NOTHING, TERMINATOR] : [TERMINATOR, NOTHING],
      utf8: [NOTHING, TERMINATOR],
    };
  }
  const utf8 = new TextEncoder().encode(passphrase);
  const bmp = encodeUtf16(passphrase);
  return {
    given: true,
    bmp: removeDuplicates([
      concat([bmp, TERMINATOR]),
      // OpenSSL before 1.1.0 decoded the UTF-8 bytes as Latin-1.
      concat([encodeUtf16(decodeLatin1(utf8)), TERMINATOR]),
    ]),
    utf8: removeDuplicates([
      utf8,
      // NSS before 3.31 passed the BMPString to PBKDF2, in some releases without the terminator.
      concat([bmp, TERMINATOR]),
      bmp,
      // Bouncy Castle's PBKDF2 uses the low byte of each character by default.
      Uint8Array.from(passphrase, (character) => character.charCodeAt(0)),
    ]),
  };
}

/** Returns the forms of the first passphrase, then the forms of the second. */
export function mergePasswords(a: Passwords, b: Passwords): Passwords {
  return {
    given: a.given || b.given,
    bmp: removeDuplicates([...a.bmp, ...b.bmp]),
    utf8: removeDuplicates([...a.utf8, ...b.utf8]),
  };
}

/** Puts the correct form first. */
export function preferForm(
  passwords: Passwords,
  form: PasswordForm,
  correct: Uint8Array,
): Passwords {
  return { ...passwords, [form]: removeDuplicates([correct, ...passwords[form]]) };
}

function decodeLatin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

function removeDuplicates([first, ...others]: Forms): Forms {
  const seen = new Set([first.join()]);
  return [first, ...others.filter((form) => seen.size < seen.add(form.join()).size)];
}

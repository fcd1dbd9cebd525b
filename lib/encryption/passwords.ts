/**
 * How a passphrase becomes bytes. RFC 7292 B.1 says BMPString with a terminator for the PKCS#12 key
 * derivation, RFC 8018 says bytes for PBKDF2, by custom UTF-8; and there are producers that did
 * otherwise. The form that the RFC asks for is always the first; the others are tried only after it
 * failed, and only a MAC or padding together with structure is taken as proof that one fits.
 *
 * @module
 */
import { concat, encodeUtf16 } from "../crypto/bytes.ts";

/** A form of a passphrase as bytes: for the PKCS#12 key derivation, or for PKCS#5's. */
export type PasswordForm = "bmp" | "utf8";

/** The forms of one passphrase, the likeliest first. */
export interface Passwords {
  /** Whether there is a passphrase at all. */
  readonly given: boolean;
  /** For the PKCS#12 key derivation. */
  readonly bmp: readonly Uint8Array[];
  /** For PBKDF2, scrypt and PKCS#5 version 1. */
  readonly utf8: readonly Uint8Array[];
}

const NOTHING = new Uint8Array(0);
const TERMINATOR = new Uint8Array(2);

/**
 * The forms of a passphrase.
 *
 * @param passphrase `undefined` where there is none, which is not the same as the empty one
 */
export function passwordForms(passphrase: string | undefined): Passwords {
  if (!passphrase) {
    // The empty BMPString is its terminator alone (OpenSSL, Java, Windows), or nothing at all (NSS, GnuTLS,
    // macOS). One real file has one for the MAC and the other for its bags.
    const bmp = passphrase === undefined ? [NOTHING, TERMINATOR] : [TERMINATOR, NOTHING];
    return {
      given: passphrase !== undefined,
      bmp,
      utf8: [NOTHING, TERMINATOR],
    };
  }
  const utf8 = new TextEncoder().encode(passphrase);
  const bmp = encodeUtf16(passphrase);
  return {
    given: true,
    bmp: distinct([
      concat([bmp, TERMINATOR]),
      // OpenSSL before 1.1.0 took the octets of UTF-8 for Latin-1 characters
      concat([encodeUtf16(latin1(utf8)), TERMINATOR]),
    ]),
    utf8: distinct([
      utf8,
      // NSS before 3.31 gave PBKDF2 the BMPString, and some releases of it without its terminator
      concat([bmp, TERMINATOR]),
      bmp,
      // Bouncy Castle's PBKDF2 takes the low octet of each character unless told otherwise
      Uint8Array.from(passphrase, (character) => character.charCodeAt(0)),
    ]),
  };
}

/** First one's forms, then the other's. */
export function eitherPassword(a: Passwords, b: Passwords): Passwords {
  return {
    given: a.given || b.given,
    bmp: distinct([...a.bmp, ...b.bmp]),
    utf8: distinct([...a.utf8, ...b.utf8]),
  };
}

/** The same forms, with the one that proved right first. */
export function preferring(
  passwords: Passwords,
  kind: PasswordForm,
  form: Uint8Array,
): Passwords {
  return { ...passwords, [kind]: distinct([form, ...passwords[kind]]) };
}

function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

function distinct(forms: Uint8Array[]): Uint8Array[] {
  const seen = new Set<string>();
  return forms.filter((form) => seen.size < seen.add(form.join()).size);
}

/**
 * A writer of DER (X.690), as far as keys and PKCS#12 files need it.
 *
 * @module
 */
import { concat, encodeUtf16, fromHex, toHex } from "../crypto/bytes.ts";
import { BMP_STRING, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, SET } from "./tags.ts";

/** Writes an element with these contents. */
export function writeElement(tag: number, ...contents: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = contents.reduce((sum, part) => sum + part.length, 0);
  const octets: number[] = [];
  for (let left = length; left > 0; left = Math.floor(left / 256)) {
    octets.unshift(left % 256);
  }
  const header = length < 0x80 ? [tag, length] : [tag, 0x80 | octets.length, ...octets];
  return concat([Uint8Array.from(header), ...contents]);
}

/** Writes an OBJECT IDENTIFIER. Its arcs must be below 2^31. */
export function writeOid(dotted: string): Uint8Array<ArrayBuffer> {
  const [root = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const octets: number[] = [];
  for (const arc of [40 * root + second, ...rest]) {
    const digits = [arc & 0x7f];
    for (let left = arc >> 7; left > 0; left >>= 7) {
      digits.unshift(0x80 | (left & 0x7f));
    }
    octets.push(...digits);
  }
  return writeElement(OBJECT_IDENTIFIER, Uint8Array.from(octets));
}

/** Writes a SEQUENCE of these elements. */
export function writeSequence(...elements: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return writeElement(SEQUENCE, ...elements);
}

/** Writes a SET OF these elements, in the order of their encodings (X.690, section 11.6). */
export function writeSet(...elements: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const digits = elements.map((element) => ({ element, hex: toHex(element) }));
  digits.sort((a, b) => a.hex < b.hex ? -1 : 1);
  return writeElement(SET, ...digits.map(({ element }) => element));
}

/** Writes an OCTET STRING. */
export function writeOctets(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return writeElement(OCTET_STRING, bytes);
}

/** Writes an INTEGER that is not negative. */
export function writeInteger(value: number | bigint): Uint8Array<ArrayBuffer> {
  const digits = value.toString(16);
  // The first bit is the sign, so a number that would set it gets a leading zero octet.
  const isOdd = digits.length % 2 === 1;
  const padded = isOdd ? `0${digits}` : /^[89a-f]/.test(digits) ? `00${digits}` : digits;
  return writeElement(INTEGER, fromHex(padded));
}

/** Writes a BMPString. The text must be within the Basic Multilingual Plane. */
export function writeBmpString(text: string): Uint8Array<ArrayBuffer> {
  return writeElement(BMP_STRING, encodeUtf16(text));
}

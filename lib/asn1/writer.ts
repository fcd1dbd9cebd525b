/**
 * Writing DER (X.690), as much as keys and PKCS#12 files take.
 *
 * @module
 */
import { BMP_STRING, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, SET } from "./reader.ts";
import { concat, encodeUtf16, toHex } from "../crypto/bytes.ts";

/** The DER encoding of an element with these contents. */
export function writeElement(tag: number, ...contents: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = contents.reduce((sum, part) => sum + part.length, 0);
  const octets: number[] = [];
  for (let left = length; left > 0; left = Math.floor(left / 256)) {
    octets.unshift(left % 256);
  }
  const header = length < 0x80 ? [tag, length] : [tag, 0x80 | octets.length, ...octets];
  return concat([Uint8Array.from(header), ...contents]);
}

/** The DER encoding of an object identifier whose arcs are below 2^31. */
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

/** A SEQUENCE of these elements. */
export function writeSequence(...elements: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return writeElement(SEQUENCE, ...elements);
}

/** A SET OF these elements, which X.690 section 11.6 has in the order of their encodings. */
export function writeSet(...elements: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const digits = elements.map((element) => ({ element, hex: toHex(element) }));
  digits.sort((a, b) => a.hex < b.hex ? -1 : 1);
  return writeElement(SET, ...digits.map(({ element }) => element));
}

/** An OCTET STRING. */
export function writeOctets(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return writeElement(OCTET_STRING, bytes);
}

/** An INTEGER that is not negative. */
export function writeInteger(value: number | bigint): Uint8Array<ArrayBuffer> {
  const digits = value.toString(16);
  const padded = digits.padStart(digits.length + digits.length % 2, "0");
  const bytes = Uint8Array.from(padded.match(/../g)!, (pair) => parseInt(pair, 16));
  // the uppermost bit is the sign
  return bytes[0]! < 0x80
    ? writeElement(INTEGER, bytes)
    : writeElement(INTEGER, Uint8Array.of(0), bytes);
}

/** A BMPString, for text within the Basic Multilingual Plane: two octets for each character. */
export function writeBmpString(text: string): Uint8Array<ArrayBuffer> {
  return writeElement(BMP_STRING, encodeUtf16(text));
}

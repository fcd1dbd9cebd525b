/**
 * Writing DER (X.690), as much as a PKCS#8 key takes.
 *
 * @module
 */
import { OBJECT_IDENTIFIER } from "./asn1.ts";
import { concat } from "./bytes.ts";

/** The DER encoding of an element with these contents. */
export function encode(
  tag: number,
  ...contents: Uint8Array[]
): Uint8Array<ArrayBuffer> {
  const length = contents.reduce((sum, part) => sum + part.length, 0);
  const octets: number[] = [];
  for (let left = length; left > 0; left = Math.floor(left / 256)) {
    octets.unshift(left % 256);
  }
  const header = length < 0x80 ? [tag, length] : [tag, 0x80 | octets.length, ...octets];
  return concat([Uint8Array.from(header), ...contents]);
}

/** The DER encoding of an object identifier whose arcs are below 2^31. */
export function encodeOid(dotted: string): Uint8Array<ArrayBuffer> {
  const [root = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const octets: number[] = [];
  for (const arc of [40 * root + second, ...rest]) {
    const digits = [arc & 0x7f];
    for (let left = arc >> 7; left > 0; left >>= 7) {
      digits.unshift(0x80 | (left & 0x7f));
    }
    octets.push(...digits);
  }
  return encode(OBJECT_IDENTIFIER, Uint8Array.from(octets));
}

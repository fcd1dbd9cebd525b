/**
 * The usual shapes of key files: PEM blocks on lines of their own, DER, and base64 of DER.
 *
 * @module
 */
import { SEQUENCE } from "../asn1/tags.ts";
import { decodeBase64 } from "../crypto/base64.ts";
import type { Opening } from "../encryption/opening.ts";
import { type PemBlock, scanPem } from "../keys/pem.ts";

/** Contents of a key file. */
export type Shape = PemShape | { readonly bytes: Uint8Array<ArrayBuffer> };

/** Blocks of a PEM text. */
export interface PemShape {
  readonly blocks: readonly PemBlock[];
  /** The parts that begin or end a block and are not understood, in words. */
  readonly unread: readonly string[];
}

/** Reads PEM and base64 of DER; returns `undefined` for other texts. */
export function readUsualText(text: string, opening: Opening): Shape | undefined {
  const blocks = scanPem(text, opening.maxBags);
  if (blocks === undefined || blocks.length > 0) return blocks && { blocks, unread: [] };
  const bytes = decodeBase64(text);
  return bytes && isDer(bytes) ? { bytes } : undefined;
}

/** True if the bytes start as a SEQUENCE that ends within the file, with or without its length. */
export function isDer(bytes: Uint8Array): boolean {
  const [tag, first = 0] = bytes;
  const end = findEnd(bytes);
  if (end === undefined) return tag === SEQUENCE && first === INDEFINITE;
  // A short SEQUENCE may be text. It is as long as the file.
  return first > INDEFINITE || bytes.subarray(end).every(isBlank);
}

/** The first octet of an indefinite length. */
export const INDEFINITE = 0x80;

/** Returns the end of a SEQUENCE by its length; `undefined` if it has none or ends too late. */
export function findEnd(bytes: Uint8Array): number | undefined {
  const [tag, first = 0] = bytes;
  if (tag !== SEQUENCE || first === INDEFINITE || first > INDEFINITE + 4) return undefined;
  const octets = first < INDEFINITE ? 0 : first - INDEFINITE;
  let length = octets === 0 ? first : 0;
  for (const octet of bytes.subarray(2, 2 + octets)) length = length * 256 + octet;
  const end = 2 + octets + length;
  return end <= bytes.length ? end : undefined;
}

/** True for white space, NUL, and the end of a DOS text (Ctrl-Z). */
export function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0 || byte === 0x1a || byte !== undefined && byte >= 9 &&
      byte <= 13;
}

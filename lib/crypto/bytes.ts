/**
 * Conversions and comparisons of byte arrays.
 *
 * @module
 */

/** Converts bytes to an unsigned number, most significant byte first. */
export function toBigInt(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${toHex(bytes)}`);
}

/** The two digits of each byte. */
const DIGITS: readonly string[] = Array.from(
  { length: 256 },
  (_, byte) => byte.toString(16).padStart(2, "0"),
);

/** Converts bytes to lower-case hexadecimal digits. */
export function toHex(bytes: Uint8Array): string {
  if (bytes.length > CHUNK) return splitBytes(bytes).map(toHex).join("");
  let digits = "";
  for (const byte of bytes) digits += DIGITS[byte];
  return digits;
}

/**
 * The longest text that is made by appending, since a longer one needs 32 bytes for each character;
 * and the arguments of one call, which every engine accepts.
 */
const CHUNK = 8192;

/** Splits bytes into parts that are quickly made a text. */
export function splitBytes(bytes: Uint8Array): Uint8Array[] {
  const count = Math.ceil(bytes.length / CHUNK);
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * CHUNK, (i + 1) * CHUNK));
}

/** Converts pairs of hexadecimal digits to bytes. */
export function fromHex(digits: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.floor(digits.length / 2));
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** True if both hold the same bytes. Not for secrets: the time depends on where they differ. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) return false;
  }
  return true;
}

/** True if both hold the same bytes. The time does not depend on where they differ. */
export function equalInConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (const [i, byte] of a.entries()) difference |= byte ^ (b[i] ?? 0);
  return difference === 0;
}

/** Joins all parts into one array. */
export function concat(parts: Iterable<Uint8Array>): Uint8Array<ArrayBuffer> {
  const list = [...parts];
  const whole = new Uint8Array(list.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of list) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Encodes text in big-endian UTF-16, as in a BMPString, with surrogate pairs outside the BMP. */
export function encodeUtf16(text: string): Uint8Array {
  const bytes = new Uint8Array(2 * text.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < text.length; i++) {
    view.setUint16(2 * i, text.charCodeAt(i));
  }
  return bytes;
}

/** Decodes big-endian UTF-16. The number of bytes must be even. */
export function decodeUtf16(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const units = new Uint16Array(bytes.length / 2);
  for (let i = 0; i < units.length; i++) units[i] = view.getUint16(2 * i);
  return joinUnits(units);
}

/** Makes a text of UTF-16 code units. */
export function joinUnits(units: Uint16Array): string {
  let text = "";
  for (let at = 0; at < units.length; at += CHUNK) {
    text += Reflect.apply(String.fromCharCode, undefined, units.subarray(at, at + CHUNK));
  }
  return text;
}

/**
 * Returns a text that is the same for the same bytes only. Ten times faster than hexadecimal
 * digits: the runtimes decode this encoding, which has a character for each byte, by themselves.
 */
export function toKey(bytes: Uint8Array): string {
  return new TextDecoder("windows-1252").decode(bytes);
}

/** Returns the items without those that have the same bytes as an item before. */
export function removeCopies<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): Item[] {
  if (items.length < 2) return [...items];
  const seen = new Set<string>();
  return items.filter((item) => seen.size < seen.add(keyOf(item)).size);
}

/** Returns the length of a number in bits; 0 if the number is not positive. */
export function bitLength(value: bigint): number {
  return value > 0n ? value.toString(2).length : 0;
}

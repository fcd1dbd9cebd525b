/**
 * Base64 (RFC 4648, section 4).
 *
 * @module
 */
import { splitBytes } from "./bytes.ts";

/** White space: tab, line feed, form feed, carriage return and space. */
const SPACE: readonly number[] = [9, 10, 12, 13, 32];

/** Decodes base64 and ignores white space. Returns `undefined` if the text is not base64. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    // Some replacements of `atob`, such as happy-dom's, refuse white space.
    const binary = atob(removeSpace(text));
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
    return bytes;
  } catch {
    return undefined;
  }
}

/** Removes white space. A regular expression takes five times longer where lines are short. */
function removeSpace(text: string): string {
  const bytes = new TextEncoder().encode(text);
  let length = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte > 32 || !SPACE.includes(byte)) bytes[length++] = byte;
  }
  return new TextDecoder().decode(bytes.subarray(0, length));
}

/** Encodes bytes as base64, on one line. */
export function encodeBase64(bytes: Uint8Array): string {
  const parts = splitBytes(bytes).map((part) => String.fromCharCode(...part));
  return btoa(parts.join(""));
}

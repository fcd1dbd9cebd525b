/**
 * Base64 (RFC 4648, section 4).
 *
 * @module
 */
import { splitBytes } from "./bytes.ts";

/** Decodes base64 and ignores white space. Returns `undefined` if the text is not base64. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    // Some replacements of `atob`, such as happy-dom's, refuse white space.
    const binary = atob(text.replace(/[\t\n\f\r ]+/g, ""));
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
    return bytes;
  } catch {
    return undefined;
  }
}

/** Encodes bytes as base64, on one line. */
export function encodeBase64(bytes: Uint8Array): string {
  const parts = splitBytes(bytes).map((part) => String.fromCharCode(...part));
  return btoa(parts.join(""));
}

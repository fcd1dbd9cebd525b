/** Texts and bytes of fixtures, in the forms that programs give them. */
import { fixture } from "./context.ts";

/** Encodes a text in UTF-8. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** Returns a fixture as text. */
export function textOf(name: string): string {
  return new TextDecoder().decode(fixture(name));
}

/** Returns a text with a character for each byte. */
export function binaryString(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

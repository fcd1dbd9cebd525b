/**
 * Key files in the shapes that environment variables, secrets, JSON and wrong encodings make of
 * them. Reads a file if only one reading is possible. Loaded when a file is not PEM or DER as
 * programs write it.
 *
 * @module
 */
import { SEQUENCE } from "../asn1/tags.ts";
import { fromHex } from "../crypto/bytes.ts";
import { decodeBase64 } from "../crypto/base64.ts";
import type { Opening } from "../encryption/opening.ts";
import { type KeyFileError, malformed } from "../errors.ts";
import { detectKind, wrongKind } from "./foreign.ts";
import { readLoosePem } from "./loose_pem.ts";
import { INDEFINITE, isDer, readUsualText, type Shape } from "./usual_shape.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** The most encodings around encodings, such as base64 of a text in UTF-16 that is base64. */
const MAX_LAYERS = 8;

/** The beginning of a block, with too much missing. */
const SPOILED_PEM = /-----BEGIN|begin[\w ]{1,32}(?:certificate|private key)/i;
/**
 * The longest text in an unusual form. An environment variable in Linux has 128 KiB at most, and a
 * bundle with all public CAs 220 KiB.
 */
const MAX_TEXT = 512 * 1024;
/** The bytes 0x80 to 0x9f in windows-1252, which browsers and Deno call "latin1". */
const WINDOWS_1252 =
  "\u20ac\x81\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152" +
  "\x8d\u017d\x8f\x90\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\x9d" +
  "\u017e\u0178";

/** What stands around base64 in shells, `.env` files, YAML, JSON, Python and data URLs. */
const WRAPPING = /^\s*(?:export\s+)?(?:[A-Za-z_][\w.-]{0,99}\s*[=:]\s*(?=["'`\w]))?(?:b?["'`])?/;
/** Bytes as digits. Tools separate them by spaces or colons. */
const HEXADECIMAL = /^\s*(?:0x)?[\s:0-9a-f]*$/i;
const DATA_URL = /^\s*["'`]?data:[\w.+/=;-]{0,200},/;

/** Reads a file in an unusual shape. */
export async function readUnusual(
  input: string | Bytes,
  opening: Opening,
  wanted: string,
): Promise<Shape> {
  let current = input;
  for (let layer = 0; layer < MAX_LAYERS; layer++) {
    await opening.takeTurn();
    const next = typeof current === "string"
      ? await readText(current, opening, wanted)
      : await readBytes(current, opening);
    if (typeof next === "object" && !ArrayBuffer.isView(next)) return next;
    current = next;
  }
  throw malformed(opening.file, "it is encoded too many times");
}

/** Reads a binary file, or a text in another encoding than UTF-8. Returns text to read next. */
async function readBytes(bytes: Bytes, opening: Opening): Promise<Shape | string> {
  if (isReplaced(bytes)) throw readAsText(opening.file, "UTF-8");
  if (isDer(bytes)) return { bytes };
  const wide = detectUtf16(bytes);
  if (wide) return new TextDecoder(wide).decode(bytes);
  if (detectKind(bytes) !== undefined) return { bytes };
  // The text around the blocks may be in any encoding. The blocks are ASCII.
  const text = new TextDecoder().decode(bytes);
  // deno-lint-ignore no-control-regex -- Control characters distinguish binary from text.
  if (!/[\x00-\x08\x0e-\x1f\ufffd]/.test(text)) return text;
  const usual = readUsualText(text, opening);
  if (usual || text.length > MAX_TEXT) return usual ?? { bytes };
  await opening.takeTurn();
  const pem = await readLoosePem(text, opening);
  return pem.blocks.length + pem.unread.length > 0 ? pem : { bytes };
}

/** True if a program replaced bytes that are not UTF-8 by U+FFFD, in the first bytes of a file. */
function isReplaced(bytes: Bytes): boolean {
  const start = bytes.subarray(0, 16);
  return start.some((byte, i) => byte === 0xef && start[i + 1] === 0xbf && start[i + 2] === 0xbd);
}

/** Detects UTF-16 by its byte order mark, or by the NUL beside each of two letters. */
function detectUtf16(bytes: Bytes): "utf-16le" | "utf-16be" | undefined {
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  if (a === 0xff && b === 0xfe || isAscii(a) && b === 0 && isAscii(c) && d === 0) return "utf-16le";
  if (a === 0xfe && b === 0xff || a === 0 && isAscii(b) && c === 0 && isAscii(d)) return "utf-16be";
  return undefined;
}

function isAscii(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f;
}

/** Reads a text. Returns the bytes or the text that it encodes, to read next. */
async function readText(text: string, opening: Opening, wanted: string): Promise<Shape | Bytes> {
  const { file } = opening;
  const usual = readUsualText(text, opening);
  if (usual) return usual;
  await opening.takeTurn();
  if (text.trim() === "") throw malformed(file, "it is empty", "empty");
  if (text.length > MAX_TEXT) throw tooLong(file, text, wanted);
  // A text in UTF-16 that was decoded byte by byte has a NUL beside each letter.
  const pem = await readLoosePem(text.replaceAll("\0", ""), opening);
  if (pem.blocks.length + pem.unread.length > 0) return pem;
  // The first two bytes of a DER file are one character of UTF-16.
  if (/^[\u8030-\u8430]/.test(text)) throw readAsText(file, "UTF-16");
  if (text.includes("\ufffd")) throw readAsText(file, "UTF-8");
  await opening.takeTurn();
  const bytes = decodeBinaryString(text) ?? decodeText(text);
  if (bytes) return bytes;
  // deno-lint-ignore no-control-regex -- Control characters distinguish binary from text.
  if (/[\x00-\x08\x0e-\x1a\x1c-\x1f]/.test(text)) throw readAsText(file, "ASCII");
  if (SPOILED_PEM.test(text)) throw malformed(file, "its BEGIN is not understood", "unread");
  throw wrongKind(file, wanted, detectKind(text));
}

/** Returns the error for a text that is too long to look for blocks in an unusual form. */
function tooLong(file: string, text: string, wanted: string): KeyFileError {
  const kind = detectKind(text);
  if (kind !== "PEM text") return wrongKind(file, wanted, kind);
  return malformed(
    file,
    "a BEGIN or END in it is not alone on its line, " +
      `and a text in such a form must have <= ${MAX_TEXT} characters: current value is ${text.length}`,
  );
}

/** Returns the bytes of a known file whose text has one character for each byte. */
function decodeBinaryString(text: string): Bytes | undefined {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const place = code < 0x100 ? -1 : WINDOWS_1252.indexOf(text.charAt(i));
    if (code >= 0x100 && place < 0) return undefined;
    bytes[i] = place < 0 ? code : 0x80 + place;
  }
  return isBinary(bytes) ? bytes : undefined;
}

/** Decodes base64, base64url, hexadecimal digits and data URLs, with what stands around them. */
function decodeText(text: string): Bytes | undefined {
  const start = (DATA_URL.exec(text) ?? WRAPPING.exec(text))?.[0].length ?? 0;
  const value = text.slice(start).replace(/["'`,;\s]{1,16}$/, "");
  const plain = (value.includes("%") ? decodePercent(value) : value).replace(/\\{1,8}[nr]/g, "");
  const digits = HEXADECIMAL.test(plain) ? plain.replace(/^\s*0x|[\s:]+/gi, "") : "x";
  const bytes = digits.length % 2 !== 0
    ? decodeBase64(plain.replaceAll("\\/", "/").replaceAll("-", "+").replaceAll("_", "/"))
    : fromHex(digits);
  return bytes && isKnown(bytes) ? bytes : undefined;
}

/** True if bytes are of a kind that has a name, or a SEQUENCE that may be cut off. */
function isBinary(bytes: Bytes): boolean {
  return isDer(bytes) || detectKind(bytes) !== undefined ||
    bytes[0] === SEQUENCE && (bytes[1] ?? 0) > INDEFINITE;
}

/** True if decoded bytes are a key file, or a kind of file that has a name. */
function isKnown(bytes: Bytes): boolean {
  if (isBinary(bytes) || detectUtf16(bytes)) return true;
  return /begin|^\s*(?:M[A-P]|LS0t)/i.test(new TextDecoder().decode(bytes.subarray(0, 4096)));
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Returns the error for a binary file that was decoded as text, which loses bytes. */
function readAsText(file: string, encoding: string): KeyFileError {
  const problem = `it is binary and was decoded as ${encoding} text, which lost some of its bytes`;
  return malformed(file, problem, "read_as_text");
}

/**
 * The textual encodings of RFC 7468, and of RFC 1421 where OpenSSL's encrypted keys still use its headers.
 *
 * @module
 */
import { decodeBase64, encodeBase64 } from "../crypto/base64.ts";
import { limitExceeded, malformed } from "../errors.ts";
import type { FileContents } from "./contents.ts";

/** One `-----BEGIN …-----` block. */
export interface PemBlock {
  /** What stands behind BEGIN, such as `CERTIFICATE`. */
  readonly label: string;
  /** RFC 1421 headers inside of the block, such as `DEK-Info`. */
  readonly headers: ReadonlyMap<string, string>;
  /** The decoded contents. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const BEGIN = /^\s*-----BEGIN ([^-]{1,64})-----\s*$/;
const END = /^\s*-----END ([^-]{1,64})-----\s*$/;
const HEADER = /^([A-Za-z][A-Za-z0-9-]{0,63}):\s*(.*)$/;
/** RFC 7468 section 2: 64 characters in each line but the last. */
const LINE_LENGTH = 64;

/**
 * Every block of a PEM text, in the order of the file. Text around the blocks ("Bag Attributes", comments)
 * is skipped, as RFC 7468 section 5.2 asks.
 *
 * @param text The text, with any line ends, with or without a byte order mark
 * @param file What is being opened, for messages
 * @throws {McFetchError} `malformed_credentials` when a block has no end or is not base64, or the text
 * has lost its line breaks
 */
export function readPem(text: string, file: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/);
  for (let at = 0; at < lines.length; at++) {
    const label = BEGIN.exec(lines[at]!)?.[1];
    if (label === undefined) continue;
    const from = at + 1;
    while (++at < lines.length && !END.test(lines[at]!) && !BEGIN.test(lines[at]!));
    const end = END.exec(lines[at] ?? "")?.[1];
    if (end !== label) {
      throw malformed(file, `the line "-----END ${label}-----" is missing`);
    }
    blocks.push(readBlock(label, lines.slice(from, at), file));
  }
  // Environment variables and JSON often hold PEM in one line.
  if (blocks.length === 0 && text.includes("-----BEGIN ")) {
    throw malformed(file, "its line breaks are missing: -----BEGIN must be on a line of its own");
  }
  return blocks;
}

/** Whether the contents of a block are encrypted in this way. */
export function isEncryptedBlock(block: PemBlock): boolean {
  return block.headers.has("DEK-Info") ||
    /ENCRYPTED/.test(block.headers.get("Proc-Type") ?? "");
}

function readBlock(label: string, lines: string[], file: string): PemBlock {
  const headers = new Map<string, string>();
  let at = 0;
  while (lines[at]?.trim() === "") at++;
  for (let name = ""; at < lines.length; at++) {
    const header = HEADER.exec(lines[at]!);
    if (header) headers.set(name = header[1]!, header[2]!.trim());
    // RFC 1421 4.6: a line that starts with a space continues the header above it
    else if (name && /^[ \t]+\S/.test(lines[at]!)) {
      headers.set(name, headers.get(name)! + lines[at]!.trim());
    } else break;
  }
  // PGP's armor ends with a checksum of its own; nothing of it is read but the label
  const bytes = label.startsWith("PGP ")
    ? new Uint8Array(0)
    : decodeBase64(lines.slice(at).join(""));
  if (!bytes) {
    throw malformed(file, `the text of its ${label} block is not base64`);
  }
  return { label, headers, bytes };
}

/**
 * One PEM block.
 *
 * @param label What stands behind BEGIN
 * @param bytes The contents
 */
export function writePem(label: string, bytes: Uint8Array): string {
  const base64 = encodeBase64(bytes);
  let text = `-----BEGIN ${label}-----\n`;
  for (let at = 0; at < base64.length; at += LINE_LENGTH) {
    text += `${base64.slice(at, at + LINE_LENGTH)}\n`;
  }
  return `${text}-----END ${label}-----\n`;
}

/**
 * What a key file holds: the text of a PEM file, or the bytes of a binary one. Text in UTF-8 and UTF-16
 * is told by its bytes, and the bare base64 of a binary file, as environment variables hold it, is decoded.
 *
 * @param input Text or bytes
 * @param file What is being opened, for messages
 * @param maxBytes The largest file that is looked at, in bytes
 */
export function detectText(
  input: FileContents,
  file: string,
  maxBytes: number,
): { text: string } | { bytes: Uint8Array<ArrayBuffer> } {
  const size = typeof input === "string" ? input.length : input.byteLength;
  if (size > maxBytes) {
    const problem = `its size must be <= ${maxBytes} bytes: current value is ${size}`;
    throw limitExceeded(file, problem, "maxBytes");
  }
  if (size === 0) {
    throw malformed(file, "it is empty", "empty");
  }
  const text = typeof input === "string" ? input : decodeText(copyBytes(input));
  if (text === undefined) {
    return { bytes: copyBytes(input as Uint8Array | ArrayBuffer) };
  }
  if (text.includes("-----BEGIN ")) return { text };
  const bytes = decodeBase64(text);
  // base64 of anything that starts with a SEQUENCE; "MI" to "MP" in text
  return bytes?.[0] === 0x30 ? { bytes } : { text };
}

/** The text that the bytes hold, if they are one. */
function decodeText(bytes: Uint8Array): string | undefined {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : "utf-8";
  if (bytes[0] === 0x30 && (bytes[1] ?? 0) >= 0x80) return undefined; // a SEQUENCE of more than 127 bytes
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    // deno-lint-ignore no-control-regex -- control characters are what tells binary from text
    return /[\x00-\x08\x0e-\x1f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

function copyBytes(input: Uint8Array | ArrayBuffer): Uint8Array<ArrayBuffer> {
  return input instanceof ArrayBuffer ? new Uint8Array(input.slice(0)) : new Uint8Array(input);
}

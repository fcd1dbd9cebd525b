/**
 * PEM: the textual encodings of RFC 7468, and the headers of RFC 1421 in OpenSSL's encrypted keys.
 *
 * @module
 */
import { SEQUENCE } from "../asn1/tags.ts";
import { decodeBase64, encodeBase64 } from "../crypto/base64.ts";
import { limitExceeded, malformed } from "../errors.ts";
import { type FileContents, isJavaKeystore } from "./contents.ts";

/** A `-----BEGIN …-----` block. */
export interface PemBlock {
  /** The text after BEGIN, such as `CERTIFICATE`. */
  readonly label: string;
  /** The RFC 1421 headers in the block, such as `DEK-Info`. */
  readonly headers: ReadonlyMap<string, string>;
  /** The decoded contents. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const BEGIN = /^\s*-----BEGIN ([^-]{1,64})-----\s*$/;
const END = /^\s*-----END ([^-]{1,64})-----\s*$/;
const HEADER = /^([A-Za-z][A-Za-z0-9-]{0,63}):\s*(.*)$/;
/** RFC 7468, section 2: each line except the last has 64 characters. */
const LINE_LENGTH = 64;

/**
 * Reads all blocks of a PEM text, in the order of the file. Skips the text around the blocks, such
 * as "Bag Attributes" and comments (RFC 7468, section 5.2).
 *
 * @param text The text, with any line ends, with or without a byte order mark
 * @param file The file's name in messages
 * @throws {McFetchError} `malformed_credentials` if a block has no end or is not base64, or the
 * text has no line breaks
 */
export function readPem(text: string, file: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  let open: { readonly label: string; readonly lines: string[] } | undefined;
  for (const line of text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/)) {
    const begin = BEGIN.exec(line)?.[1];
    const end = END.exec(line)?.[1];
    if (open === undefined) {
      if (begin !== undefined) open = { label: begin, lines: [] };
    } else if (begin === undefined && end === undefined) {
      open.lines.push(line);
    } else {
      if (end !== open.label) break;
      blocks.push(readBlock(open.label, open.lines, file));
      open = undefined;
    }
  }
  if (open) throw malformed(file, `the line "-----END ${open.label}-----" is missing`);
  // Environment variables and JSON often have PEM in one line.
  if (blocks.length === 0 && text.includes("-----BEGIN ")) {
    throw malformed(file, "its line breaks are missing: -----BEGIN must be on a line of its own");
  }
  return blocks;
}

/** True if the headers of a block say that its contents are encrypted. */
export function isEncryptedBlock(block: PemBlock): boolean {
  return block.headers.has("DEK-Info") ||
    /ENCRYPTED/.test(block.headers.get("Proc-Type") ?? "");
}

function readBlock(label: string, lines: readonly string[], file: string): PemBlock {
  const headers = new Map<string, string>();
  let start = 0;
  let last = "";
  for (const line of lines) {
    const [, name, value = ""] = HEADER.exec(line) ?? [];
    const isBlankAtStart = last === "" && line.trim() === "";
    // RFC 1421, section 4.6: a line that starts with a space continues the header above it.
    const isContinuation = last !== "" && /^[ \t]+\S/.test(line);
    if (name !== undefined) headers.set(last = name, value.trim());
    else if (isContinuation) headers.set(last, (headers.get(last) ?? "") + line.trim());
    else if (!isBlankAtStart) break;
    start++;
  }
  // The armor of PGP ends with a checksum. Only its label is read.
  const bytes = label.startsWith("PGP ")
    ? new Uint8Array(0)
    : decodeBase64(lines.slice(start).join(""));
  if (!bytes) {
    throw malformed(file, `the text of its ${label} block is not base64`);
  }
  return { label, headers, bytes };
}

/**
 * Writes one PEM block.
 *
 * @param label The text after BEGIN
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
 * Detects if a key file is text or binary. Decodes text in UTF-8 and UTF-16, and a binary file in
 * bare base64, as environment variables have it.
 *
 * @param input Text or bytes
 * @param file The file's name in messages
 * @param maxBytes The largest file, in bytes
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
  if (typeof input === "string") return detectBase64(input);
  const bytes = copyBytes(input);
  const text = decodeText(bytes);
  return text === undefined ? { bytes } : detectBase64(text);
}

/**
 * Decodes a binary file in bare base64: a Java keystore, or a SEQUENCE, whose base64 starts with
 * "MI" to "MP".
 */
function detectBase64(text: string): { text: string } | { bytes: Uint8Array<ArrayBuffer> } {
  const bytes = text.includes("-----BEGIN ") ? undefined : decodeBase64(text);
  return bytes && (bytes[0] === SEQUENCE || isJavaKeystore(bytes)) ? { bytes } : { text };
}

/** Decodes bytes as text; returns `undefined` if they are binary. */
function decodeText(bytes: Uint8Array): string | undefined {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : "utf-8";
  const isLongSequence = bytes[0] === SEQUENCE && (bytes[1] ?? 0) >= 0x80;
  if (isLongSequence) return undefined;
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    // deno-lint-ignore no-control-regex -- Control characters distinguish binary from text.
    return /[\x00-\x08\x0e-\x1f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

function copyBytes(input: Uint8Array | ArrayBuffer): Uint8Array<ArrayBuffer> {
  return input instanceof ArrayBuffer ? new Uint8Array(input.slice(0)) : new Uint8Array(input);
}

/**
 * PEM: the textual encodings of RFC 7468, as programs write them.
 *
 * @module
 */
import { decodeBase64, encodeBase64 } from "../crypto/base64.ts";
import { malformed } from "../errors.ts";

/** A `-----BEGIN …-----` block. */
export interface PemBlock {
  /** The text after BEGIN, such as `CERTIFICATE`. */
  readonly label: string;
  /** The RFC 1421 headers in the block, such as `DEK-Info`. */
  readonly headers: ReadonlyMap<string, string>;
  /** The decoded contents. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The text of a private key with headers, which is decoded when the key is needed. */
  readonly body?: string;
}

/** A line that begins or ends a block. */
const MARKER = /^[\uFEFF \t]*-----(BEGIN|END) ([^\r\n-]{1,64})-----[ \t]*$/gm;
/** A word that may begin a block, in any spelling. */
const BEGIN = /begin/gi;
const NONE: ReadonlyMap<string, string> = new Map();
/** RFC 7468, section 2: each line except the last has 64 characters. */
const LINES = /.{1,64}/g;

/**
 * Reads all blocks of a PEM text, in the order of the file. Skips the text around the blocks, such
 * as "Bag Attributes" and comments (RFC 7468, section 5.2).
 *
 * @param text The text, with any line ends, with or without a byte order mark
 * @param max The number of blocks that the caller takes. Of more, one more is read
 * @returns The blocks; `undefined` if any part of them is not in the usual form
 */
export function scanPem(text: string, max: number = Infinity): PemBlock[] | undefined {
  const blocks: PemBlock[] = [];
  let open: { readonly label: string; readonly from: number } | undefined;
  for (const { 0: line, 1: word, 2: label = "", index } of text.matchAll(MARKER)) {
    const isBegin = word === "BEGIN";
    if (isBegin !== (open === undefined)) return undefined;
    if (open === undefined) {
      open = { label, from: index + line.length };
    } else {
      const body = text.slice(open.from, index);
      const hasHeaders = body.includes(":") && label.endsWith("PRIVATE KEY");
      const bytes = hasHeaders ? new Uint8Array(0) : decodeBase64(body);
      if (bytes === undefined || label !== open.label) return undefined;
      blocks.push({ label, headers: NONE, bytes, ...hasHeaders && { body } });
      if (blocks.length > max) return blocks;
      open = undefined;
    }
  }
  let others = -blocks.length;
  for (const _ of text.matchAll(BEGIN)) others++;
  return open === undefined && others === 0 ? blocks : undefined;
}

/**
 * Reads all blocks of a PEM text that a program wrote, as {@linkcode scanPem}.
 *
 * @param text The text
 * @param file The file's name in messages
 * @throws {McFetchError} `malformed_credentials` if the text is not in the usual form
 */
export function readPem(text: string, file: string): PemBlock[] {
  const blocks = scanPem(text);
  if (blocks) return blocks;
  throw malformed(file, "its PEM text is not in the usual form");
}

/**
 * Writes one PEM block.
 *
 * @param label The text after BEGIN
 * @param bytes The contents
 */
export function writePem(label: string, bytes: Uint8Array): string {
  const lines = encodeBase64(bytes).match(LINES) ?? [];
  return `-----BEGIN ${label}-----\n${[...lines, ""].join("\n")}-----END ${label}-----\n`;
}

/**
 * PEM text as environment variables, secrets, JSON, source code and joins have it: without line
 * ends, with other text in the same line, with other dashes. Loaded when a text is not in the usual
 * form.
 *
 * @module
 */
import { SEQUENCE } from "../asn1/tags.ts";
import type { Opening } from "../encryption/opening.ts";
import { malformed } from "../errors.ts";
import type { PemBlock } from "../keys/pem.ts";
import { decodeBlock, isEncryptedBlock } from "../keys/pem_block.ts";
import { findLabel } from "./labels.ts";
import { cleanBody, removeEscapes } from "./pem_escapes.ts";
import type { PemShape } from "./usual_shape.ts";

/** Part of a text that begins or ends a block. */
interface Marker {
  readonly isBegin: boolean;
  /** The label as in the text. */
  readonly label: string;
  readonly from: number;
  readonly to: number;
  /** True if it cannot be a remark: only white space is before it in its line. */
  readonly isSure: boolean;
  /** True if its line is a comment. */
  readonly isComment: boolean;
}

/** Hyphens, dashes and minus signs. Editors put dashes in the place of several hyphens. */
const DASHES = "-\u00ad\u2010-\u2015\u2212\ufe58\ufe63\uff0d";
const WORD = /begin|end/gi;
/** The character before BEGIN or END: a dash, white space, or none. */
const PREVIOUS = new RegExp(`^[${DASHES}\\s]?$`);
const BEFORE = new RegExp(`[${DASHES}]{0,16}[ \\t]?$`);
/** The label of RFC 7468, section 3, may have single hyphens. */
const AFTER = new RegExp(
  `(?:BEGIN|END)[ \\t_+]{0,4}([^\\s${DASHES}][^\\r\\n]{0,63}?)[ \\t]{0,4}` +
    `([${DASHES}]{2,16}|[${DASHES}]?(?=[\\r\\n]|$))`,
  "iy",
);
const COMMENT = /^\s*(?:[#;%]|\/\/|--)/;
const LINE_FEED = 10;
/** The text before a marker that is looked at. */
const MAX_PREFIX = 200;
/** The most parts that are reported. */
const MAX_REPORTED = 4;

/**
 * Reads all blocks of a PEM text in any form.
 *
 * @param text The text
 * @param opening The opening of the file
 * @throws {McFetchError} `malformed_credentials` if a block that stands alone has no end or is not
 * base64
 */
export async function readLoosePem(text: string, opening: Opening): Promise<PemShape> {
  const plain = removeEscapes(text);
  const parts = new Parts(plain, opening.file);
  let open: Marker | undefined;
  for (const marker of findMarkers(plain)) {
    if (marker === undefined) {
      await opening.takeTurn();
    } else if (marker.isBegin) {
      if (open) parts.close(open, undefined);
      open = marker;
    } else if (open) {
      parts.close(open, marker);
      open = undefined;
    } else {
      parts.report(marker, "has no BEGIN");
    }
  }
  if (open) parts.close(open, undefined);
  return parts;
}

/** The blocks of a text so far, and what is not understood. */
class Parts implements PemShape {
  readonly blocks: PemBlock[] = [];
  readonly unread: string[] = [];
  readonly #text: string;
  readonly #file: string;
  #line = 1;
  #counted = 0;

  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
  }

  /** Reports that a part is not understood. */
  report(marker: Marker, problem: string): void {
    const { unread } = this;
    if (unread.length === MAX_REPORTED) unread.push("others");
    if (unread.length > MAX_REPORTED) return;
    while (this.#counted < marker.from) {
      if (this.#text.charCodeAt(this.#counted++) === LINE_FEED) this.#line++;
    }
    const word = marker.isBegin ? "BEGIN" : "END";
    unread.push(`the ${word} ${marker.label} in line ${this.#line} ${problem}`);
  }

  /** Reads the block between BEGIN and END. */
  close(begin: Marker, end: Marker | undefined): void {
    if (begin.isComment) return this.report(begin, "is in a comment");
    const label = findLabel(begin.label) ?? begin.label;
    const block = end && decodeBody(label, this.#text.slice(begin.to, end.from));
    if (block && (begin.isSure || isLikely(block))) {
      this.blocks.push(block);
    } else if (!begin.isSure) {
      this.report(begin, end ? "has no base64 behind it" : "has no END");
    } else {
      const problem = end
        ? `the text of its ${label} block is not base64`
        : `the line "-----END ${label}-----" is missing`;
      throw malformed(this.#file, problem);
    }
  }
}

/** Decodes the text between BEGIN and END. Skips a remark behind BEGIN. */
function decodeBody(label: string, body: string): PemBlock | undefined {
  const block = decodeBlock(label, cleanBody(body));
  if (block && isLikely(block)) return block;
  const start = body.search(/[\r\n]/);
  return start < 0 ? block : decodeBlock(label, cleanBody(body.slice(start))) ?? block;
}

/** True if a block has the contents that all supported blocks have. */
function isLikely(block: PemBlock): boolean {
  return isEncryptedBlock(block) || block.bytes[0] === SEQUENCE;
}

/** Finds the parts that begin or end a block. Yields nothing for a turn of the event loop. */
function* findMarkers(text: string): Generator<Marker | undefined> {
  let last = 0;
  for (const { 0: word, index } of text.matchAll(WORD)) {
    yield undefined;
    if (index < last || !PREVIOUS.test(text.charAt(index - 1))) continue;
    AFTER.lastIndex = index;
    const after = AFTER.exec(text);
    if (after === null) continue;
    const [whole, label = "", right = ""] = after;
    const [left = ""] = BEFORE.exec(text.slice(Math.max(last, index - 17), index)) ?? [];
    const from = index - left.length;
    const before = text.slice(Math.max(last, from - MAX_PREFIX), from);
    const prefix = before.slice(Math.max(before.lastIndexOf("\n"), before.lastIndexOf("\r")) + 1);
    const isAlone = prefix.trim() === "";
    const isKnown = findLabel(label) !== undefined;
    const [hyphens, others] = [countHyphens(left), countHyphens(right)];
    const isUsual = hyphens === 5 && others === 5;
    // A comment may have dashes, too, such as "-- begin of the chain --".
    const isMarker = isUsual ||
      (isKnown
        ? hyphens + others >= 2 || hyphens + others === 0 && isAlone && left === ""
        : hyphens >= 3 && others >= 3 && word === word.toUpperCase());
    if (!isMarker) continue;
    last = index + whole.length;
    yield {
      isBegin: word.toUpperCase() === "BEGIN",
      label: label.toUpperCase().replace(/[^\x20-\x7e]/g, "?"),
      from,
      to: last,
      isSure: isAlone && (isUsual || isKnown),
      isComment: COMMENT.test(prefix),
    };
  }
}

/** Counts a dash as two hyphens, as the editors do. */
function countHyphens(dashes: string): number {
  let count = 0;
  for (const dash of dashes.trim()) count += dash === "-" ? 1 : 2;
  return count;
}

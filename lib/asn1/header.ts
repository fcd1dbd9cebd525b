/**
 * Identifier and length octets (X.690, sections 8.1.2, 8.1.3 and 8.1.5).
 *
 * The subset: tag numbers up to 30, lengths of up to 32 bits, and indefinite lengths in BER.
 *
 * @module
 */
import { CONSTRUCTED } from "./tags.ts";

/** BER for the containers; DER for certificates and keys (RFC 5280 and RFC 5958 require it). */
export type EncodingRules = "BER" | "DER";

/** Real files nest 14 deep at most. Each level of indefinite length costs one more scan. */
export const MAX_NESTING = 32;

/** Bytes of one structure, and the error for a fault in them. */
interface Source {
  readonly bytes: Uint8Array;
  readonly rules: EncodingRules;
  /** Counts an element. Throws if the file has too many. */
  count(): void;
  /** Returns the error for a fault in the structure. */
  fail(problem: string): Error;
}

/** Identifier and length octets. */
export interface Header {
  /** The identifier octet: class, constructed bit and number. */
  readonly tag: number;
  /** The position of the contents. */
  readonly from: number;
  /** The length of the contents; `undefined` if it is indefinite. */
  readonly length: number | undefined;
}

/** Reads the header at a position. `field` names the element in messages. */
export function readHeader(source: Source, at: number, field: string): Header {
  const { bytes, rules } = source;
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag !== undefined && (tag & 0x1f) === 0x1f) {
    throw source.fail(`has a wrong ${field}: the tag number must be <= 30`);
  }
  if (tag === undefined || first === undefined) throw source.fail(`ends inside its ${field}`);
  if (first === 0x80) {
    if (rules === "DER" || !(tag & CONSTRUCTED)) {
      throw source.fail(`has no length for its ${field}`);
    }
    return { tag, from: at + 2, length: undefined };
  }
  const { from, length } = first < 0x80
    ? { from: at + 2, length: first }
    : readLongLength(source, at + 2, first & 0x7f, field);
  if (length > bytes.length - from) {
    const left = Math.max(0, bytes.length - from);
    throw source.fail(
      `ends inside its ${field}: it should have ${length} bytes: ${left} are there`,
    );
  }
  return { tag, from, length };
}

function readLongLength(
  source: Source,
  at: number,
  octets: number,
  field: string,
): { from: number; length: number } {
  if (octets > 4) {
    throw source.fail(`has a wrong length for its ${field}: it must be at most 4 octets`);
  }
  let length = 0;
  const { bytes, rules } = source;
  for (const octet of bytes.subarray(at, at + octets)) length = length * 256 + octet;
  if (rules === "DER" && (length < 0x80 || length < 256 ** (octets - 1))) {
    throw source.fail(`has a padded length for its ${field}`);
  }
  return { from: at + octets, length };
}

/** Finds the end-of-contents octets of the contents at `from`, without recursion. */
export function findEndOfContents(source: Source, from: number, field: string): number {
  let open = 1;
  for (let at = from;;) {
    if (at >= source.bytes.length) throw source.fail(`ends inside its ${field}`);
    source.count();
    const header = readHeader(source, at, field);
    if (header.tag === 0) {
      if (header.length !== 0) throw source.fail(`has a wrong end of its ${field}`);
      if (--open === 0) return at;
    } else if (header.length === undefined && ++open > MAX_NESTING) {
      throw source.fail(`has a ${field} that is nested too deeply`);
    }
    at = header.from + (header.length ?? 0);
  }
}

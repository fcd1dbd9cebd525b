/**
 * ASN.1 in BER and DER (X.690), as much of it as key files hold.
 *
 * A reader of its own, because the files come from anywhere. It reads in place and only what is asked
 * for, field by field, so a hostile file is refused at the first field that is wrong, before anything
 * is built from it. A general decoder (asn1js was measured) builds a tree of the whole file first, at
 * ten times the cost, and cannot say which field of which structure was wrong.
 *
 * The subset: tag numbers up to 30, lengths up to 32 bits, indefinite lengths and strings in parts
 * where BER is allowed.
 *
 * @module
 */
import { concat, toBigInt } from "../crypto/bytes.ts";
import { malformed } from "../errors.ts";

export const BOOLEAN = 0x01;
export const INTEGER = 0x02;
export const BIT_STRING = 0x03;
export const OCTET_STRING = 0x04;
export const NULL = 0x05;
export const OBJECT_IDENTIFIER = 0x06;
export const BMP_STRING = 0x1e;
export const SEQUENCE = 0x30;
export const SET = 0x31;
/** The bit of an identifier octet that says that the contents are elements themselves. */
export const CONSTRUCTED = 0x20;

/** The identifier octet of `[n]`, constructed. */
export function contextTag(n: number): number {
  return 0x80 | CONSTRUCTED | n;
}

/** Real files nest 14 deep at most; each level of indefinite length costs one more scan of its contents. */
const MAX_NESTING = 32;
/** The longest identifiers in use are UUIDs under 2.25: 20 octets. Longer than this is an attack on the decoder. */
const MAX_OID_OCTETS = 40;
/** RSA with 16,384 bits, which is the most that OpenSSL takes, and the octet for the sign. */
const MAX_INTEGER_OCTETS = 2049;
/** X.660 assigns 0 to 5 and 9 under the root arc 0 (itu-t), and nothing above. */
const MAX_ITU_T_ARC = 9;

/** BER as the containers are written, DER as RFC 5280 and RFC 5958 ask of certificates and keys. */
export type EncodingRules = "BER" | "DER";

/** One encoded value. */
export interface Element {
  /** The identifier octet: class, constructed bit and number. */
  readonly tag: number;
  /** The contents, without the end-of-contents octets of an indefinite length. */
  readonly body: Uint8Array;
  /** Header and contents as they stand in the file. */
  readonly raw: Uint8Array;
}

/** Reads the fields of one structure in their order. */
export class Reader {
  readonly file: string;
  readonly #name: string;
  readonly #rules: EncodingRules;
  readonly #bytes: Uint8Array;
  readonly #depth: number;
  #position = 0;

  /**
   * @param bytes The contents to read
   * @param file What is being opened, for messages: "the PKCS#12 file"
   * @param name The structure that the contents belong to, for messages: "MacData"
   * @param rules Which encodings are accepted
   * @param depth How many structures this one is inside of
   */
  constructor(
    bytes: Uint8Array,
    file: string,
    name: string,
    rules: EncodingRules = "BER",
    depth = 0,
  ) {
    if (depth > MAX_NESTING) {
      throw malformed(file, `${name} is nested too deeply: the nesting must be <= ${MAX_NESTING}`);
    }
    this.#bytes = bytes;
    this.file = file;
    this.#name = name;
    this.#rules = rules;
    this.#depth = depth;
  }

  /** The identifier octet of the next element; `undefined` at the end. */
  get tag(): number | undefined {
    return this.#bytes[this.#position];
  }

  /** What is left, unread. */
  get rest(): Uint8Array {
    return this.#bytes.subarray(this.#position);
  }

  /** The next element, whatever it is. */
  readAny(field: string): Element {
    const start = this.#position;
    if (start >= this.#bytes.length) {
      throw this.fail(`ends before its ${field}`);
    }
    const { tag, from, length } = this.#header(start, field);
    if (length >= 0) {
      this.#position = from + length;
      return {
        tag,
        body: this.#slice(from, from + length),
        raw: this.#slice(start, from + length),
      };
    }
    const end = this.#endOfContents(from, field);
    this.#position = end + 2;
    return {
      tag,
      body: this.#slice(from, end),
      raw: this.#slice(start, end + 2),
    };
  }

  /** The next element, which must have the tag. */
  readElement(tag: number, field: string): Element {
    const found = this.tag;
    if (found !== undefined && found !== tag) {
      throw this.fail(
        `has a wrong ${field}: the tag must be ${tagText(tag)}: current value is ${tagText(found)}`,
      );
    }
    return this.readAny(field);
  }

  /** A reader of the next element's contents, which must have the tag. */
  enter(tag: number, field: string, rules: EncodingRules = this.#rules): Reader {
    return new Reader(this.readElement(tag, field).body, this.file, field, rules, this.#depth + 1);
  }

  enterSequence(field: string): Reader {
    return this.enter(SEQUENCE, field);
  }

  /** INTEGER of any size. */
  readInteger(field: string): bigint {
    const { body } = this.readElement(INTEGER, field);
    if (body.length === 0 || body.length > MAX_INTEGER_OCTETS) {
      const rule = `an integer must have 1 to ${MAX_INTEGER_OCTETS} octets`;
      throw this.fail(`has a wrong ${field}: ${rule}: current value has ${body.length}`);
    }
    const value = toBigInt(body);
    return body[0]! < 0x80 ? value : value - (1n << BigInt(8 * body.length));
  }

  /** OBJECT IDENTIFIER in dotted form. */
  readOid(field: string): string {
    const { body } = this.readElement(OBJECT_IDENTIFIER, field);
    if (body.length === 0 || body.length > MAX_OID_OCTETS) {
      throw this.fail(
        `has a wrong ${field}: an object identifier must have 1 to ${MAX_OID_OCTETS} octets`,
      );
    }
    const arcs: bigint[] = [];
    let arc = 0n;
    for (const [at, octet] of body.entries()) {
      if (octet === 0x80 && (at === 0 || body[at - 1]! < 0x80)) {
        throw this.fail(`has a padded arc in its ${field}`);
      }
      arc = (arc << 7n) | BigInt(octet & 0x7f);
      if (octet >= 0x80) continue;
      arcs.push(arc);
      arc = 0n;
    }
    if (body.at(-1)! >= 0x80) throw this.fail(`has an unfinished ${field}`);
    const first = arcs[0]!;
    const root = first < 40n ? 0n : first < 80n ? 1n : 2n;
    if (root === 0n && first > MAX_ITU_T_ARC) {
      throw this.fail(`has a ${field} that nobody can assign: 0.${first}`);
    }
    return [root, first - 40n * root, ...arcs.slice(1)].join(".");
  }

  /** OCTET STRING, whole or in parts, or another tag that stands for one. */
  readOctets(field: string, tag: number = OCTET_STRING): Uint8Array {
    if (this.#rules === "BER" && this.tag === (tag | CONSTRUCTED)) {
      return concat(this.enter(tag | CONSTRUCTED, field).#parts(field));
    }
    return this.readElement(tag, field).body;
  }

  /** BIT STRING of whole octets. */
  readBits(field: string): Uint8Array {
    const { body } = this.readElement(BIT_STRING, field);
    if (body[0] !== 0) {
      throw this.fail(`has a wrong ${field}: it must be a whole number of octets`);
    }
    return body.subarray(1);
  }

  /** Nothing may be left. */
  expectEnd(): void {
    const left = this.#bytes.length - this.#position;
    if (left > 0) throw this.fail(`has ${left} bytes more than it should`);
  }

  /** The error that says what is wrong with this structure. */
  fail(problem: string): Error {
    return malformed(this.file, `${this.#name} ${problem}`);
  }

  *#parts(field: string): Generator<Uint8Array> {
    while (this.tag !== undefined) yield this.readOctets(field);
  }

  #slice(from: number, to: number): Uint8Array {
    return this.#bytes.subarray(from, to);
  }

  /** Identifier and length octets; the length is -1 where it is indefinite. */
  #header(at: number, field: string): { tag: number; from: number; length: number } {
    const bytes = this.#bytes;
    const tag = bytes[at]!;
    if ((tag & 0x1f) === 0x1f) {
      throw this.fail(`has a wrong ${field}: the tag number must be <= 30`);
    }
    const first = bytes[at + 1];
    if (first === undefined) throw this.fail(`ends inside its ${field}`);
    let from = at + 2;
    let length = first;
    if (first === 0x80) {
      if (this.#rules === "DER" || !(tag & CONSTRUCTED)) {
        throw this.fail(`has no length for its ${field}`);
      }
      return { tag, from, length: -1 };
    }
    if (first > 0x80) {
      const octets = first & 0x7f;
      if (octets > 4) {
        throw this.fail(`has a wrong length for its ${field}: it must be at most 4 octets`);
      }
      length = 0;
      for (const octet of bytes.subarray(from, from + octets)) {
        length = length * 256 + octet;
      }
      from += octets;
      if (this.#rules === "DER" && (length < 0x80 || length < 256 ** (octets - 1))) {
        throw this.fail(`has a padded length for its ${field}`);
      }
    }
    if (length > bytes.length - from) {
      const left = Math.max(0, bytes.length - from);
      throw this.fail(
        `ends inside its ${field}: it should have ${length} bytes: ${left} are there`,
      );
    }
    return { tag, from, length };
  }

  /** Where the end-of-contents octets are that close the contents at `from`. Without recursion. */
  #endOfContents(from: number, field: string): number {
    let open = 1;
    for (let at = from;;) {
      if (at >= this.#bytes.length) throw this.fail(`ends inside its ${field}`);
      const header = this.#header(at, field);
      if (header.tag === 0) {
        if (header.length !== 0) {
          throw this.fail(`has a wrong end of its ${field}`);
        }
        if (--open === 0) return at;
        at = header.from;
      } else if (header.length < 0) {
        if (++open > MAX_NESTING) {
          throw this.fail(`has a ${field} that is nested too deeply`);
        }
        at = header.from;
      } else {
        at = header.from + header.length;
      }
    }
  }
}

function tagText(octet: number): string {
  return `0x${octet.toString(16).padStart(2, "0")}`;
}

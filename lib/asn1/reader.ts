/**
 * A strict reader of ASN.1 in BER and DER (X.690), as far as key files use it.
 *
 * Key files come from anywhere. The reader works in place and reads field by field, so it rejects a
 * hostile file at the first wrong field, before anything is built from it. A general decoder builds
 * a tree of the whole file first, and cannot name the wrong field. asn1js was ten times slower.
 *
 * The subset: the headers that `header.ts` supports, and strings in parts in BER.
 *
 * @module
 */
import { concat, toBigInt } from "../crypto/bytes.ts";
import { malformed } from "../errors.ts";
import { type EncodingRules, findEndOfContents, MAX_NESTING, readHeader } from "./header.ts";
import {
  BIT_STRING,
  CONSTRUCTED,
  INTEGER,
  OBJECT_IDENTIFIER,
  OCTET_STRING,
  SEQUENCE,
} from "./tags.ts";
import { writeElement } from "./writer.ts";

/** The longest identifiers in use are UUIDs under 2.25: 20 octets. */
const MAX_OID_OCTETS = 40;
/** RSA with 16,384 bits, the most that OpenSSL accepts, and the octet of the sign. */
const MAX_INTEGER_OCTETS = 2049;
/** X.660 assigns 0 to 5 and 9 under the root arc 0 (itu-t). */
const MAX_ITU_T_ARC = 9;

/**
 * The most elements that are read of a file, each as often as it is read. A file with 1024 bags has
 * 20,000. This many take 25 ms.
 */
const MAX_ELEMENTS = 65_536;
/** The deepest nesting of a string in parts. OpenSSL has the same limit. */
const MAX_STRING_NESTING = 5;

/** The elements that were read of a file. */
interface Count {
  elements: number;
}

/** One encoded value. */
export interface Element {
  /** The identifier octet: class, constructed bit and number. */
  readonly tag: number;
  /** The contents, without the end-of-contents octets of an indefinite length. */
  readonly body: Uint8Array;
  /** Header and contents, as in the file. */
  readonly raw: Uint8Array;
}

/** A reader of the fields of one structure, in their order. */
export class Reader {
  readonly bytes: Uint8Array;
  readonly file: string;
  readonly rules: EncodingRules;
  readonly #name: string;
  readonly #depth: number;
  readonly #count: Count;
  #position = 0;

  /**
   * Starts at the first field.
   *
   * @param bytes The contents of the structure
   * @param file The file's name in messages, such as "the PKCS#12 file"
   * @param name The structure's name in messages, such as "MacData"
   * @param rules The accepted encodings
   * @param depth The number of structures around this structure
   * @param count The elements that were read of the structures around this structure
   */
  constructor(
    bytes: Uint8Array,
    file: string,
    name: string,
    rules: EncodingRules = "BER",
    depth = 0,
    count: Count = { elements: 0 },
  ) {
    if (depth > MAX_NESTING) {
      throw malformed(file, `${name} is nested too deeply: the nesting must be <= ${MAX_NESTING}`);
    }
    this.bytes = bytes;
    this.file = file;
    this.#name = name;
    this.rules = rules;
    this.#depth = depth;
    this.#count = count;
  }

  /** The identifier octet of the next element; `undefined` at the end. */
  get tag(): number | undefined {
    return this.bytes[this.#position];
  }

  /** The bytes after the last element that was read. */
  get rest(): Uint8Array {
    return this.bytes.subarray(this.#position);
  }

  /** Reads the next element, of any tag. */
  readAny(field: string): Element {
    const start = this.#position;
    if (start >= this.bytes.length) throw this.fail(`ends before its ${field}`);
    this.count();
    const { tag, from, length } = readHeader(this, start, field);
    const end = length === undefined ? findEndOfContents(this, from, field) : from + length;
    this.#position = length === undefined ? end + 2 : end;
    const raw = this.bytes.subarray(start, this.#position);
    return { tag, body: this.bytes.subarray(from, end), raw };
  }

  /** Reads the next element, which must have the tag. */
  readElement(tag: number, field: string): Element {
    const found = this.tag;
    if (found !== undefined && found !== tag) {
      throw this.fail(
        `has a wrong ${field}: the tag must be ${tagText(tag)}: current value is ${tagText(found)}`,
      );
    }
    return this.readAny(field);
  }

  /** Reads the next element, of any tag. Rewrites the length in DER unless it has parts. */
  readValue(field: string): Element {
    const { tag, body, raw } = this.readAny(field);
    return { tag, body, raw: tag & CONSTRUCTED ? raw : writeElement(tag, body) };
  }

  /** Returns a reader of the contents of the next element, which must have the tag. */
  enter(tag: number, field: string, rules: EncodingRules = this.rules): Reader {
    const { body } = this.readElement(tag, field);
    return new Reader(body, this.file, field, rules, this.#depth + 1, this.#count);
  }

  /** Returns a reader of the contents of a SEQUENCE. */
  enterSequence(field: string): Reader {
    return this.enter(SEQUENCE, field);
  }

  /** Reads an INTEGER of any size. */
  readInteger(field: string): bigint {
    const { body } = this.readElement(INTEGER, field);
    const [first] = body;
    if (first === undefined || body.length > MAX_INTEGER_OCTETS) {
      const rule = `an integer must have 1 to ${MAX_INTEGER_OCTETS} octets`;
      throw this.fail(`has a wrong ${field}: ${rule}: current value has ${body.length}`);
    }
    const value = toBigInt(body);
    return first < 0x80 ? value : value - (1n << BigInt(8 * body.length));
  }

  /** Reads an OBJECT IDENTIFIER in dotted form. */
  readOid(field: string): string {
    const { body } = this.readElement(OBJECT_IDENTIFIER, field);
    if (body.length === 0 || body.length > MAX_OID_OCTETS) {
      throw this.fail(
        `has a wrong ${field}: an object identifier must have 1 to ${MAX_OID_OCTETS} octets`,
      );
    }
    const arcs: bigint[] = [];
    let arc: bigint | undefined;
    for (const octet of body) {
      if (octet === 0x80 && arc === undefined) throw this.fail(`has a padded arc in its ${field}`);
      arc = ((arc ?? 0n) << 7n) | BigInt(octet & 0x7f);
      if (octet >= 0x80) continue;
      arcs.push(arc);
      arc = undefined;
    }
    const [first, ...rest] = arcs;
    if (arc !== undefined || first === undefined) throw this.fail(`has an unfinished ${field}`);
    const root = first < 40n ? 0n : first < 80n ? 1n : 2n;
    if (root === 0n && first > MAX_ITU_T_ARC) {
      throw this.fail(`has a ${field} that nobody can assign: 0.${first}`);
    }
    return [root, first - 40n * root, ...rest].join(".");
  }

  /** Reads an OCTET STRING, whole or in parts, or another tag that stands for an OCTET STRING. */
  readOctets(field: string, tag: number = OCTET_STRING, nesting = 0): Uint8Array {
    if (this.rules === "BER" && this.tag === (tag | CONSTRUCTED)) {
      if (nesting >= MAX_STRING_NESTING) {
        throw this.fail(`has a ${field} that is nested too deeply`);
      }
      return concat(this.enter(tag | CONSTRUCTED, field).#readParts(field, nesting + 1));
    }
    return this.readElement(tag, field).body;
  }

  /** Reads a BIT STRING of whole octets. */
  readBits(field: string): Uint8Array {
    const { body } = this.readElement(BIT_STRING, field);
    if (body[0] !== 0) {
      throw this.fail(`has a wrong ${field}: it must be a whole number of octets`);
    }
    return body.subarray(1);
  }

  /** Throws if an element is left. */
  expectEnd(): void {
    const left = this.bytes.length - this.#position;
    if (left > 0) throw this.fail(`has ${left} bytes more than it should`);
  }

  /** Counts an element. Throws if the file has too many. */
  count(): void {
    if (++this.#count.elements <= MAX_ELEMENTS) return;
    throw this.fail(`has too many elements: the number of elements must be <= ${MAX_ELEMENTS}`);
  }

  /** Returns the error for a fault in this structure. */
  fail(problem: string): Error {
    return malformed(this.file, `${this.#name} ${problem}`);
  }

  *#readParts(field: string, nesting: number): Generator<Uint8Array> {
    while (this.tag !== undefined) yield this.readOctets(field, OCTET_STRING, nesting);
  }
}

function tagText(tag: number): string {
  return `0x${tag.toString(16).padStart(2, "0")}`;
}

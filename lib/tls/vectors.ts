/**
 * The presentation language of TLS (RFC 8446, section 3): numbers, and vectors with their length.
 *
 * @module
 */
import { concat } from "../crypto/bytes.ts";

/** Error about bytes that do not follow the protocol. */
export class TlsFormatError extends Error {
  /** Makes the error. */
  constructor(message: string) {
    super(message);
    this.name = "TlsFormatError";
  }
}

/** Reader of the fields of one structure, in their order. */
export class Fields {
  readonly #bytes: Uint8Array;
  #position = 0;

  /** Starts at the first field. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** True if no byte is left. */
  get ended(): boolean {
    return this.#position === this.#bytes.length;
  }

  /** Reads a number. */
  readNumber(size: 1 | 2 | 3): number {
    return this.readBytes(size).reduce((number, byte) => number * 256 + byte, 0);
  }

  /** Reads bytes of a fixed length. */
  readBytes(length: number): Uint8Array<ArrayBuffer> {
    const end = this.#position + length;
    if (end > this.#bytes.length) throw new TlsFormatError("a field is longer than its structure");
    const bytes = this.#bytes.slice(this.#position, end);
    this.#position = end;
    return bytes;
  }

  /** Reads a vector: its length in `size` bytes, and its contents. */
  readVector(size: 1 | 2 | 3): Uint8Array<ArrayBuffer> {
    return this.readBytes(this.readNumber(size));
  }

  /** Reads numbers of two bytes until the end. */
  readNumbers(): number[] {
    const numbers: number[] = [];
    while (!this.ended) numbers.push(this.readNumber(2));
    return numbers;
  }
}

/** Writes a number. */
export function writeNumber(value: number, size: 1 | 2 | 3): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: size }, (_, index) => value >> (8 * (size - 1 - index)));
}

/** Writes numbers of two bytes. */
export function writeNumbers(values: readonly number[]): Uint8Array<ArrayBuffer> {
  return concat(values.map((value) => writeNumber(value, 2)));
}

/** Writes a vector: its length in `size` bytes, and its contents. */
export function writeVector(size: 1 | 2 | 3, ...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const contents = concat(parts);
  return concat([writeNumber(contents.length, size), contents]);
}

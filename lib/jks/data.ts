/**
 * Java's binary data (`java.io.DataInput`): numbers with the most significant byte first, and text
 * in modified UTF-8.
 *
 * @module
 */
import { joinUnits } from "../crypto/bytes.ts";
import { malformed } from "../errors.ts";

/** Reads fields one after the other. Every length is checked before its bytes are taken. */
export class DataReader {
  /** The file's name in messages. */
  readonly file: string;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #position = 0;

  /** Starts at the first byte. */
  constructor(bytes: Uint8Array, file: string) {
    this.file = file;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The bytes before the next field. */
  get before(): Uint8Array {
    return this.#bytes.subarray(0, this.#position);
  }

  /** The bytes from the next field to the end. */
  get rest(): Uint8Array {
    return this.#bytes.subarray(this.#position);
  }

  /** Reads an unsigned byte. */
  readByte(field: string): number {
    return this.#view.getUint8(this.#advance(1, field));
  }

  /** Reads an unsigned number of two bytes. */
  readShort(field: string): number {
    return this.#view.getUint16(this.#advance(2, field));
  }

  /** Reads a number of four bytes. Java writes no negative numbers here. */
  readInt(field: string): number {
    return this.#view.getUint32(this.#advance(4, field));
  }

  /** Reads this many bytes. */
  readBytes(length: number, field: string): Uint8Array {
    const start = this.#advance(length, field);
    return this.#bytes.subarray(start, start + length);
  }

  /** Reads bytes behind their length in four bytes. */
  readBlock(field: string): Uint8Array {
    return this.readBytes(this.readInt(`length of ${field}`), field);
  }

  /** Skips this many bytes. */
  skip(length: number, field: string): void {
    this.#advance(length, field);
  }

  /**
   * Reads text behind its length in two bytes. Modified UTF-8 encodes each UTF-16 code unit by
   * itself, so a character outside the BMP has six bytes, and it encodes U+0000 in two bytes.
   */
  readText(field: string): string {
    const bytes = this.readBytes(this.readShort(`length of ${field}`), field);
    const units = new Uint16Array(bytes.length);
    let count = 0;
    for (let i = 0; i < bytes.length;) {
      const first = bytes[i++] ?? 0;
      // 0xxxxxxx, 110xxxxx 10xxxxxx, or 1110xxxx 10xxxxxx 10xxxxxx
      const more = first < 0x80 ? 0 : first >> 5 === 0b110 ? 1 : first >> 4 === 0b1110 ? 2 : -1;
      let unit = more <= 0 ? first : first & (0x3f >> more);
      let isValid = more >= 0;
      for (let left = more; left > 0; left--) {
        const byte = bytes[i++] ?? 0;
        isValid &&= byte >> 6 === 0b10;
        unit = unit << 6 | byte & 0x3f;
      }
      if (!isValid) throw malformed(this.file, `the ${field} is not modified UTF-8`);
      units[count++] = unit;
    }
    return joinUnits(units.subarray(0, count));
  }

  /** Moves behind the next bytes and returns where they start. */
  #advance(length: number, field: string): number {
    const start = this.#position;
    const left = this.#bytes.length - start;
    if (length > left) {
      const rule = `the ${field} must have ${length} bytes: only ${left} are left in the file`;
      throw malformed(this.file, rule);
    }
    this.#position += length;
    return start;
  }
}

/**
 * Handshake messages (RFC 8446, section 4): what the contents of records are divided into.
 *
 * @module
 */
import { concat } from "../crypto/bytes.ts";

/** The type and the length before a message, in bytes. */
const HEADER = 4;

/** Divides the contents of handshake records into messages. A message may span records. */
export class MessageSplitter {
  readonly #maxBytes: number;
  #rest: Uint8Array<ArrayBuffer> = new Uint8Array(0);

  /**
   * Starts without bytes.
   *
   * @param maxBytes The longest message. What is kept of a longer one is dropped
   */
  constructor(maxBytes: number = Infinity) {
    this.#maxBytes = maxBytes;
  }

  /** Takes the contents of a record, and returns the messages that they complete, with header. */
  split(contents: Uint8Array): Uint8Array<ArrayBuffer>[] {
    const messages: Uint8Array<ArrayBuffer>[] = [];
    let rest = concat([this.#rest, contents]);
    while (rest.length >= HEADER) {
      const end = HEADER + new DataView(rest.buffer, rest.byteOffset).getUint32(0) % 0x1000000;
      if (rest.length < end) break;
      messages.push(rest.slice(0, end));
      rest = rest.subarray(end);
    }
    this.#rest = rest.length > this.#maxBytes ? new Uint8Array(0) : rest;
    return messages;
  }
}

/** Returns the contents of a message. */
export function contentsOf(message: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return message.slice(HEADER);
}

/**
 * Records (RFC 8446, section 5.1): what the bytes of a connection are divided into.
 *
 * @module
 */
import { concat } from "../crypto/bytes.ts";

/** Bytes read at most: long lists of accepted CAs are some 100 kB. */
const MAX_BYTES = 512 * 1024;

/** One record. */
export interface TlsRecord {
  /** 20 change_cipher_spec, 21 alert, 22 handshake, 23 application_data. */
  readonly type: number;
  /** The five bytes before the contents. */
  readonly header: Uint8Array<ArrayBuffer>;
  readonly contents: Uint8Array<ArrayBuffer>;
}

/** Divides the bytes of one direction of a connection into records. */
export class RecordSplitter {
  #rest: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  /** True if the bytes are no records of TLS. */
  isForeign = false;

  /** Takes bytes, and returns the records that they complete. */
  split(bytes: Uint8Array): TlsRecord[] {
    const records: TlsRecord[] = [];
    let rest = concat([this.#rest, bytes]);
    while (rest.length >= 5 && !this.isForeign) {
      const [type = 0, major, , high = 0, low = 0] = rest;
      // RFC 8446, section 5.2: an encrypted record has 256 bytes more at most; TLS 1.2, 2048.
      this.isForeign = type < 20 || type > 23 || major !== 3 || (high << 8 | low) > 2 ** 14 + 2048;
      const end = 5 + (high << 8 | low);
      if (this.isForeign || rest.length < end) break;
      records.push({ type, header: rest.slice(0, 5), contents: rest.slice(5, end) });
      rest = rest.subarray(end);
    }
    this.#rest = this.isForeign ? new Uint8Array(0) : rest;
    return records;
  }
}

/** Reads records from a connection. */
export class RecordReader {
  readonly #source: { read(): Promise<Uint8Array | undefined> };
  readonly #splitter = new RecordSplitter();
  #records: TlsRecord[] = [];
  #bytes = 0;

  /** Reads from `source`. */
  constructor(source: { read(): Promise<Uint8Array | undefined> }) {
    this.#source = source;
  }

  /** True if the bytes are no records of TLS. */
  get isForeign(): boolean {
    return this.#splitter.isForeign;
  }

  /** Waits for a record. Returns undefined if none comes any more. */
  async read(): Promise<TlsRecord | undefined> {
    while (this.#records.length === 0) {
      if (this.isForeign || this.#bytes > MAX_BYTES) return undefined;
      const bytes = await this.#source.read();
      if (bytes === undefined) return undefined;
      this.#bytes += bytes.length;
      this.#records = this.#splitter.split(bytes);
    }
    return this.#records.shift();
  }
}

/**
 * Watches the bytes of a TLS connection that others made: which version and cipher it has, and, as
 * far as TLS 1.2 shows it, whether the server asked for a certificate and the client sent one.
 *
 * @module
 */
import { MESSAGE } from "./client_hello.ts";
import { contentsOf, MessageSplitter } from "./messages.ts";
import { CIPHER_SUITES, nameOf, TLS_1_3, VERSIONS } from "./parameters.ts";
import { RecordSplitter } from "./records.ts";
import { readCertificateMessage, readServerHello } from "./server_messages.ts";

/** What was seen of a connection. Absent members were not seen. */
export interface Watched {
  /** The version, such as `TLS 1.2`. */
  version?: string;
  /** The cipher suite, by its IANA name. */
  cipher?: string;
  /** True if the client sent a certificate. TLS 1.3 encrypts it. */
  isSent?: boolean;
  /** True if the server began a second handshake after the request (TLS 1.2 renegotiation). */
  isAskedLate?: true;
}

/** Bytes of a handshake that are kept at most, in one direction. */
const MAX_HANDSHAKE = 256 * 1024;

/** One direction: messages as long as they are not encrypted. */
class Direction {
  readonly #splitter = new RecordSplitter();
  readonly #messages = new MessageSplitter(MAX_HANDSHAKE);
  isEncrypted = false;
  hasData = false;

  /** Takes bytes. Calls back with each message that is not encrypted, and each record that is. */
  take(
    bytes: Uint8Array,
    onMessage: (type: number, contents: Uint8Array) => void,
    onEncrypted: (type: number) => void = () => {},
  ): void {
    for (const { type, contents } of this.#splitter.split(bytes)) {
      if (type === 20 || type === 23) this.isEncrypted = true;
      if (type === 23) this.hasData = true;
      if (type !== 22) continue;
      if (this.isEncrypted) {
        onEncrypted(type);
        continue;
      }
      for (const message of this.#messages.split(contents)) {
        onMessage(message[0] ?? 0, contentsOf(message));
      }
    }
  }
}

/** Watcher of one connection. It never fails: what it cannot read, it did not see. */
export class Watcher {
  /** What was seen so far. */
  readonly seen: Watched = {};
  readonly #client = new Direction();
  readonly #server = new Direction();

  /** Takes bytes that the client sent. */
  takeFromClient(bytes: Uint8Array): void {
    this.#try(() =>
      this.#client.take(bytes, (type, contents) => {
        if (type !== MESSAGE.certificate) return;
        this.seen.isSent = readCertificateMessage(contents, false).length > 0;
      })
    );
  }

  /** Takes bytes that the server sent. */
  takeFromServer(bytes: Uint8Array): void {
    const onMessage = (type: number, contents: Uint8Array) => {
      if (type !== MESSAGE.serverHello) return;
      const { version, cipherSuite } = readServerHello(contents);
      this.seen.version = nameOf(VERSIONS, version);
      this.seen.cipher = nameOf(CIPHER_SUITES, cipherSuite);
      this.#isTls13 = version === TLS_1_3;
    };
    const onEncrypted = () => {
      // The server's Finished is encrypted too, but it comes before the client has sent data.
      if (!this.#isTls13 && this.#client.hasData) this.seen.isAskedLate = true;
    };
    this.#try(() => this.#server.take(bytes, onMessage, onEncrypted));
  }

  #isTls13 = false;

  #try(work: () => void): void {
    try {
      work();
    } catch { // it was not seen
    }
  }
}

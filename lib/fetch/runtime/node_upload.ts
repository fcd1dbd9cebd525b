/**
 * The body of a request on Node, if it is a blob or a stream.
 *
 * @module
 */

/** Reads a stream for undici. Whoever ends the request cancels the stream. */
export class Upload implements AsyncIterable<Uint8Array> {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #fail: (error: unknown) => void;

  /** @param fail Learns the error of the stream before undici does */
  constructor(stream: ReadableStream<Uint8Array>, fail: (error: unknown) => void) {
    this.#reader = stream.getReader();
    this.#fail = fail;
  }

  /** Yields the chunks of the stream. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const { done, value } = await this.#reader.read();
        if (done) return;
        if (!isBytes(value)) throw new TypeError("the body has a chunk that is not a Uint8Array");
        yield value;
      }
    } catch (error) {
      // undici takes an error such as `undefined` for none, and would end the body as complete.
      this.#fail(error);
      throw new Error("the body of the request failed", { cause: error });
    } finally {
      this.cancel();
    }
  }

  /** Tells the stream that nobody reads on. Has no effect on a stream that ended or failed. */
  cancel(reason?: unknown): void {
    this.#reader.cancel(reason).catch(() => {});
  }
}

/** A `Uint8Array` may come from another realm. */
function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) &&
    (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] === "Uint8Array";
}

/**
 * Content codings of a response on Node, decoded as the built-in `fetch` does.
 *
 * @module
 */
import type { Transform } from "node:stream";

/** The functions of `node:zlib`. zstd came with Node 22.15. */
export type Zlib = typeof import("node:zlib") & { createZstdDecompress?(): Transform };

/** A sender of the body of a response. */
export interface Source {
  /** Sends on after it was told to wait. */
  resume(): void;
}

/** A receiver of the body of a response. */
export interface Sink {
  /** Names the source that waits when {@linkcode write} returned false. */
  follow(source: Source): void;
  /** Takes a chunk. Returns false if the source should wait until it is resumed. */
  write(chunk: Uint8Array): boolean;
  /** Learns that there are no more chunks. */
  end(): void;
}

/** Codings that a response may have at most, as in the built-in `fetch` of Node 26. */
const MAX_CODINGS = 5;

/** Makes the decoder of a coding. `first` is the first byte of the encoded body. */
type MakeDecoder = (first: number) => Transform;

/**
 * Puts the decoders for a `content-encoding` header between a source and a sink. There are none if
 * one of the codings is not known.
 *
 * @param fail Learns that a body cannot be decoded
 * @returns The steps. The source writes to the first; the last writes to the sink
 * @throws {Error} if there are too many codings
 */
export function openDecodings(
  zlib: Zlib,
  contentEncoding: string,
  [source, sink]: [Source, Sink],
  fail: (error: Error) => void,
): readonly Decoding[] {
  const codings = contentEncoding.toLowerCase().split(",");
  if (codings.length > MAX_CODINGS) {
    throw new Error(`the response has ${codings.length} content codings; at most ${MAX_CODINGS}`);
  }
  const decoders = codings.map((coding) => findDecoder(zlib, coding.trim()))
    .filter((make) => make !== undefined);
  const steps: Decoding[] = [];
  if (decoders.length === codings.length) {
    for (const make of decoders) { // the coding that was applied first is the last to decode
      steps.unshift(new Decoding(make, steps[0] ?? sink, fail));
    }
  }
  [...steps, sink].forEach((step, index) => step.follow(steps[index - 1] ?? source));
  return steps;
}

function findDecoder(zlib: Zlib, coding: string): MakeDecoder | undefined {
  const { Z_SYNC_FLUSH, BROTLI_OPERATION_FLUSH } = zlib.constants;
  // A body that lacks its end is accepted, as by curl and browsers: some servers cut the trailer.
  const lenient = { flush: Z_SYNC_FLUSH, finishFlush: Z_SYNC_FLUSH };
  switch (coding) {
    case "gzip":
    case "x-gzip":
      return () => zlib.createGunzip(lenient);
    case "deflate": // RFC 1950; some servers send RFC 1951 without its frame
      return (first) =>
        (first & 0x0f) === 8 ? zlib.createInflate(lenient) : zlib.createInflateRaw(lenient);
    case "br":
      return () =>
        zlib.createBrotliDecompress({
          flush: BROTLI_OPERATION_FLUSH,
          finishFlush: BROTLI_OPERATION_FLUSH,
        });
    case "zstd":
      return zlib.createZstdDecompress;
  }
}

/** One step: decodes one coding. */
export class Decoding implements Sink, Source {
  readonly #make: MakeDecoder;
  readonly #to: Sink;
  readonly #fail: (error: Error) => void;
  #from: Source | undefined;
  #decoder: Transform | undefined;

  /** Makes a step that writes to `to`. */
  constructor(make: MakeDecoder, to: Sink, fail: (error: Error) => void) {
    this.#make = make;
    this.#to = to;
    this.#fail = fail;
  }

  follow(source: Source): void {
    this.#from = source;
  }

  write(chunk: Uint8Array): boolean {
    return (this.#decoder ??= this.#open(chunk[0] ?? 0)).write(chunk);
  }

  /** A body without a byte is empty, whatever its coding is. */
  end(): void {
    if (this.#decoder === undefined) this.#to.end();
    else this.#decoder.end();
  }

  resume(): void {
    this.#decoder?.resume();
  }

  /** Ends the work. */
  destroy(): void {
    this.#decoder?.destroy();
  }

  #open(first: number): Transform {
    const decoder = this.#make(first);
    return decoder
      .on("data", (chunk) => {
        if (!this.#to.write(chunk)) decoder.pause();
      })
      .on("drain", () => this.#from?.resume())
      .on("end", () => this.#to.end())
      .on("error", this.#fail);
  }
}

/**
 * The body of a response on Node, as the source of a byte stream.
 *
 * @module
 */
import type { RunLater } from "./node_pools.ts";
import type { Sink, Source } from "./node_decode.ts";

/** Bytes that wait in a stream before the server has to wait too. */
const LIMIT = 64 * 1024;

/** The request that a body belongs to. */
export interface DownloadOwner {
  /** Ends the request: its body was cancelled, or nobody can read it any more. */
  cancelDownload(): void;
  /** Learns that the body was read to its end. */
  finishDownload(): void;
}

/** Ends the requests whose body nobody can read any more. */
const forgotten = new FinalizationRegistry<Download>((download) => download.cancel());

/** Downloads that came in this turn. Most end in it and need no weak reference, which is slow. */
const recent: Download[] = [];

/**
 * Feeds a byte stream. After its first turn it holds the stream strongly only while a read waits:
 * a stream that the caller dropped can be collected, and its connection with it.
 */
export class Download implements Sink {
  readonly type = "bytes";
  readonly #owner: DownloadOwner;
  readonly #runLater: RunLater;
  #source: Source | undefined;
  /** The stream, in its first turn and while a read waits. */
  #strong: ReadableByteStreamController | undefined;
  #weak: WeakRef<ReadableByteStreamController> | undefined;
  /** True if a read waits. */
  #isRead = false;
  /** True if all chunks came. */
  #ended = false;
  /** True if the stream was closed, cancelled or failed. */
  #closed = false;

  constructor(owner: DownloadOwner, runLater: RunLater) {
    this.#owner = owner;
    this.#runLater = runLater;
  }

  follow(source: Source): void {
    this.#source = source;
  }

  start(controller: ReadableByteStreamController): void {
    this.#strong = controller;
    if (recent.push(this) === 1) this.#runLater(loosenRecent);
  }

  /** Called when a read waits, since a byte stream asks for nothing in advance. */
  pull(controller: ReadableByteStreamController): void {
    if (this.#ended) return this.#close(controller);
    this.#isRead = true;
    this.#strong = controller;
    this.#source?.resume();
  }

  cancel(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#owner.cancelDownload();
  }

  /** Copies the chunk: the stream takes the memory over, and undici and zlib share theirs. */
  write(chunk: Uint8Array): boolean {
    // After a pause, undici may report a part without bytes. A byte stream rejects it.
    if (chunk.length === 0) return true;
    const controller = this.#take();
    controller?.enqueue(new Uint8Array(chunk));
    return controller === undefined || (controller.desiredSize ?? 0) > -LIMIT;
  }

  /** What waits in the stream can still be aborted, so the stream is closed when that was read. */
  end(): void {
    this.#ended = true;
    const controller = this.#take();
    if (controller?.desiredSize === 0) this.#close(controller);
  }

  /** Fails the stream, also for what waits in it. */
  fail(error: unknown): void {
    const controller = this.#take();
    this.#closed = true;
    controller?.error(error);
  }

  /** Lets go of the stream, unless a read waits. */
  loosen(): void {
    const controller = this.#strong;
    if (controller === undefined || this.#closed) return this.#drop();
    this.#weak = new WeakRef(controller);
    forgotten.register(controller, this);
    if (!this.#isRead) this.#drop();
  }

  #close(controller: ReadableByteStreamController): void {
    if (this.#closed) return;
    this.#closed = true;
    controller.close();
    controller.byobRequest?.respond(0); // a read into the caller's buffer ends with this
    this.#owner.finishDownload();
  }

  /** Returns the stream, if it is still there and open. A read that waited is about to end. */
  #take(): ReadableByteStreamController | undefined {
    const controller = this.#strong ?? this.#weak?.deref();
    this.#isRead = false;
    if (this.#weak !== undefined) this.#drop();
    return this.#closed ? undefined : controller;
  }

  #drop(): void {
    this.#strong = undefined;
  }
}

function loosenRecent(): void {
  for (const download of recent.splice(0)) download.loosen();
}

/**
 * One request and its response on Node, over undici's `dispatch`. The built-in `fetch` costs half
 * of the throughput, programs replace it, and it cannot send a request again.
 *
 * @module
 */
import type { Dispatcher } from "undici";
import { type HopBody, type HopRequest, lengthOf } from "./client.ts";
import { type Abortable, followSignal, leaveSignal, reasonOf } from "./signal.ts";
import {
  type Connection,
  type Connections,
  type HopOptions,
  isBreak,
  type RunLater,
} from "./node_pools.ts";
import { type Decoding, openDecodings, type Source, type Zlib } from "./node_decode.ts";
import { Download, type DownloadOwner } from "./node_download.ts";
import { native } from "./native.ts";
import { describeRequest, isRepeatable, withoutFragment } from "./node_request.ts";
import { type HeaderRecord, listPairs, makeResponse } from "./node_response.ts";
import { Upload } from "./node_upload.ts";

/** Statuses of responses without a body (Fetch Standard, "null body status"). */
const NULL_BODY_STATUSES: ReadonlySet<number> = new Set([204, 205, 304]);

/** What the requests of a client have in common. */
export interface HopEnvironment {
  readonly connections: Connections;
  readonly zlib: Zlib;
  readonly runLater: RunLater;
  /** The content codings that requests accept by default. */
  readonly codings: string;
}

/** The functions that settle the promise of a response. */
interface Settle {
  readonly resolve: (response: Response) => void;
  readonly reject: (reason: unknown) => void;
}

/** Sends a request. Rejects with the raw failure or the signal's reason. */
export function sendHop(environment: HopEnvironment, request: HopRequest): Promise<Response> {
  return new Promise((resolve, reject) => {
    new Hop(environment, request, { resolve, reject }).send(request);
  });
}

/** One request: undici's handler, and the owner of both bodies. */
class Hop implements Dispatcher.DispatchHandler, Abortable, DownloadOwner, Source {
  /** The connection that carries the request. */
  connection: Connection | undefined;

  readonly #environment: HopEnvironment;
  /** Undefined once the promise is settled: it holds the response, which can be forgotten. */
  #settle: Settle | undefined;
  /** Undefined once the request is over: nothing of the caller's is kept. */
  #request: HopRequest | undefined;
  #options: HopOptions | undefined;
  /** undici's end of the request, once it is being sent. */
  #controller: Dispatcher.DispatchController | undefined;
  #upload: Upload | undefined;
  #download: Download | undefined;
  #decodings: readonly Decoding[] = [];
  /** True once a byte of the response came. */
  #heard = false;
  #sentAgain = false;

  constructor(environment: HopEnvironment, request: HopRequest, settle: Settle) {
    this.#environment = environment;
    this.#request = request;
    this.#settle = settle;
  }

  /** Starts the request. */
  send(request: HopRequest): void {
    const { signal, body } = request;
    if (signal?.aborted) {
      const reason = reasonOf(signal);
      if (body !== null && "cancel" in body) body.cancel(reason).catch(() => {});
      return this.#fail(reason);
    }
    if (signal !== undefined) followSignal(signal, this);
    try {
      const { connections, codings } = this.#environment;
      const description = describeRequest(request, codings);
      this.#options = { ...description, hop: this, body: this.#openBody(body) };
      connections.dispatch(this.#options, this);
    } catch (error) {
      this.#fail(error);
    }
  }

  abort(): void {
    const signal = this.#request?.signal;
    if (signal === undefined) return;
    const reason = reasonOf(signal);
    this.#fail(reason, reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#request === undefined) controller.abort(new Error("aborted before it was sent"));
  }

  onResponseStarted(): void {
    this.#heard = true;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: HeaderRecord,
    statusText = "",
  ): void {
    if (status < 200 || this.#request === undefined) return;
    try {
      if (this.connection !== undefined) this.connection.answered = true;
      const { method, url } = this.#request;
      const hasBody = method !== "HEAD" && !NULL_BODY_STATUSES.has(status);
      const download = hasBody ? this.#openDownload(headers["content-encoding"]) : undefined;
      const stream = download ? new native.ReadableStream(download) : null;
      const head = { status, statusText, url: withoutFragment(url) };
      const response = makeResponse(stream, listPairs(headers), head);
      this.#download = download;
      this.#settle?.resolve(response);
      this.#settle = undefined;
    } catch (error) {
      this.#fail(error);
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const sink = this.#decodings[0] ?? this.#download;
    if (sink === undefined) controller.abort(new Error("a body where none may be"));
    else if (!sink.write(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    this.#upload?.cancel(); // an early answer: nobody reads the rest
    if (this.connection !== undefined) this.#environment.connections.release(this.connection);
    const sink = this.#decodings[0] ?? this.#download;
    if (sink === undefined) this.#finish();
    else sink.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    const request = this.#request;
    if (request === undefined) return;
    const { connection } = this;
    if (connection === undefined || !this.#canSendAgain(connection, request, error)) {
      return this.#fail(error);
    }
    this.#sentAgain = true;
    connection.onceBroken(() => this.#sendAgain(connection, error));
  }

  resume(): void {
    this.#controller?.resume();
  }

  cancelDownload(): void {
    this.#fail(undefined);
  }

  finishDownload(): void {
    this.#finish();
  }

  /** Sends the request again. undici opens a connection in place of the broken one. */
  #sendAgain(connection: Connection, error: Error): void {
    const [request, options] = [this.#request, this.#options];
    if (request === undefined || options === undefined) return; // aborted in the meantime
    if (connection.closed) return this.#fail(error);
    try {
      if (this.#controller !== undefined) {
        this.#upload?.cancel();
        options.body = this.#openBody(request.body);
      }
      connection.dispatch(options, this);
    } catch (error) {
      this.#fail(error);
    }
  }

  #openBody(body: HopBody): HopOptions["body"] {
    if (body === null || lengthOf(body) === 0) return null;
    if (ArrayBuffer.isView(body)) return body;
    const stream = "size" in body ? body.stream() : body;
    this.#upload = new Upload(stream, (error) => this.#fail(error));
    return this.#upload as AsyncIterable<Uint8Array> as unknown as Uint8Array;
  }

  #openDownload(contentEncoding: string | string[] | undefined): Download {
    const download = new Download(this, this.#environment.runLater);
    if (contentEncoding === undefined) download.follow(this);
    else {
      const { zlib } = this.#environment;
      const fail = (error: Error) => this.#fail(error);
      this.#decodings = openDecodings(zlib, String(contentEncoding), [this, download], fail);
    }
    return download;
  }

  /**
   * A server may close a connection while a request is on its way (RFC 9112, section 9.3.1). A
   * request that undici has not written yet was not sent at all, whatever its method.
   */
  #canSendAgain(connection: Connection, request: HopRequest, error: Error): boolean {
    if (this.#heard || this.#sentAgain || !isBreak(error)) return false;
    if (!connection.answered || connection.closed) return false;
    return this.#controller === undefined || isRepeatable(request);
  }

  /** Ends the request with a failure: of the promise, or of the body if the response is there. */
  #fail(error: unknown, bodyError: unknown = new TypeError("terminated", { cause: error })): void {
    if (!this.#finish()) return;
    if (this.#download === undefined) this.#settle?.reject(error);
    else this.#download.fail(bodyError);
    this.#upload?.cancel(error);
    this.#controller?.abort(error as Error);
    for (const decoding of this.#decodings) decoding.destroy();
  }

  /** Ends the request. Returns false if it ended before. */
  #finish(): boolean {
    const request = this.#request;
    this.#request = undefined;
    if (request?.signal !== undefined) leaveSignal(request.signal, this);
    return request !== undefined;
  }
}

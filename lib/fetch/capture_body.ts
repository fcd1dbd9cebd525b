/**
 * Reading the body that the caller passed to `fetch`. What can change is copied in the call.
 *
 * @module
 */
import { concat } from "../crypto/bytes.ts";
import { timers } from "../timers.ts";
import { invalidRequest } from "./runtime/invalid_request.ts";
import type { HopBody } from "./runtime/client.ts";
import { native } from "./runtime/native.ts";

/** A body. Reading a form or a `Request` to its end takes time, so those come as a promise. */
export type CapturedBody = HopBody | Promise<HopBody>;

/** Bytes of a `Request`'s body that are kept, so that they can be sent again. */
const MAX_KEPT = 1024 * 1024;

/**
 * Captures a body, and sets the `content-type` that belongs to it if there is none (Fetch Standard,
 * "extract a body").
 *
 * @throws {McFetchError} `invalid_request`
 */
export function captureBody(given: unknown, headers: Headers, duplex: unknown): CapturedBody {
  if (given === undefined || given === null) return null;
  if (typeof given === "string") {
    setType(headers, "text/plain;charset=UTF-8");
    return new TextEncoder().encode(given);
  }
  if (ArrayBuffer.isView(given)) {
    return copyBytes(given.buffer, given.byteOffset, given.byteLength);
  }
  switch (tagOf(given)) {
    case "ArrayBuffer":
    case "SharedArrayBuffer":
      return copyBytes(given as ArrayBuffer);
    case "URLSearchParams":
      setType(headers, "application/x-www-form-urlencoded;charset=UTF-8");
      return new TextEncoder().encode(String(given));
    case "Blob":
    case "File": {
      const blob = given as Blob;
      if (blob.type !== "") setType(headers, blob.type);
      // The runtime would send another implementation's as the text "[object Blob]".
      return blob instanceof native.Blob ? blob : readForeignBlob(blob);
    }
    case "FormData":
      return captureForm(given as FormData, headers);
  }
  if (isStream(given)) return captureStream(given, duplex);
  const text = String(given);
  setType(headers, "text/plain;charset=UTF-8");
  return new TextEncoder().encode(text);
}

function copyBytes(
  buffer: ArrayBufferLike,
  offset?: number,
  length?: number,
): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(buffer, offset, length).slice();
  } catch (cause) {
    throw invalidRequest("the buffer of its body is detached", { cause });
  }
}

/** Captures the body of the caller's `Request`. The `Request` is used up, as `fetch` does. */
export function captureRequestBody(request: Request, input: Request): CapturedBody {
  if (request.body === null) return null;
  const body = keepShort(request.body);
  // Bun copies the body into the new Request and leaves the caller's unused.
  if (!input.bodyUsed && input.body !== null && !input.body.locked) {
    input.body.cancel().catch(() => {});
  }
  return body;
}

async function readForeignBlob(blob: Blob): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await blob.arrayBuffer());
}

function captureForm(form: FormData, headers: Headers): Promise<Blob> {
  if (!(form instanceof native.FormData)) {
    throw invalidRequest("its form is of another implementation than the runtime's FormData");
  }
  let encoded: Response;
  try {
    encoded = new native.Response(form); // copies the entries
  } catch (cause) {
    throw invalidRequest("its form cannot be read", { cause });
  }
  const type = encoded.headers.get("content-type");
  if (type !== null) setType(headers, type);
  return encoded.blob();
}

function captureStream(
  given: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>,
  duplex: unknown,
): ReadableStream<Uint8Array> {
  if (duplex === undefined && !native.isDuplexOptional) {
    throw invalidRequest('a stream as body needs duplex: "half"');
  }
  if (duplex !== undefined && duplex !== "half") throw invalidRequest('duplex must be "half"');
  try {
    if (given instanceof native.ReadableStream) {
      if (given.locked) throw new TypeError("locked"); // Workers do not look
      new native.Response(given); // rejects a stream that was read
      return given;
    }
    if (isForeignStream(given)) return continueStream([], given.getReader(), undefined);
    return streamOf(given[Symbol.asyncIterator]());
  } catch (cause) {
    throw invalidRequest("its body was already used", { cause });
  }
}

function isForeignStream(given: object): given is ReadableStream<Uint8Array> {
  return "getReader" in given;
}

function streamOf(iterator: AsyncIterator<Uint8Array>): ReadableStream<Uint8Array> {
  return new native.ReadableStream({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel(reason) {
      await iterator.return?.(reason);
    },
  });
}

function isStream(
  given: unknown,
): given is ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> {
  return typeof given === "object" && given !== null &&
    ("getReader" in given || Symbol.asyncIterator in given);
}

/** The class of an object, whatever realm it comes from. */
function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

function setType(headers: Headers, type: string): void {
  if (!headers.has("content-type")) headers.set("content-type", type);
}

/**
 * Keeps a body that is there at once and short: most are a text, and can then be sent with their
 * length, and again after a redirect. A body that is long, or comes slowly, stays a stream.
 */
async function keepShort(stream: ReadableStream<Uint8Array>): Promise<HopBody> {
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  let waiting: ReturnType<typeof reader.read> | undefined;
  let stop: () => void = () => {};
  const turn = new Promise<undefined>((resolve) => {
    const timer = timers.set(() => resolve(undefined), 0);
    stop = () => timers.clear(timer);
  });
  try {
    while (size <= MAX_KEPT) {
      waiting = reader.read();
      const result = await Promise.race([waiting, turn]);
      if (result === undefined) break;
      waiting = undefined;
      if (result.done) return concat(chunks);
      chunks.push(result.value);
      size += result.value.byteLength;
    }
  } finally {
    stop();
  }
  return continueStream(chunks, reader, waiting);
}

/** Returns a stream of the chunks that were read, and of those that follow. */
function continueStream(
  chunks: Uint8Array[],
  reader: ReadableStreamDefaultReader<Uint8Array>,
  waiting: Promise<ReadableStreamReadResult<Uint8Array>> | undefined,
): ReadableStream<Uint8Array> {
  return new native.ReadableStream({
    async pull(controller) {
      const kept = chunks.shift();
      if (kept !== undefined) return controller.enqueue(kept);
      const { done, value } = await (waiting ?? reader.read());
      waiting = undefined;
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

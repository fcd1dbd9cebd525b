/** RFC 9110, 9.2.2: methods that have the same effect whether they arrive once or twice. */
const IDEMPOTENT: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "OPTIONS",
  "TRACE",
  "PUT",
  "DELETE",
]);

/**
 * Makes of a request one that Deno's `fetch` sends no more than once.
 *
 * When a connection from its pool breaks before the response's head, Deno sends the request again
 * on a new one, whatever its method: a payment may be made twice. It cannot where the body is a
 * stream, and a body becomes one as soon as `body` is read.
 *
 * @param request The request, which is used up where it has a body
 */
export async function sendOnce(request: Request): Promise<Request> {
  if (IDEMPOTENT.has(request.method)) return request;
  // An empty stream goes out as `transfer-encoding: chunked`, since its length is not known.
  const bytes = request.body === null ? new Uint8Array(0) : await readShort(request.clone());
  const once = bytes === undefined ? request : new Request(request, { body: bytes });
  void once.body;
  return once;
}

/**
 * The body, if it is there at once and in one piece: a string. Of bytes, a `Blob` and a form that
 * became a stream Deno still sends the length, of a string it does not.
 */
async function readShort(copy: Request): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const reader = (copy.body as ReadableStream<Uint8Array<ArrayBuffer>>).getReader();
  const turn = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 0));
  try {
    const first = await Promise.race([reader.read(), turn]);
    if (first === undefined) return undefined;
    if (first.done) return new Uint8Array(0);
    const second = await Promise.race([reader.read(), turn]);
    return second?.done ? first.value : undefined;
  } catch {
    return undefined; // the body's own failure, which sending it reports
  } finally {
    reader.cancel().catch(() => {});
  }
}

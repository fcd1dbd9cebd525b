/** The test servers' routes for bodies and statuses. */
import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";

/** Description of a request, from `/digest`. */
export interface Digest {
  readonly method: string;
  readonly headers: Record<string, string | undefined>;
  /** The length of the body, in bytes. */
  readonly length: number;
  /** The SHA-256 of the body, in hexadecimal digits. */
  readonly sha256: string;
}

/** The body of `/large`: a number of chunks, and their size in bytes. Chunk 3 is full of threes. */
export const LARGE = { chunks: 320, size: 65_536 } as const;

/** The body of `/compressed/*`. */
export const TEXT: string = "Bella, CAT; Zoë, DOG. ".repeat(20);

const COMPRESS: Record<string, (text: string) => Uint8Array> = {
  gzip: gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
};

/** The number of requests to each `/break/*`. */
const broken = new Map<string, number>();

/**
 * Answers these routes, and returns true if the path is one of them.
 *
 * - `/digest` describes the request.
 * - `/large` sends {@linkcode LARGE}, and `/compressed/CODING` sends {@linkcode TEXT}.
 * - `/begin` starts a body and never ends it. `/cut` starts a body and closes the connection.
 * - `/break/ID` closes the connection. With GET, it returns the number of such requests.
 * - `/status/CODE` answers with this status.
 */
export function answerBodies(
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const [, route, what = ""] = path.split("/");
  const compress = COMPRESS[what];
  response.on("error", () => {});
  if (route === "digest") {
    describeRequest(request, response).catch(() => {}); // the client may end the connection
  } else if (route === "large") {
    response.setHeader("content-length", LARGE.chunks * LARGE.size);
    Readable.from(largeChunks()).on("error", () => {}).pipe(response);
  } else if (route === "begin") {
    response.write("the beginning");
  } else if (route === "cut") {
    response.writeHead(200, { "content-length": 1000 });
    response.write("the beginning", () => request.socket.destroy());
  } else if (route === "break" && request.method === "GET") {
    response.end(String(broken.get(what) ?? 0));
  } else if (route === "break") {
    broken.set(what, (broken.get(what) ?? 0) + 1);
    request.resume().on("end", () => request.socket.end());
  } else if (route === "status") {
    request.resume();
    response.writeHead(Number(what), { etag: '"1"' }).end();
  } else if (route === "compressed" && compress !== undefined) {
    response.writeHead(200, { "content-encoding": what }).end(compress(TEXT));
  } else {
    return false;
  }
  return true;
}

function* largeChunks(): Generator<Uint8Array> {
  for (let index = 0; index < LARGE.chunks; index++) yield new Uint8Array(LARGE.size).fill(index);
}

async function describeRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const hash = createHash("sha256");
  let length = 0;
  for await (const chunk of request) {
    hash.update(chunk);
    length += chunk.length;
  }
  const { method, headers } = request;
  response.end(JSON.stringify({ method, headers, length, sha256: hash.digest("hex") }));
}

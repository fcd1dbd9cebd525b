/** The routes of the test servers that are about bodies and statuses. */
import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";

/** What `/digest` tells of a request. */
export interface Digest {
  readonly method: string;
  readonly headers: Record<string, string | undefined>;
  /** Length and SHA-256 of the body. */
  readonly length: number;
  readonly sha256: string;
}

/** What `/large` sends: so many chunks of so many bytes, each full of its own number. */
export const LARGE = { chunks: 320, size: 65_536 } as const;

/** What `/compressed/*` sends. */
export const TEXT: string = "Bella, CAT; Zoë, DOG. ".repeat(20);

const COMPRESS: Record<string, (text: string) => Uint8Array> = {
  gzip: gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
};

/** How many requests arrived at each `/break/*`. */
const broken = new Map<string, number>();

/** Answers, and tells whether the path was one of these. */
export function answerBodies(
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const [, route, what = ""] = path.split("/");
  const compress = COMPRESS[what];
  response.on("error", () => {});
  if (route === "digest") {
    digest(request, response).catch(() => {}); // the client may have broken off
  } else if (route === "large") {
    response.setHeader("content-length", LARGE.chunks * LARGE.size);
    Readable.from(largeChunks()).on("error", () => {}).pipe(response);
  } else if (route === "begin") { // and never end
    response.write("the beginning");
  } else if (route === "cut") {
    response.writeHead(200, { "content-length": 1000 });
    response.write("the beginning", () => request.socket.destroy());
  } else if (route === "break" && request.method === "GET") {
    response.end(String(broken.get(what) ?? 0));
  } else if (route === "break") { // the connection, and count such requests
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

async function digest(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const hash = createHash("sha256");
  let length = 0;
  for await (const chunk of request) {
    hash.update(chunk);
    length += chunk.length;
  }
  const { method, headers } = request;
  response.end(JSON.stringify({ method, headers, length, sha256: hash.digest("hex") }));
}

/**
 * The route `/answer`: the server answers as the query asks, and tells in `x-seen` what it got.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";

/** What `/answer` sends. The query `plan` holds it as JSON. */
export interface Plan {
  readonly status: number;
  readonly statusText: string;
  readonly headers: readonly (readonly [string, string])[];
  /** The content codings, in the order in which they are applied. */
  readonly codings: readonly ("gzip" | "deflate" | "br")[];
  /** The bytes before the codings. */
  readonly size: number;
  /** The bytes of a piece of the coded body. 0 sends a `content-length` and one piece. */
  readonly piece: number;
  readonly hasTrailers: boolean;
  /** Closes the connection after the first half of the body, if there is one. */
  readonly isCut: boolean;
}

const CODERS: Record<Plan["codings"][number], (bytes: Uint8Array) => Uint8Array> = {
  gzip: gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
};

/** Answers as the plan says. */
export async function answerAsPlanned(
  request: IncomingMessage,
  response: ServerResponse,
  plan: Plan,
): Promise<void> {
  const got = await buffer(request);
  const headers = request.rawHeaders.flatMap((name, index, all) =>
    index % 2 === 0 ? [`${name.toLowerCase()}: ${all[index + 1]}`] : []
  );
  const body = createHash("sha256").update(got).digest("hex");
  const seen = { method: request.method, headers: headers.sort(), length: got.length, body };
  const plain = Buffer.from(Array.from({ length: plan.size }, (_, index) => index * index & 255));
  const coded = plan.codings.reduce((bytes, coding) => CODERS[coding](bytes), plain as Uint8Array);
  const hasBody = request.method !== "HEAD" && plan.status !== 204 && plan.status !== 304;
  const hasTrailers = plan.hasTrailers && plan.piece > 0 && hasBody;
  // Else the client has all of the response, and may send the next request.
  const isCut = plan.isCut && hasBody && coded.length > 1;
  response.sendDate = false;
  response.setHeader("x-seen", Buffer.from(JSON.stringify(seen)).toString("base64"));
  if (plan.codings.length > 0) response.setHeader("content-encoding", plan.codings.join(", "));
  if (hasTrailers) response.setHeader("trailer", "x-trailer");
  if (plan.piece === 0) response.setHeader("content-length", coded.length);
  for (const [name, value] of plan.headers) response.appendHeader(name, value);
  response.writeHead(plan.status, plan.statusText);
  const step = plan.piece === 0 || isCut ? Math.ceil(coded.length / 2) : plan.piece;
  for (let start = 0; start < coded.length; start += step) {
    response.write(coded.subarray(start, start + step));
    // Else the reset overtakes the head of the response.
    await new Promise((resolve) => isCut ? setTimeout(resolve, 10) : setImmediate(resolve));
    if (isCut) return void response.destroy();
  }
  if (hasTrailers) response.addTrailers({ "x-trailer": "late" });
  response.end();
}

/**
 * The requests of the differential test: each goes through the built-in `fetch` and through the
 * client of Node, and both must give the same.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import zlib from "node:zlib";
import type { HopBody } from "../../lib/fetch/runtime/client.ts";
import type { Step } from "./raw_server.ts";

/** A request, the answer to it, and what the caller does. */
export interface HopCase {
  readonly name: string;
  readonly method?: string;
  readonly query?: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: () => HopBody;
  /** The bytes of the answer. */
  readonly answer: readonly Step[];
  /** True to answer before the body of the request came. */
  readonly early?: boolean;
  /** When the caller aborts. Default is never. */
  readonly abort?: "before" | "waiting" | "head" | "reading" | "end";
  readonly reason?: unknown;
  /** The caller does this with the response. Default is to read all of it. */
  readonly use?: "cancel" | "clone" | "json" | "byob";
  /** Fields that differ by design on some Node, or "all", each with the reason. */
  readonly differs?: Readonly<Record<string, string>>;
  /** The built-in `fetch` that this Node must have for the case to be equal, and why. */
  readonly since?: readonly [undici: number, reason: string];
}

const HEAD = "HTTP/1.1 200 OK\r\n";
const CLOSE: Step = { end: "close" };
const RESET: Step = { end: "reset" };

/** Builds an answer with its length. */
function whole(body: string | Uint8Array, headers: readonly string[] = []): Step[] {
  const lines = [`content-length: ${body.length}`, ...headers].map((line) => `${line}\r\n`);
  return [`${HEAD}${lines.join("")}\r\n`, ...(body.length > 0 ? [body] : [])];
}

const bytes = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text));
const stream = (...chunks: unknown[]) => (): ReadableStream<Uint8Array> =>
  new ReadableStream<never>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk as never);
      controller.close();
    },
  });

const SECOND_LOOK = "an old fetch drops a correct length that the caller gives";

const methods: HopCase[] = [
  ...["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "purge", "QUERY"],
].map((method) => ({ name: `method ${method}`, method, answer: whole("hello") }));

const bodies: HopCase[] = ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"].flatMap(
  (method): HopCase[] =>
    [
      { name: "bytes", method, body: () => bytes("some bytes"), answer: whole("ok") },
      { name: "no bytes", method, body: () => bytes(""), answer: whole("ok") },
      { name: "blob", method, body: () => new Blob(["a", "blob"]), answer: whole("ok") },
      { name: "no blob", method, body: () => new Blob([]), answer: whole("ok") },
      { name: "stream", method, body: stream(bytes("ab"), bytes("c")), answer: whole("ok") },
      { name: "empty stream", method, body: stream(), answer: whole("ok") },
    ].map((entry) => ({ ...entry, name: `${method} with ${entry.name}` })),
);

const requestHeaders: HopCase[] = ([
  [["x-a", "1"]],
  [["x-a", "1"], ["x-a", "2"]],
  [["cookie", "a=1"], ["cookie", "b=2"]],
  [["accept", "text/plain"], ["accept-language", "de"], ["user-agent", "me"]],
  [["accept-encoding", "identity"]],
  [["range", "bytes=0-1"]],
  [["range", "bytes=0-1"], ["accept-encoding", "gzip"]],
  [["if-none-match", '"a"']],
  [["if-modified-since", "Mon, 01 Jan 2024 00:00:00 GMT"], ["cache-control", "max-age=1"]],
  [["if-match", "*"], ["pragma", "x"]],
  [["if-range", '"a"'], ["range", "bytes=1-"]],
  [["sec-fetch-mode", "navigate"], ["origin", "https://a"], ["referer", "https://a/b"]],
  [["host", "elsewhere"]],
  [["connection", "close"]],
  [["connection", "keep-alive"]],
  [["authorization", "Basic YTpi"], ["content-type", "a/b"]],
  [["x-latin", "caf\xe9"]],
  [["x-empty", ""]],
  [["__proto__", "1"], ["constructor", "2"]],
  [["expect", "100-continue"]],
  [["transfer-encoding", "chunked"]],
  [["upgrade", "websocket"]],
  [["keep-alive", "timeout=5"]],
] as [string, string][][]).map((headers) => ({
  name: `request with ${headers.map((pair) => pair.join(": ")).join(", ")}`,
  headers,
  ...(headers[0]![0] === "__proto__" ? { differs: { wire: "fetch loses this header" } } : {}),
  answer: whole("ok"),
}));

const lengths: HopCase[] = ([
  {
    name: "a correct content-length",
    headers: [["content-length", "3"]],
    since: [7, SECOND_LOOK],
  },
  {
    name: "a wrong content-length",
    headers: [["content-length", "5"]],
    differs: {
      wire: "nothing is sent of a request that is not valid",
      rejected: "the error names both lengths",
    },
  },
] satisfies Partial<HopCase>[]).map((entry) => ({
  ...entry,
  ...{ method: "POST", body: () => bytes("abc"), answer: whole("ok") },
}));

const statuses: HopCase[] = [
  ...[200, 201, 202, 203, 204, 205, 206, 207, 226, 299, 300, 301, 302, 303, 304, 307, 308, 400],
  ...[401, 403, 404, 405, 408, 410, 413, 418, 422, 425, 428, 429, 431, 451, 500, 502, 503, 504],
  ...[511, 599, 600, 777, 999],
].map((status) => ({
  name: `status ${status}`,
  answer: [
    `HTTP/1.1 ${status} Odd\r\n${
      status === 204 || status === 304 ? "" : "content-length: 0\r\n"
    }\r\n`,
  ],
}));

const statusLines: HopCase[] = [
  ["HTTP/1.1 200\r\n", "no phrase"],
  ["HTTP/1.1 200 \r\n", "an empty phrase"],
  ["HTTP/1.1 200 All is well, really\r\n", "a long phrase"],
  ["HTTP/1.1 200 caf\xc3\xa9\r\n", "a phrase in UTF-8"],
  ["HTTP/1.1 200 caf\xe9\r\n", "a phrase in Latin-1"],
  ["HTTP/1.1 200 \xec\x95\x88\r\n", "a phrase outside Latin-1"],
  ["HTTP/1.0 200 OK\r\n", "HTTP/1.0"],
  ["HTTP/1.1 99 OK\r\n", "a status of two digits"],
  ["HTTP/1.1 000 OK\r\n", "status 000"],
  ["HTTP/2.0 200 OK\r\n", "HTTP/2.0"],
  ["ICY 200 OK\r\n", "another protocol"],
].map(([line, name]) => ({
  name: `status line with ${name}`,
  answer: [`${line}content-length: 2\r\n\r\nok`, 5, CLOSE],
}));

const informational: HopCase[] = [
  ["102", "HTTP/1.1 102 Processing\r\n\r\n"],
  ["103", "HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\n"],
  ["103 three times", "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(3)],
  ["199", "HTTP/1.1 199 Odd\r\n\r\n"],
  ["100 that nobody asked for", "HTTP/1.1 100 Continue\r\n\r\n"],
  [
    "101 that nobody asked for",
    "HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
  ],
].map(([name, head]) => ({ name: `informational ${name}`, answer: [head!, ...whole("ok")] }));

/** The cases about the request and the status line. */
export const REQUEST_CASES: readonly HopCase[] = [
  ...[methods, bodies, requestHeaders, lengths, statuses, statusLines, informational].flat(),
  {
    name: "an empty query",
    query: "?",
    answer: whole("ok"),
    since: [7, "an old fetch drops the ?"],
  },
  { name: "a query and a fragment", query: "?a=b%20c&d=\u00e9#part", answer: whole("ok") },
  {
    name: "POST without a body and its response cancelled",
    method: "POST",
    answer: whole("ok"),
    use: "cancel",
  },
];

/** The tools of the other cases. */
export { bytes, CLOSE, HEAD, RESET, stream, whole, zlib };

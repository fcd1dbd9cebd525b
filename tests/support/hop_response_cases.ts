/**
 * The cases of the differential test about the headers, the framing and the codings of a response,
 * and about faults and aborts.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { bytes, CLOSE, HEAD, type HopCase, RESET, stream, whole, zlib } from "./hop_cases.ts";
import type { Step } from "./raw_server.ts";

const TEXT = "some text, ".repeat(400);

const responseHeaders: HopCase[] = [
  ["x-a: 1", "x-a: 2"],
  ["X-UPPER: 1", "x-Mixed: 2"],
  ["set-cookie: a=1; Path=/", "Set-Cookie: b=2", "set-cookie: c=3"],
  ["x-latin: caf\xe9"],
  ["x-utf8: caf\xc3\xa9"],
  ["x-empty:"],
  ["x-space:    padded   "],
  ["x-tab:\ta\tb\t"],
  ["x-comma: a, b,, c"],
  ["x-folded: a\r\n b"],
  ["__proto__: 1", "constructor: 2", "tostring: 3", "hasownproperty: 4"],
  ["!#$%&'*+-.^_`|~: token"],
  [`x-long: ${"a".repeat(8000)}`],
  [`x-too-long: ${"a".repeat(20_000)}`],
  Array.from({ length: 200 }, (_, index) => `x-${index}: ${index}`),
  ["x-control: a\x01b"],
  ["x-nul: a\0b"],
  ["x bad: 1"],
  ["no colon"],
  ["location: /caf\xe9", "location: /b"],
  ["content-type: text/plain; charset=latin1"],
  ["keep-alive: timeout=1"],
  ["trailer: x-t"],
].map((lines) => ({
  name: `response with ${lines.slice(0, 3).join(", ").slice(0, 60)}`,
  answer: whole("ok", lines),
  ...(/^x-(space|tab):/.test(lines[0]!)
    ? { differs: { headers: "white space behind a value is no part of it (RFC 9112, 5.1)" } }
    : {}),
}));

const framings: HopCase[] = ([
  ["length", whole("hello")],
  ["length, byte by byte", [...`${HEAD}content-length: 3\r\n\r\nabc`].flatMap((c) => [c, 1])],
  ["close", [`${HEAD}\r\nuntil the end`, CLOSE]],
  ["close without a body", [`${HEAD}\r\n`, CLOSE]],
  ["chunks", [`${HEAD}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`]],
  ["slow chunks", [`${HEAD}transfer-encoding: chunked\r\n\r\n3\r\nab`, 5, "c\r\n", 5, "0\r\n\r\n"]],
  ["chunk extensions", [`${HEAD}transfer-encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\n\r\n`]],
  ["trailers", [`${HEAD}transfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\nx-t: 1\r\n\r\n`]],
  ["no chunk", [`${HEAD}transfer-encoding: chunked\r\n\r\n0\r\n\r\n`]],
  ["a bad chunk size", [`${HEAD}transfer-encoding: chunked\r\n\r\nzz\r\nabc\r\n`]],
  ["cut chunks", [`${HEAD}transfer-encoding: chunked\r\n\r\n9\r\nabc`, 5, CLOSE]],
  ["chunks without an end", [`${HEAD}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n`, 5, CLOSE]],
  ["a cut length", [`${HEAD}content-length: 10\r\n\r\nabc`, 5, CLOSE]],
  ["a reset body", [`${HEAD}content-length: 10\r\n\r\nabc`, 5, RESET]],
  ["more than its length", [`${HEAD}content-length: 2\r\n\r\nabcdef`]],
  ["two equal lengths", [`${HEAD}content-length: 2\r\ncontent-length: 2\r\n\r\nab`]],
  ["two lengths", [`${HEAD}content-length: 2\r\ncontent-length: 3\r\n\r\nabc`]],
  ["length and chunks", [
    `${HEAD}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
  ]],
  ["a negative length", [`${HEAD}content-length: -1\r\n\r\nabc`, CLOSE]],
  ["a length that is not a number", [`${HEAD}content-length: x\r\n\r\nabc`, CLOSE]],
  ["bare line feeds", ["HTTP/1.1 200 OK\ncontent-length: 2\n\nok", 5, CLOSE]],
  ["empty lines before", ["\r\n\r\n", ...whole("ok")]],
  ["200 kB", whole(Buffer.alloc(200_000, "abcdefg"))],
  ["1 MB in chunks", [
    `${HEAD}transfer-encoding: chunked\r\n\r\n`,
    ...Array.from({ length: 64 }, () => `4000\r\n${"x".repeat(0x4000)}\r\n`),
    "0\r\n\r\n",
  ]],
] as [string, Step[]][]).map(([name, answer]) => ({ name: `framing: ${name}`, answer }));

const gzip = zlib.gzipSync(TEXT);
const br = zlib.brotliCompressSync(TEXT);
const deflate = zlib.deflateSync(TEXT);
const codings: HopCase[] = ([
  ["gzip", gzip],
  ["x-gzip", gzip],
  ["GZip", gzip],
  ["deflate", deflate],
  ["deflate", zlib.deflateRawSync(TEXT), "without its frame"],
  ["br", br],
  ["gzip, br", zlib.brotliCompressSync(gzip)],
  ["br, gzip", zlib.gzipSync(br)],
  ["gzip,deflate , gzip", zlib.gzipSync(zlib.deflateSync(gzip))],
  ["deflate, deflate", zlib.deflateSync(zlib.deflateRawSync(TEXT)), "both kinds"],
  ["identity", bytes(TEXT)],
  ["gzip, identity", gzip],
  ["unknown", bytes(TEXT)],
  ["gzip, unknown", gzip],
  ["", bytes(TEXT)],
  ["gzip", bytes(""), "empty"],
  ["br", bytes(""), "empty"],
  ["gzip", gzip.subarray(0, -8), "without its trailer"],
  ["gzip", gzip.subarray(0, 30), "cut"],
  ["deflate", deflate.subarray(0, 20), "cut"],
  ["br", br.subarray(0, 10), "cut"],
  ["gzip", bytes("this is not gzip at all"), "garbage"],
  ["deflate", bytes("xthis is not deflate"), "garbage"],
  ["br", bytes("\xff\xff\xff\xff not brotli"), "garbage"],
  ["gzip, br", bytes("\xff\xff\xff\xff not brotli"), "garbage"],
  ["gzip", Buffer.concat([gzip, Buffer.from("behind")]), "with more behind"],
  ["gzip", Buffer.concat([gzip, gzip]), "twice"],
  ["gzip", zlib.gzipSync(Buffer.alloc(3_000_000)), "3 MB of zeros"],
  ["gzip, gzip, gzip, gzip, gzip", [1, 2, 3, 4].reduce((data) => zlib.gzipSync(data), gzip)],
] as [string, Uint8Array, string?][]).flatMap(([coding, body, what = ""]) => {
  const answer = whole(body, [`content-encoding: ${coding}`]);
  const since = what === "garbage" || what === "with more behind"
    ? { since: [7, "an old fetch hangs"] as const }
    : {};
  const name = `coding ${coding} ${what}`;
  return [{ name, answer, ...since }, {
    name: `HEAD of ${name}`,
    method: "HEAD",
    answer: [answer[0]!],
  }];
});

const faults: HopCase[] = [
  { name: "closed before the head", answer: [CLOSE] },
  { name: "reset before the head", answer: [RESET] },
  { name: "closed within the status line", answer: ["HTTP/1.1 20", 5, CLOSE] },
  { name: "closed within the headers", answer: [`${HEAD}content-`, 5, CLOSE] },
  { name: "no HTTP", answer: ["SSH-2.0-OpenSSH\r\n", 5, CLOSE] },
  {
    name: "six codings",
    answer: whole("x", ["content-encoding: gzip, gzip, gzip, gzip, gzip, gzip"]),
    since: [8, "an old fetch hangs, and can end the process"],
    differs: { rejected: "the text is ours" },
  },
  {
    name: "a coding cut by the connection",
    answer: [whole(gzip, ["content-encoding: gzip"])[0]!, gzip.subarray(0, 30), 5, CLOSE],
  },
  {
    name: "two set-cookies split over packets",
    answer: [
      `${HEAD}set-coo`,
      5,
      "kie: a=1\r\nset-cookie: b",
      5,
      "=2\r\ncontent-length: 0\r\n\r\n",
    ],
  },
  { name: "205 with a body", answer: ["HTTP/1.1 205 Reset\r\ncontent-length: 2\r\n\r\nok"] },
  { name: "204 with a body", answer: ["HTTP/1.1 204 None\r\ncontent-length: 2\r\n\r\nok"] },
  { name: "304 with a length", answer: ["HTTP/1.1 304 Same\r\ncontent-length: 5\r\n\r\n"] },
  { name: "HEAD with a body", method: "HEAD", answer: whole("unexpected") },
];

const uploads: HopCase[] = [
  {
    name: "early answer to a stream",
    method: "POST",
    early: true,
    body: () => new ReadableStream({ start: (controller) => controller.enqueue(bytes("a")) }),
    answer: whole("early"),
  },
  {
    name: "early 413 and close",
    method: "POST",
    early: true,
    body: () => new Uint8Array(3_000_000),
    answer: ["HTTP/1.1 413 Large\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno", 5, CLOSE],
  },
  {
    name: "a stream that fails",
    method: "POST",
    body: () =>
      new ReadableStream({ pull: (controller) => controller.error(new RangeError("mine")) }),
    answer: whole("ok"),
  },
  {
    name: "a stream of text",
    method: "POST",
    body: stream("text"),
    answer: whole("ok"),
    differs: { all: "the Fetch Standard allows bytes only; fetch sends the text" },
  },
  {
    name: "a large blob",
    method: "PUT",
    body: () => new Blob([new Uint8Array(500_000)]),
    answer: whole("ok"),
  },
  {
    name: "a stream of 50 chunks",
    method: "PUT",
    body: stream(...Array.from({ length: 50 }, () => new Uint8Array(10_000))),
    answer: whole("ok"),
  },
];

const STALL: Step[] = [`${HEAD}content-length: 100\r\n\r\nten bytes.`];
const aborts: HopCase[] = (["before", "waiting", "head", "reading", "end"] as const).flatMap(
  (abort) =>
    [undefined, "text", 0, new RangeError("mine"), new DOMException("late", "TimeoutError")].map(
      (reason): HopCase => ({
        name: `abort ${abort} with ${String(reason)}`,
        ...{ abort, reason },
        answer: abort === "waiting" ? [] : abort === "end" ? whole("all of it") : STALL,
        ...(abort === "waiting" ? { method: "POST", body: () => bytes("x") } : {}),
        ...(reason === 0
          ? { differs: { body: "fetch replaces a reason that is false, against its standard" } }
          : {}),
        ...(abort === "head" || abort === "end"
          ? { since: [7, "an old fetch fails with an error of its own, not the reason"] }
          : {}),
      }),
    ),
);

const uses: HopCase[] = (["cancel", "clone", "json", "byob"] as const).flatMap((use) => [
  { name: `${use} of a length`, use, answer: whole('{"a": [1, 2]}') },
  {
    name: `${use} of a coding`,
    use,
    answer: whole(zlib.gzipSync("[true]"), ["content-encoding: gzip"]),
  },
  { name: `${use} of a stall`, use, answer: [`${HEAD}content-length: 9\r\n\r\n[`, 5, CLOSE] },
]);

/** The cases about the response. */
export const RESPONSE_CASES: readonly HopCase[] = [
  ...[responseHeaders, framings, codings, faults, uploads, aborts, uses].flat(),
];

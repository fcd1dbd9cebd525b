/**
 * Each member of `init`, changed alone: what the server sees differs from the request without the
 * change in that part, and in no other.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import test from "node:test";
import { createMcFetch, type McFetch } from "../../mod.ts";
import { runtime, sandboxCredentials, server, testExceptOn } from "../support/context.ts";

/** A request as the server sees it. Absent headers are absent here. */
interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

let bound: McFetch | undefined;

/** Sends a request, and returns what the server sees. The function is made at the first call. */
async function look(url: string, init: RequestInit): Promise<Seen> {
  const response = await (bound ??= createMcFetch(sandboxCredentials()))(url, init);
  return await response.json();
}

/** Returns what differs, as `name: value`. A part that is gone has the value "(none)". */
function differences(base: Seen, changed: Seen): string[] {
  const flat = ({ method, url, headers, body }: Seen): Record<string, string> => ({
    ...headers,
    ":method": method,
    ":url": url,
    ":body": body,
  });
  const [a, b] = [flat(base), flat(changed)];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((name) => a[name] !== b[name])
    .sort().map((name) => `${name}: ${b[name] ?? "(none)"}`);
}

const ECHO = `${server.origin}/echo`;
const bytes = new TextEncoder().encode("bytes");
const FORM = "application/x-www-form-urlencoded;charset=UTF-8";

/** The request that every row changes. Its body is a Blob, which has no content-type of its own. */
const POST: RequestInit = { method: "POST", headers: { "x-a": "1" }, body: new Blob(["body"]) };

const TEXT = "content-type: text/plain;charset=UTF-8";

/** Changes, and what the server sees of each. */
const CHANGES: readonly (readonly [string, () => RequestInit, readonly string[]])[] = [
  ["nothing", () => ({}), []],
  ["method: PUT", () => ({ method: "PUT" }), [":method: PUT"]],
  ["method: PATCH", () => ({ method: "PATCH" }), [":method: PATCH"]],
  ["method: delete", () => ({ method: "delete" }), [":method: DELETE"]],
  ["headers: another value", () => ({ headers: { "x-a": "2" } }), ["x-a: 2"]],
  ["headers: none", () => ({ headers: {} }), ["x-a: (none)"]],
  ["headers: one more", () => ({ headers: { "x-a": "1", "x-b": "2" } }), ["x-b: 2"]],
  ["headers: pairs", () => ({ headers: [["x-a", "1"], ["x-a", "2"]] }), ["x-a: 1, 2"]],
  ["headers: Headers", () => ({ headers: new Headers({ "X-A": "3" }) }), ["x-a: 3"]],
  ["headers: accept", () => ({ headers: { "x-a": "1", accept: "a/b" } }), ["accept: a/b"]],
  ["headers: user-agent", () => ({ headers: { "x-a": "1", "user-agent": "me" } }), [
    "user-agent: me",
  ]],
  ["body: text", () => ({ body: "text" }), [":body: text", TEXT]],
  ["body: no text", () => ({ body: "" }), [":body: ", "content-length: 0", TEXT]],
  ["body: bytes", () => ({ body: bytes }), [":body: bytes", "content-length: 5"]],
  ["body: a part of a buffer", () => ({ body: bytes.subarray(1, 3) }), [
    ":body: yt",
    "content-length: 2",
  ]],
  ["body: DataView", () => ({ body: new DataView(bytes.buffer, 2) }), [
    ":body: tes",
    "content-length: 3",
  ]],
  ["body: ArrayBuffer", () => ({ body: bytes.buffer }), [":body: bytes", "content-length: 5"]],
  ["body: Blob with a type", () => ({ body: new Blob(["body"], { type: "a/b" }) }), [
    "content-type: a/b",
  ]],
  ["body: URLSearchParams", () => ({ body: new URLSearchParams({ é: "b" }) }), [
    ":body: %C3%A9=b",
    "content-length: 8",
    `content-type: ${FORM}`,
  ]],
  ["body: an object", () => ({ body: { toString: () => "own" } as unknown as BodyInit }), [
    ":body: own",
    "content-length: 3",
    TEXT,
  ]],
  ["body: null", () => ({ body: null }), [":body: ", "content-length: 0"]],
  ["body: undefined", () => ({ body: undefined as unknown as null }), [
    ":body: ",
    "content-length: 0",
  ]],
  ["redirect: manual", () => ({ redirect: "manual" }), []],
  ["redirect: error", () => ({ redirect: "error" }), []],
  ["signal", () => ({ signal: new AbortController().signal }), []],
  ["signal: null", () => ({ signal: null }), []],
  ["integrity: empty", () => ({ integrity: "" }), []],
  ["window: null", () => ({ window: null }), []],
  ["an unknown member", () => ({ retries: 3 } as RequestInit), []],
];

test("init: each member changes its own part of the request, and no other", async () => {
  const base = await look(ECHO, POST);
  assertEquals([base.method, base.url, base.body], ["POST", "/echo", "body"]);
  for (const [name, change, expected] of CHANGES) {
    const seen = await look(ECHO, { ...POST, ...change() });
    assertEquals(differences(base, seen), expected, name);
  }
});

test("init: a form and a stream change the body and its description", async () => {
  const base = await look(ECHO, POST);
  const form = new FormData();
  form.set("a", "b");
  const seen = await look(ECHO, { ...POST, body: form });
  const changed = differences(base, seen).map((text) => text.split(": ")[0]);
  assertEquals(changed, [":body", "content-length", "content-type"]);
  const stream: RequestInit & { duplex: "half" } = {
    ...POST,
    body: new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode("body"));
        controller.close();
      },
    }),
    duplex: "half",
  };
  assertEquals(differences(base, await look(ECHO, stream)), [
    "content-length: (none)",
    "transfer-encoding: chunked",
  ]);
});

test("the URL, changed alone", async () => {
  const base = await look(ECHO, POST);
  for (const suffix of ["?a=b", "?", "?é", "#fragment"]) {
    const seen = await look(`${ECHO}${suffix}`, POST);
    const url = `/echo${new URL(`${ECHO}${suffix}`).search || (suffix === "?" ? "?" : "")}`;
    assertEquals(differences(base, seen), url === "/echo" ? [] : [`:url: ${url}`], suffix);
  }
});

/** Members that each runtime turns into headers of its own, or none. */
const OWN: readonly RequestInit[] = [
  ...(["omit", "same-origin", "include"] as const).map((credentials) => ({ credentials })),
  ...(["default", "no-store", "reload", "no-cache"] as const).map((cache) => ({ cache })),
  ...(["cors", "same-origin"] as const).map((mode) => ({ mode })),
  ...[true, false].map((keepalive) => ({ keepalive })),
  ...["", "about:client", "https://a.example/b?c"].map((referrer) => ({ referrer })),
  ...(["no-referrer", "origin", "unsafe-url"] as const).map((referrerPolicy) => ({
    referrerPolicy,
  })),
];

testExceptOn(
  { workerd: "it rejects these members" },
  "init: the members for browsers change what they change for the runtime's own fetch",
  async () => {
    const get = { headers: { "x-a": "1" } };
    const plain = async (init: RequestInit): Promise<Seen> =>
      await (await fetch(`${server.plainOrigin}/echo`, init)).json();
    const [ours, own] = [await look(ECHO, get), await plain(get)];
    for (const member of OWN) {
      const init = { ...get, ...member };
      const changed = differences(ours, await look(ECHO, init));
      assertEquals(changed, differences(own, await plain(init)), JSON.stringify(member));
    }
    if (runtime !== "node") return;
    const noStore = differences(ours, await look(ECHO, { ...get, cache: "no-store" }));
    assertEquals(noStore, ["cache-control: no-cache", "pragma: no-cache"]);
    const mode = differences(ours, await look(ECHO, { ...get, mode: "same-origin" }));
    assertEquals(mode, ["sec-fetch-mode: same-origin"]);
  },
);

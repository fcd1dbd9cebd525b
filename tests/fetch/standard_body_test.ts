/**
 * What the Fetch Standard and RFC 9110 and 9112 say of bodies and aborts. Each name gives the
 * clause.
 */
import { assert, assertEquals, assertInstanceOf, assertMatch, assertRejects } from "@std/assert";
import test from "node:test";
import { createMcFetch, type McFetch, McFetchError } from "../../mod.ts";
import { runtime, sandboxCredentials, server, testExceptOn } from "../support/context.ts";

const ECHO = `${server.origin}/echo`;

/** A stream needs `duplex`, which is not in the types everywhere. */
type Init = RequestInit & { readonly duplex?: "half" };

let bound: McFetch | undefined;

/** Made at the first call, because bindings are not there before. */
function fetch(input: string | URL | Request, init?: Init): Promise<Response> {
  return (bound ??= createMcFetch(sandboxCredentials()))(input, init);
}

/** The body, its type and its length, as they arrived. */
async function post(
  body: BodyInit | null,
  init: Init = {},
): Promise<[string, string | undefined, string | undefined]> {
  const response = await fetch(ECHO, { method: "POST", body, ...init });
  const { headers, body: arrived } = await response.json();
  return [arrived, headers["content-type"], headers["content-length"]];
}

async function assertInvalid(call: () => Promise<unknown>): Promise<void> {
  const error = await assertRejects(call, TypeError);
  assertInstanceOf(error, McFetchError);
  assertEquals(error.code, "invalid_request", error.message);
}

// Fetch, "extract a body": its bytes, its type, its length.

const TEXT = "text/plain;charset=UTF-8";
const FORM = "application/x-www-form-urlencoded;charset=UTF-8";
const BODIES: [string, () => BodyInit, string, string | undefined][] = [
  ["a string", () => "Zoë", "Zoë", TEXT],
  ["a string with a lone surrogate", () => "a\uD800b", "a\uFFFDb", TEXT],
  [
    "URLSearchParams",
    () => new URLSearchParams([["a", "b c"], ["a", "ë"]]),
    "a=b+c&a=%C3%AB",
    FORM,
  ],
  [
    "a Blob with a type",
    () => new Blob(["{}"], { type: "application/json" }),
    "{}",
    "application/json",
  ],
  ["a Blob without one", () => new Blob(["{}"]), "{}", undefined],
  ["an ArrayBuffer", () => new TextEncoder().encode("bytes").buffer, "bytes", undefined],
  ["a view", () => new TextEncoder().encode("a view").subarray(2), "view", undefined],
];
for (const [name, make, expected, type] of BODIES) {
  test(`Fetch, extract a body: ${name}`, async () => {
    const [arrived, arrivedType, length] = await post(make());
    assertEquals([arrived, Number(length)], [expected, new TextEncoder().encode(expected).length]);
    // Bun gives a string no type, and JSON a charset.
    if (runtime !== "bun") assertEquals(arrivedType, type);
  });
}

test("Fetch, extract a body: an object is its string", async () => {
  const body = { toString: () => "stringified" } as unknown as BodyInit;
  assertEquals((await post(body))[0], "stringified");
});

testExceptOn(
  { bun: "leaves line feeds", workerd: "has a form of its own" },
  "Fetch, extract a body: FormData",
  async () => {
    const form = new FormData();
    form.append('a"b\nc', "1\n2");
    form.append("file", new Blob(["{}"], { type: "application/json" }), "ü.json");
    const [body, type] = await post(form);
    const [, boundary] = /^multipart\/form-data; ?boundary="?([^"]+)"?$/.exec(type ?? "") ?? [];
    assert(boundary !== undefined, type);
    assert(body.startsWith(`--${boundary}\r\n`) && body.trimEnd().endsWith(`--${boundary}--`));
    assertMatch(body, /name="a%22b%0D%0Ac"\r\n\r\n1\r\n2\r\n/);
    assertMatch(
      body,
      /name="file"; filename="ü\.json"\r\nContent-Type: application\/json\r\n\r\n\{\}/,
    );
  },
);

test("Fetch, Request constructor: a content-type of the caller's stays", async () => {
  const headers = { "Content-Type": "application/json" };
  assertEquals((await post("{}", { headers }))[1], "application/json");
});

test("RFC 9112, 6.1: a stream has no content-length and arrives chunked", async () => {
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode("streamed"));
      controller.close();
    },
  });
  const [arrived, type, length] = await post(body, { duplex: "half" });
  assertEquals([arrived, type, length], ["streamed", undefined, undefined]);
});

// Deno and Bun take a stream without it.
testExceptOn(
  { deno: "takes it", bun: "takes it", workerd: "takes it" },
  "Fetch, Request constructor: a stream without duplex rejects",
  () => assertInvalid(() => post(new Blob(["a"]).stream())),
);

for (const method of ["GET", "HEAD"]) {
  for (const body of ["text", new Uint8Array(1), ""]) {
    // Bun and workerd let an empty one through.
    const except = body === "" ? { bun: "takes it", workerd: "takes it" } : {};
    testExceptOn(
      except,
      `Fetch, Request constructor: ${method} with ${JSON.stringify(body)} as a body rejects`,
      () => assertInvalid(() => fetch(ECHO, { method, body })),
    );
  }
}

for (const method of ["POST", "PUT"]) {
  for (const body of [null, ""]) {
    test(`RFC 9110, 8.6: ${method} with ${JSON.stringify(body)} says that it is empty`, async () => {
      assertEquals((await post(body, { method }))[2], "0");
    });
  }
}

test("RFC 9110, 8.6: GET has no content-length", async () => {
  const { headers } = await (await fetch(ECHO)).json();
  assertEquals([headers["content-length"], headers["transfer-encoding"]], [undefined, undefined]);
});

test("Fetch, body mixin: a Request's body is used when the call returns", async () => {
  const request = new Request(ECHO, { method: "POST", body: "once" });
  const promise = fetch(request);
  assertEquals(request.bodyUsed, true);
  assertEquals((await (await promise).json()).body, "once");
  await assertInvalid(() => fetch(request));
});

test("Fetch, Request constructor: a body in init leaves the Request's unused", async () => {
  const request = new Request(ECHO, { method: "POST", body: "of the request" });
  const { body } = await (await fetch(request, { body: "of init" })).json();
  assertEquals([body, request.bodyUsed], ["of init", false]);
});

test("Fetch, extract a body: a stream that is locked or was read rejects", async () => {
  const locked = new Blob(["a"]).stream();
  locked.getReader();
  const read = new Blob(["a"]).stream();
  await read.getReader().read();
  for (const body of [locked, read]) {
    await assertRejects(() => post(body, { duplex: "half" }), TypeError);
  }
});

testExceptOn(
  { workerd: "sends such a stream" },
  "Fetch, extract a body: a stream of anything but bytes rejects",
  async () => {
    if (runtime === "bun") return; // sends text as it is
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(42);
        controller.close();
      },
    });
    await assertRejects(() => post(body, { duplex: "half" }), TypeError);
  },
);

// Fetch, "abort a fetch() call"; DOM, "signal abort".

const REASONS = ["text", 0, null, false, new RangeError("enough"), { why: "enough" }];
for (const reason of REASONS) {
  test(`Fetch, abort a fetch() call: the reason ${String(reason)} is what rejects`, async () => {
    const before = await fetch(ECHO, { signal: AbortSignal.abort(reason) }).catch((
      error,
    ) => [error]);
    assertEquals(before, [reason]);
    const controller = new AbortController();
    const promise = fetch(`${server.origin}/stall`, { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 30);
    assertEquals(await promise.catch((error) => [error]), [reason]);
  });
}

test("Fetch, abort a fetch() call: a Request's signal counts, unless init has one", async () => {
  const request = new Request(ECHO, { signal: AbortSignal.abort("of the request") });
  assertEquals(await fetch(request).catch((error) => [error]), ["of the request"]);
  const other = AbortSignal.abort("of init");
  assertEquals(await fetch(request, { signal: other }).catch((error) => [error]), ["of init"]);
});

test("Fetch, Request constructor: a signal of null takes the Request's away", async () => {
  const request = new Request(ECHO, { signal: AbortSignal.abort() });
  assertEquals((await fetch(request, { signal: null })).status, 200);
});

test("Fetch, abort a fetch() call: an aborted call cancels the stream of its body", async () => {
  let cancelled: unknown;
  const body = new ReadableStream({ cancel: (reason) => void (cancelled = reason) });
  const signal = AbortSignal.abort("enough");
  const call = fetch(ECHO, { method: "POST", body, duplex: "half", signal });
  assertEquals(await call.catch((error) => error), "enough");
  if (runtime === "node") assertEquals(cancelled, "enough"); // the others leave it
});

for (const signal of ["signal", {}, 1]) {
  test(`WebIDL, interface types: ${JSON.stringify(signal)} is no signal`, async () => {
    await assertInvalid(() => fetch(ECHO, { signal: signal as unknown as AbortSignal }));
  });
}

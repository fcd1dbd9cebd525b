/**
 * Whole requests and responses, by comparison: each is sent through the runtime's own `fetch` to
 * the server's twin over plain HTTP, and through `mcFetch` to the server, and must come out the
 * same.
 */
import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { createHash } from "node:crypto";
import test from "node:test";
import { mcFetch, McFetchError } from "../../mod.ts";
import { type Digest, LARGE, TEXT } from "../support/bodies.ts";
import { runtime, sandboxCredentials, server } from "../support/context.ts";

type Send = (path: string, make?: Make) => Promise<Response>;

/** Makes what is sent, once for each of the two: a body can be sent only once. */
type Make = (url: string) => RequestInit | Request;

/** The runtime's own `fetch`, to the server's twin. */
const sendPlain: Send = async (path, make = () => ({})) => {
  const url = `${server.plainOrigin}${path}`;
  const made = make(url);
  return await (made instanceof Request ? fetch(made) : fetch(url, made));
};

const sendCertified: Send = async (path, make = () => ({})) => {
  const url = `${server.origin}${path}`;
  const made = make(url);
  const credentials = sandboxCredentials();
  return made instanceof Request
    ? await mcFetch(made, undefined, credentials)
    : await mcFetch(url, made, credentials);
};

/** What `look` sees must be the same with both. Returns what it saw. */
async function assertAlike<T>(look: (send: Send) => Promise<T>): Promise<T> {
  const expected = await look(sendPlain);
  const actual = await look(sendCertified);
  assertEquals(actual, expected);
  return actual;
}

/** Headers that differ for a reason: the server's name, and brotli, which is for `https:` alone. */
const DIFFERENT = ["host", "accept-encoding"];

/** The type of a text (Fetch Standard, "extract a body"). Bun's own `fetch` leaves it out. */
const TEXT_TYPE = "text/plain;charset=UTF-8";

/** What arrived at the server, except what differs for a reason or is random. */
async function arrived(response: Response): Promise<Digest> {
  const { headers, ...rest }: Digest = await response.json();
  const kept = Object.entries(headers).filter(([name, value]) =>
    !DIFFERENT.includes(name) &&
    !(runtime === "bun" && name === "content-type" && value === TEXT_TYPE)
  );
  const text = JSON.stringify(Object.fromEntries(kept));
  return { ...rest, headers: JSON.parse(text.replace(/(boundary=)[^"]*/, "$1")) };
}

/** How a promise was rejected: the kind of error and, where it is the signal's, its name. */
async function rejection(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(() => assert(false, "It was not rejected"), (error) => error);
  return error instanceof DOMException ? error.name : `${error}`;
}

function sha256(...chunks: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest("hex");
}

const BYTES = Uint8Array.from({ length: 1000 }, (_, index) => index);

function form(): FormData {
  const form = new FormData();
  form.set("pet", "Zoë");
  form.set("photo", new Blob([BYTES], { type: "image/png" }), "zoë.png");
  return form;
}

const BODIES: Record<string, () => BodyInit> = {
  "a string": () => "Zoë",
  "an empty string": () => "",
  "URLSearchParams": () => new URLSearchParams({ pet: "Zoë", tag: "a b&c" }),
  "a Blob": () => new Blob([BYTES], { type: "image/png" }),
  "a Blob without a type": () => new Blob([BYTES]),
  "an ArrayBuffer": () => BYTES.slice().buffer,
  "a Uint8Array in a larger buffer": () => BYTES.slice().subarray(10, 20),
  "a Float64Array": () => new Float64Array([1, 2, 3]),
  "a DataView": () => new DataView(BYTES.slice().buffer, 1, 5),
};

for (const [name, body] of Object.entries(BODIES)) {
  test(`${name} as a body arrives as with the runtime's own fetch`, async () => {
    const bytes = new Uint8Array(await new Response(body()).arrayBuffer());
    for (
      const make of [
        () => ({ method: "POST", body: body() }),
        (url: string) => new Request(url, { method: "POST", body: body() }),
      ]
    ) {
      const digest = await assertAlike(async (send) => await arrived(await send("/digest", make)));
      assertEquals([digest.length, digest.sha256], [bytes.length, sha256(bytes)]);
    }
  });
}

test("a form as a body arrives as with the runtime's own fetch", async () => {
  for (
    const make of [
      () => ({ method: "POST", body: form() }),
      (url: string) => new Request(url, { method: "POST", body: form() }),
    ]
  ) {
    const { headers } = await assertAlike(async (send) => {
      const { headers, length } = await arrived(await send("/digest", make));
      return { headers, length }; // the boundary, which is in the body too, is random
    });
    assertEquals(headers["content-type"], "multipart/form-data; boundary=");
  }
});

test("a Request that was sent is used, and cannot be sent again", async () => {
  for (const stream of [false, true]) {
    await assertAlike(async (send) => {
      const requests: Request[] = [];
      const make = (url: string) => {
        const body = stream ? new Blob(["once"]).stream() : "once";
        const init: RequestInit & { duplex: "half" } = { method: "POST", body, duplex: "half" };
        return requests[0] ??= new Request(url, init);
      };
      assertEquals((await arrived(await send("/digest", make))).length, 4);
      const error = await assertRejects(() => send("/digest", make), TypeError);
      assertEquals(error instanceof McFetchError, send === sendCertified);
      return requests[0]?.bodyUsed;
    });
  }
});

test("a Request works whole: its method, its headers and its body", async () => {
  const headers = { "x-a": "b", "content-type": "application/json" };
  const init = { method: "PATCH", headers, body: "{}" };
  const make = (url: string) => new Request(url, init);
  const digest = await assertAlike(async (send) => await arrived(await send("/digest", make)));
  assertEquals([digest.method, digest.length, digest.headers["x-a"]], ["PATCH", 2, "b"]);
});

test("init goes over what is in the Request", async () => {
  const request = (origin: string) => {
    const headers = { "x-a": "of the request", "x-b": "of the request" };
    return new Request(`${origin}/digest`, { method: "PUT", headers, body: "of the request" });
  };
  const init = { method: "POST", headers: { "x-a": "of the init" }, body: "{}" };
  for (const over of [init, { headers: init.headers }, { method: "POST" }, { body: "{}" }]) {
    const expected = await arrived(await fetch(request(server.plainOrigin), over));
    const response = await mcFetch(request(server.origin), over, sandboxCredentials());
    assertEquals(await arrived(response), expected);
  }
});

/** A stream of so many chunks of 64 KiB, made as they are asked for. */
function stream(chunks: number, pulled = () => {}): ReadableStream<Uint8Array<ArrayBuffer>> {
  let index = 0;
  return new ReadableStream({
    pull(controller) {
      pulled();
      if (index === chunks) controller.close();
      else controller.enqueue(new Uint8Array(65_536).fill(index++));
    },
  });
}

test("a stream of 8 MiB arrives whole, in chunks, and as it is made", async () => {
  const chunks = Array.from({ length: 128 }, (_, index) => new Uint8Array(65_536).fill(index));
  const digest = await assertAlike(async (send) => {
    const make = () => ({ method: "POST", body: stream(128), duplex: "half" as const });
    return await arrived(await send("/digest", make));
  });
  assertEquals([digest.length, digest.sha256], [8 * 2 ** 20, sha256(...chunks)]);
  assertEquals(digest.headers["content-length"], undefined);
  const make = (url: string) =>
    new Request(url, { method: "POST", body: stream(128), duplex: "half" } as RequestInit);
  assertEquals((await arrived(await sendCertified("/digest", make))).sha256, sha256(...chunks));
});

test("an async iterable as a body is taken where the runtime's own fetch takes it", async () => {
  const make = () => {
    const body = (async function* () {
      for (const text of ["one", "two", "three"]) yield new TextEncoder().encode(text);
    })();
    // Not in the types everywhere: runtimes differ in whether they take it, and as what.
    return { method: "POST", body: body as unknown as ReadableStream, duplex: "half" as const };
  };
  await assertAlike(async (send) => await arrived(await send("/digest", make)));
});

test("an abort before the call sends nothing, whatever the reason", async () => {
  const id = `abort${runtime}`;
  const path = `/fail/${id}?times=0`;
  for (const reason of [undefined, new RangeError("enough"), "enough"]) {
    await assertAlike(async (send) => {
      const signal = AbortSignal.abort(reason);
      const error = await send(path, () => ({ signal })).catch((error) => error);
      assertEquals(error, signal.reason);
      const asked = await send(path, (url) => new Request(url, { signal })).catch((e) => e);
      return `${asked}`;
    });
  }
  assertEquals(await (await fetch(`${server.plainOrigin}/visits/${id}`)).text(), "0");
});

test("an abort during the upload rejects, and the stream is not pulled any further", async () => {
  await assertAlike(async (send) => {
    const controller = new AbortController();
    let pulls = 0;
    const pulled = () => void (++pulls === 20 && controller.abort());
    const { signal } = controller;
    const body = stream(10_000, pulled);
    const how = await rejection(
      send("/digest", () => ({ method: "POST", body, signal, duplex: "half" })),
    );
    await sleep(50);
    const after = pulls;
    await sleep(50);
    return { how, stopped: pulls === after };
  });
});

test("an abort while the answer is awaited rejects, by init and by Request alike", async () => {
  for (const make of [(url: string, init: RequestInit) => new Request(url, init), undefined]) {
    const how = await assertAlike(async (send) => {
      const signal = AbortSignal.timeout(100);
      return await rejection(send("/stall", (url) => make?.(url, { signal }) ?? { signal }));
    });
    assertEquals(how, "TimeoutError");
  }
});

test("an abort while the body is read ends the reading", async () => {
  const how = await assertAlike(async (send) => {
    const controller = new AbortController();
    const response = await send("/begin", () => ({ signal: controller.signal }));
    const reader = response.body!.getReader();
    const { value } = await reader.read();
    assertEquals(new TextDecoder().decode(value), "the beginning");
    const rest = reader.read();
    controller.abort();
    return await rejection(rest);
  });
  assertEquals(how, "AbortError");
});

test("a body that is cut off rejects", async () => {
  await assertAlike(async (send) => {
    const response = await send("/cut");
    await assertRejects(() => response.text(), Error);
    return response.status;
  });
});

test("a body of 20 MiB comes whole, and as it is sent", async () => {
  const response = await sendCertified("/large");
  let length = 0;
  const hash = createHash("sha256");
  for await (const chunk of response.body!) {
    length += chunk.length;
    hash.update(chunk);
  }
  const chunks = Array.from({ length: LARGE.chunks }, (_, i) => new Uint8Array(LARGE.size).fill(i));
  assertEquals([length, hash.digest("hex")], [20 * 2 ** 20, sha256(...chunks)]);
});

for (const coding of ["gzip", "deflate", "br"]) {
  test(`a response in ${coding} is read as with the runtime's own fetch`, async () => {
    const [text] = await assertAlike(async (send) => {
      const response = await send(`/compressed/${coding}`);
      return [await response.text(), response.headers.get("content-encoding")];
    });
    // Deno and workerd do not decode deflate.
    assertEquals(text === TEXT, coding !== "deflate" || runtime === "node" || runtime === "bun");
  });
}

test("responses without a body are as with the runtime's own fetch", async () => {
  const [head] = await assertAlike(async (send) => {
    const seen = [];
    for (
      const [method, path] of [
        ["HEAD", "/large"],
        ["HEAD", "/compressed/gzip"],
        ["GET", "/status/204"],
        ["POST", "/status/205"],
        ["GET", "/status/304"],
        ["GET", "/status/200"],
        ["GET", "/status/500"],
      ] as const
    ) {
      const response = await send(path, () => ({ method }));
      const { status, statusText, ok, type, redirected, headers, body } = response;
      const names = ["etag", "content-length", "content-encoding"];
      const values = names.map((name) => headers.get(name));
      const isNull = body === null;
      const text = await response.text();
      seen.push([status, statusText, ok, type, redirected, isNull, text, ...values]);
    }
    return seen;
  });
  assertEquals(head?.slice(0, 3), [200, "OK", true]);
});

test("keepalive and the rest of init that a server need not see are taken", async () => {
  const init = {
    keepalive: true,
    cache: "no-store",
    referrerPolicy: "no-referrer",
    method: "delete",
  } as const;
  // workerd's fetch has some of these and refuses others: then ours refuses them too.
  await assertAlike(async (send) => {
    const response = await send("/digest", () => init).catch((error) => error as Error);
    if (response instanceof Response) return await arrived(response);
    assertInstanceOf(response, TypeError);
    return "refused";
  });
});

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

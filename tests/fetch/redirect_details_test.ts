/**
 * What a request keeps along its redirects, and what its response tells of them.
 *
 * @module
 */
import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { createHash } from "node:crypto";
import test from "node:test";
import {
  createMcFetch,
  type McFetch,
  mcFetch,
  McFetchError,
  type McFetchErrorCode,
} from "../../mod.ts";
import {
  countConnections,
  runtime,
  sandboxCredentials,
  server,
  testExceptOn,
} from "../support/context.ts";

const ECHO = `${server.origin}/echo`;
const MIB = 1024 * 1024;

let bound: McFetch | undefined;

/** Made at the first call, because bindings are not there before. */
function send(input: string | Request, init?: RequestInit): Promise<Response> {
  return (bound ??= createMcFetch(sandboxCredentials()))(input, init);
}

function redirecting(status: number, to: string, origin: string = server.origin): string {
  return `${origin}/redirect?status=${status}&to=${encodeURIComponent(to)}`;
}

async function assertCode(code: McFetchErrorCode, call: Promise<unknown>): Promise<McFetchError> {
  const error = await call.then((answer) => answer, (error) => error);
  assertInstanceOf(error, McFetchError);
  assertEquals(error.code, code, error.message);
  return error;
}

test("a Location in UTF-8 or encoded leads where it says", async () => {
  const utf8 = String.fromCharCode(...new TextEncoder().encode("/echo?é=안"));
  const [{ url }, response] = await Promise.all([
    send(redirecting(302, utf8)).then((response) => response.json()),
    send(redirecting(302, "/echo?%C3%A9=%EC%95%88")),
  ]);
  assertEquals(url, "/echo?%C3%A9=%EC%95%88");
  assertEquals((await response.json()).url, url);
});

const UTF_8_ONLY = { workerd: "decodes headers as UTF-8" };

testExceptOn(UTF_8_ONLY, "a Location in Latin-1 leads where it says", async () => {
  // A lone byte beyond ASCII is no UTF-8.
  assertEquals((await (await send(redirecting(302, "/echo?\xe9"))).json()).url, "/echo?%C3%A9");
});

test("a Location of another scheme is not followed, also if its origin is the same", async () => {
  const before = await countConnections();
  for (const to of [`blob:${server.origin}/x`, "blob:x", "data:,x", "file:///x", "about:blank"]) {
    const error = await assertCode("cross_origin_redirect", send(redirecting(302, to)));
    assert(error.message.includes(`a ${to.split(":")[0]}: URL`), error.message);
  }
  assertEquals((await countConnections()).other, before.other);
});

const NODE_RULES = {
  workerd: "supports neither",
  deno: "the runtime's own",
  bun: "the runtime's own",
};

const NONE = { workerd: "supports neither" };

testExceptOn(NONE, "referrer and cache go along as with the runtime's own fetch", async () => {
  const referrer = "http://referrer.example/a?b";
  const inits: RequestInit[] = [
    { referrer, referrerPolicy: "unsafe-url" },
    { referrer, referrerPolicy: "origin" },
    { referrer, referrerPolicy: "strict-origin" },
    { referrer, referrerPolicy: "same-origin" },
    { cache: "no-store" },
    { cache: "reload" },
    { cache: "no-cache" },
    { mode: "same-origin", credentials: "omit" },
  ];
  const look = async (fetcher: typeof fetch, url: string, init: RequestInit, made: boolean) => {
    const response = await (made ? fetcher(new Request(url, init)) : fetcher(url, init));
    const { headers } = await response.json();
    const names = ["referer", "cache-control", "pragma", "sec-fetch-mode"];
    return names.map((name) => headers[name]);
  };
  for (const init of inits) {
    for (const path of ["/digest", "/redirect?status=302&to=/digest"]) {
      for (const made of [false, true]) {
        const ours = await look(send as typeof fetch, `${server.origin}${path}`, init, made);
        if (init.mode !== undefined) {
          assertEquals(ours[3], runtime === "node" ? "same-origin" : undefined);
          continue;
        }
        const plain = await look(fetch, `${server.plainOrigin}${path}`, init, made);
        assertEquals(ours, plain, `${JSON.stringify(init)} ${path}, as a Request: ${made}`);
      }
    }
  }
});

testExceptOn(NONE, "a referrer policy of no-referrer is kept", async () => {
  const init: RequestInit = { referrer: "https://a.example", referrerPolicy: "no-referrer" };
  for (const path of ["/digest", "/redirect?status=302&to=/digest"]) {
    const { headers } = await (await send(`${server.origin}${path}`, init)).json();
    assertEquals(headers.referer, undefined);
  }
});

/** Bodies of a `Request`, and whether each can be sent again after a redirect. */
const KEPT: Record<string, [() => BodyInit, boolean]> = {
  "a string": [() => "Zoë", true],
  "JSON of 200 kB": [() => JSON.stringify("x".repeat(200_000)), true],
  "bytes": [() => new Uint8Array(100), true],
  "URLSearchParams": [() => new URLSearchParams({ a: "b" }), true],
  "exactly 1 MiB": [() => new Uint8Array(MIB), true],
  "4 MiB": [() => new Uint8Array(4 * MIB), false],
};

for (const [name, [body, isKept]] of Object.entries(KEPT)) {
  test(`a Request with ${name}: ${isKept ? "sent again" : "not sent again"} after a 307`, async () => {
    const { length, sha256 } = await (await send(ECHO.replace("echo", "digest"), {
      method: "POST",
      body: body(),
    })).json();
    for (const method of ["POST", "PUT"]) {
      for (const status of [307, 308]) {
        const request = () => new Request(redirecting(status, "/digest"), { method, body: body() });
        const call = send(request());
        if (isKept) {
          const seen = await (await call).json();
          assertEquals([seen.method, seen.length, seen.sha256], [method, length, sha256]);
        } else await assertCode("redirect_failed", call);
      }
      // Without a redirect every length arrives.
      const straight = new Request(`${server.origin}/digest`, { method, body: body() });
      assertEquals((await (await send(straight)).json()).sha256, sha256);
    }
  });
}

for (const [name, body] of [["a Blob", new Blob(["{}"])], ["FormData", form()]] as const) {
  test(`a Request with ${name} is sent again after a 307`, async () => {
    const request = new Request(redirecting(307, "/digest"), { method: "POST", body });
    assert((await (await send(request)).json()).length > 0);
  });
}

function form(): FormData {
  const form = new FormData();
  form.set("a", "b");
  return form;
}

test("a Request whose body comes slowly arrives whole, and is not sent again", async () => {
  const slow = (url: string) => {
    let count = 0;
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        if (count++ < 5) controller.enqueue(new Uint8Array(10));
        else controller.close();
      },
    });
    const init: RequestInit & { duplex: "half" } = { method: "POST", body, duplex: "half" };
    return new Request(url, init);
  };
  assertEquals((await (await send(slow(`${server.origin}/digest`))).json()).length, 50);
  await assertCode("redirect_failed", send(slow(redirecting(307, "/digest"))));
  const { method } = await (await send(slow(redirecting(303, "/digest")))).json();
  assertEquals(method, "GET");
});

test("integrity is held against the last body, right or wrong", async () => {
  const digest = (hash: string, text: string) =>
    `${hash}-${createHash(hash).update(text).digest("base64")}`;
  const right = ["sha256", "sha384", "sha512"].map((hash) => digest(hash, "0"));
  const wrong = digest("sha256", "moved");
  const path = "/visits/integrity"; // answers "0"
  for (const url of [`${server.origin}${path}`, redirecting(302, path)]) {
    for (const integrity of [...right, right.join(" "), `${wrong} ${right[0]}`, "md5-x", ""]) {
      const response = await send(url, { integrity });
      assertEquals([response.url, await response.text()], [`${server.origin}${path}`, "0"]);
    }
    for (const integrity of [wrong, `${right[0]} ${digest("sha512", "1")}`]) {
      for (const input of [url, new Request(url)]) {
        const error = await assertCode("invalid_response", send(input, { integrity }));
        assert(error.message.includes("integrity"), error.message);
      }
    }
  }
  // The response of a fetcher may have no URL.
  const fetcher = { fetch: () => Promise.resolve(new Response("0")) };
  await assertCode("invalid_response", mcFetch(server.origin, { integrity: wrong }, { fetcher }));
});

test("a response and its clones tell of the redirect", async () => {
  for (const [url, redirected] of [[ECHO, false], [redirecting(302, "/echo"), true]] as const) {
    const first = await send(url);
    const second = first.clone();
    const third = second.clone();
    for (const response of [first, second, third]) {
      const { status, type } = response;
      assertEquals([response.url, response.redirected, status, type], [
        ...[ECHO, redirected, 200, first.type] as const,
      ]);
      assertInstanceOf(response, Response);
    }
    const [a, b, c] = await Promise.all([first.text(), second.text(), third.text()]);
    assert(a === b && b === c && a.length > 0);
  }
});

testExceptOn(NODE_RULES, "strict-origin: the server gets the origin of its own page", async () => {
  const init: RequestInit = { referrer: `${server.origin}/a?b`, referrerPolicy: "strict-origin" };
  const { headers } = await (await send(`${server.origin}/digest`, init)).json();
  assertEquals(headers.referer, `${server.origin}/`);
});

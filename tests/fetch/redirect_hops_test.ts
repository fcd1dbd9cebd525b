/**
 * The hops of redirects, one by one: what each sends and what it leaves out. The server's part is a
 * list of responses, so every header and method can be seen, also those that a runtime hides.
 *
 * @module
 */
import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import test from "node:test";
import { McFetchError } from "../../mod.ts";
import { followRedirects } from "../../lib/fetch/redirects.ts";
import type { HopBody, HopRequest } from "../../lib/fetch/runtime/client.ts";

const URL_A = "https://a.example/start";
const ORIGINS = new Set(["https://a.example", "https://b.example"]);

/** All headers that a redirect may drop, and one that it keeps. */
const HEADERS = [
  "authorization",
  "content-encoding",
  "content-language",
  "content-length",
  "content-location",
  "content-type",
  "cookie",
  "host",
  "proxy-authorization",
  "x-kept",
];
const BODY_HEADERS = HEADERS.filter((name) => name.startsWith("content-"));
const ORIGIN_HEADERS = ["authorization", "cookie", "host", "proxy-authorization"];

/** A redirect; without a Location if there is no `to`. */
function redirect(status: number, to?: string, headers: Record<string, string> = {}): Response {
  const location: Record<string, string> = to === undefined ? {} : { location: to };
  return new Response("moved", { status, headers: { ...location, ...headers } });
}

/** Follows the responses in turn, then a 200, and returns the hops that were sent. */
async function follow(
  responses: readonly Response[],
  change: Partial<HopRequest> = {},
  mode: RequestRedirect = "follow",
  origins: ReadonlySet<string> | undefined = ORIGINS,
): Promise<{ hops: HopRequest[]; response: Response }> {
  const hops: HopRequest[] = [];
  const first: HopRequest = {
    method: "GET",
    url: new URL(URL_A),
    headers: HEADERS.map((name) => [name, `value of ${name}`]),
    body: null,
    signal: undefined,
    ...change,
  };
  const response = await followRedirects(first, mode, origins, (hop) => {
    hops.push(hop);
    return Promise.resolve(responses[hops.length - 1] ?? new Response("last"));
  });
  return { hops, response };
}

/** Returns the names of the headers that the second hop lacks. */
function lost({ headers }: HopRequest): string[] {
  for (const [name, value] of headers) assertEquals(value, `value of ${name}`);
  return HEADERS.filter((name) => !headers.some(([given]) => given === name));
}

async function failure(call: Promise<unknown>, code: string): Promise<string> {
  const error = await call.then(() => undefined, (error) => error);
  assertInstanceOf(error, McFetchError);
  assertEquals(error.code, code, error.message);
  return error.message;
}

const BODY = Uint8Array.of(1, 2, 3);

/** The method of the second hop, by the status and the method of the first. */
const METHODS: Record<number, Record<string, string>> = {
  301: { GET: "GET", HEAD: "HEAD", POST: "GET", PUT: "PUT", PATCH: "PATCH", DELETE: "DELETE" },
  302: { GET: "GET", HEAD: "HEAD", POST: "GET", PUT: "PUT", PATCH: "PATCH", DELETE: "DELETE" },
  303: { GET: "GET", HEAD: "HEAD", POST: "GET", PUT: "GET", PATCH: "GET", DELETE: "GET" },
  307: { GET: "GET", HEAD: "HEAD", POST: "POST", PUT: "PUT", PATCH: "PATCH", DELETE: "DELETE" },
  308: { GET: "GET", HEAD: "HEAD", POST: "POST", PUT: "PUT", PATCH: "PATCH", DELETE: "DELETE" },
};

for (const [status, methods] of Object.entries(METHODS)) {
  test(`each method after a ${status}, with its body and the headers of the body`, async () => {
    for (const [method, expected] of Object.entries(methods)) {
      const hasBody = method !== "GET" && method !== "HEAD";
      const body = hasBody ? BODY : null;
      const { hops } = await follow([redirect(Number(status), "/next")], { method, body });
      assertEquals(hops.map((hop) => hop.method), [method, expected]);
      assertEquals(hops[1]?.url.href, "https://a.example/next");
      assertEquals(hops[1]?.body, expected === method ? body : null, method);
      assertEquals(lost(hops[1]!), expected === method ? [] : BODY_HEADERS, method);
    }
  });
}

test("no other status redirects, whatever its Location", async () => {
  for (const status of [200, 201, 300, 305, 306, 309, 399, 400]) {
    const { hops, response } = await follow([redirect(status, "/next")]);
    assertEquals([hops.length, response.status, response.redirected], [1, status, false]);
    assertEquals(await response.text(), "moved");
  }
});

test("another origin does not get the headers that are meant for the first", async () => {
  const across = redirect(307, "https://b.example/next");
  const { hops } = await follow([across], { method: "POST", body: BODY });
  assertEquals(lost(hops[1]!), ORIGIN_HEADERS);
  assertEquals(hops[1]?.body, BODY);

  // What is left out stays out on the way back.
  const back = redirect(302, URL_A);
  const { hops: three } = await follow([redirect(303, "https://b.example/"), back], {
    method: "POST",
    body: BODY,
  });
  assertEquals(lost(three[2]!), HEADERS.filter((name) => name !== "x-kept"));

  // Another port is another origin.
  const port = new Set(["https://a.example:8443"]);
  const other = redirect(302, "https://a.example:8443/");
  assertEquals(lost((await follow([other], {}, "follow", port)).hops[1]!), ORIGIN_HEADERS);
});

test("the same origin keeps all headers, and the signal, owner and extras stay", async () => {
  const { signal } = new AbortController();
  const owner = new Request(URL_A);
  const extras: RequestInit = { cache: "no-store", referrerPolicy: "origin" };
  const { hops } = await follow([redirect(302, URL_A)], { signal, owner, extras });
  assertEquals(lost(hops[1]!), []);
  assert(hops[1]?.signal === signal && hops[1].owner === owner);
  assertEquals(hops[1]?.extras, extras);
});

test("the last policy that is known replaces the referrer policy", async () => {
  const policies: [string, string][] = [
    ["no-referrer", "no-referrer"],
    ["No-Referrer, ORIGIN", "origin"],
    ["same-origin, unknown", "same-origin"],
    ["unknown", "unsafe-url"],
    ["", "unsafe-url"],
  ];
  for (const [given, expected] of policies) {
    const extras: RequestInit = { referrerPolicy: "unsafe-url" };
    const response = redirect(302, "/", { "referrer-policy": given });
    const { hops } = await follow([response], { extras });
    assertEquals(hops[1]?.extras?.referrerPolicy, expected, given);
  }
});

test("the fragment goes along, unless the Location has one", async () => {
  const url = new URL(`${URL_A}#first`);
  const { hops } = await follow([redirect(302, "/b"), redirect(302, "/c#third")], { url });
  assertEquals(hops.map(({ url }) => url.hash), ["#first", "#first", "#third"]);
});

test("the body of a redirect is canceled, and that of the last response is not", async () => {
  const canceled: number[] = [];
  const endless = (number: number, status: number, to: string) =>
    new Response(new ReadableStream({ cancel: () => void canceled.push(number) }), {
      status,
      headers: { location: to },
    });
  const { response } = await follow([endless(1, 302, "/b"), endless(2, 308, "/c")]);
  assertEquals(canceled, [1, 2]);
  assertEquals(await response.text(), "last");
  await failure(follow([endless(3, 302, "https://other.example/")]), "cross_origin_redirect");
  await failure(follow([endless(4, 302, "/")], {}, "error"), "redirect_failed");
  assertEquals(canceled, [1, 2, 3, 4]);
  const { response: manual } = await follow([endless(5, 302, "/b")], {}, "manual");
  assertEquals(canceled.length, 4);
  await manual.body?.cancel();
});

test("a stream is gone after it was sent, and its redirect says so", async () => {
  const body: HopBody = new Blob(["once"]).stream() as ReadableStream<Uint8Array>;
  for (const status of [301, 307, 308]) {
    const message = await failure(
      follow([redirect(status, "/next")], { method: "PUT", body }),
      "redirect_failed",
    );
    assertStringIncludes(message, `status ${status} asks for the body again`);
    assertStringIncludes(message, "call the final URL, or pass the body as text or bytes");
  }
  const { hops } = await follow([redirect(303, "/next")], { method: "POST", body });
  assertEquals([hops[1]?.method, hops[1]?.body], ["GET", null]);
});

test("twenty redirects are followed, and the next one fails", async () => {
  const twenty = Array.from({ length: 20 }, (_, count) => redirect(302, `/${count}`));
  const { hops, response } = await follow(twenty);
  assertEquals([hops.length, response.redirected], [21, true]);
  let sent = 0;
  const first = { method: "GET", url: new URL(URL_A), headers: [], body: null, signal: undefined };
  const loop = followRedirects(first, "follow", undefined, () => {
    sent++;
    return Promise.resolve(redirect(302, URL_A));
  });
  assertStringIncludes(await failure(loop, "redirect_failed"), "it is the 21st in a row");
  assertEquals(sent, 21);
});

test("redirect: manual, and follow without a Location, give the redirect itself", async () => {
  for (const status of [301, 302, 303, 307, 308]) {
    const manual = await follow([redirect(status, "https://other.example/")], {}, "manual");
    const without = await follow([redirect(status)]);
    for (const { hops, response } of [manual, without]) {
      assertEquals([hops.length, response.status, response.redirected], [1, status, false]);
    }
  }
});

test("redirect: error rejects each redirect, also one without a Location", async () => {
  for (const status of [301, 302, 303, 307, 308]) {
    for (const to of ["/next", undefined]) {
      const message = await failure(follow([redirect(status, to)], {}, "error"), "redirect_failed");
      assertStringIncludes(message, '`redirect` is "error"');
    }
  }
  const { response } = await follow([], {}, "error");
  assertEquals([response.status, response.redirected], [200, false]);
});

test("a Location with a user name or a password rejects, and is not shown", async () => {
  for (const user of ["user@", "user:hunter2@", ":hunter2@"]) {
    const to = `https://${user}a.example/`;
    const message = await failure(follow([redirect(302, to)]), "redirect_failed");
    assert(!/hunter2|user@/.test(message), message);
    assertStringIncludes(message, "a user name or a password");
  }
});

test("only an https: URL of an allowed origin is followed", async () => {
  const refused: [string, string][] = [
    ["https://c.example/", "https://c.example"],
    ["http://a.example/", "http://a.example"],
    ["https://a.example:444/", "https://a.example:444"],
    ["//c.example/", "https://c.example"],
    ["https://a.example.c.example/", "https://a.example.c.example"],
    ["data:,x", "a data: URL"],
    ["blob:https://a.example/x", "a blob: URL"],
  ];
  for (const [to, shown] of refused) {
    const message = await failure(follow([redirect(302, to)]), "cross_origin_redirect");
    assertStringIncludes(message, `from https://a.example to ${shown}: `);
  }
  // Without `origins`, only the origin of the request is allowed.
  const call = follow([redirect(302, "https://b.example/")], {}, "follow", new Set());
  await failure(call, "cross_origin_redirect");
  const first = { method: "GET", url: new URL(URL_A), headers: [], body: null, signal: undefined };
  const free = followRedirects(
    first,
    "follow",
    undefined,
    () => Promise.resolve(redirect(302, "https://b.example/")),
  );
  await failure(free, "cross_origin_redirect");
});

test("a Location that is no URL rejects", async () => {
  const message = await failure(follow([redirect(302, "https://[")]), "redirect_failed");
  assertStringIncludes(message, "its Location header is not a URL");
});

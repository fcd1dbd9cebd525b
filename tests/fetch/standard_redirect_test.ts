/**
 * What the Fetch Standard and RFC 9110 say of redirects. Each name gives the clause.
 */
import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { readFileSync } from "node:fs";
import test from "node:test";
import { createMcFetch, type McFetch, McFetchError, type McFetchErrorCode } from "../../mod.ts";
import {
  fixture,
  sandboxCredentials,
  sandboxFile,
  server,
  testExceptOn,
} from "../support/context.ts";

const ECHO = `${server.origin}/echo`;

let home: McFetch | undefined;

/** Made at the first call, because bindings are not there before. */
function fetch(input: string | Request, init?: RequestInit): Promise<Response> {
  return (home ??= createMcFetch(sandboxCredentials()))(input, init);
}

let abroad: McFetch | undefined;

/** Follows redirects to the other server, too, with a certificate that both accept. */
function fetchAbroad(input: string, init: RequestInit): Promise<Response> {
  abroad ??= createMcFetch({
    cert: fixture("client.pem"),
    key: fixture("client.pkcs8.key"),
    extraCa: [sandboxFile("ca.pem"), readFileSync(`${server.otherDirectory}/ca.pem`)],
    origins: [server.origin, server.otherOrigin],
  });
  return abroad(input, init);
}

/** A URL of the server that redirects; `OTHER` in `to` is the other server's origin. */
function redirecting(status: number, to: string): string {
  return `${server.origin}/redirect?status=${status}&to=${encodeURIComponent(to)}`;
}

async function assertCode(code: McFetchErrorCode, call: () => Promise<unknown>): Promise<void> {
  const error = await assertRejects(call, TypeError);
  assertInstanceOf(error, McFetchError);
  assertEquals(error.code, code, error.message);
}

// Fetch, "HTTP-redirect fetch": the method and the body. RFC 9110, section 15.4.

const KEEPS: Record<string, readonly number[]> = {
  GET: [301, 302, 303, 307, 308],
  HEAD: [301, 302, 303, 307, 308],
  POST: [307, 308],
  PUT: [301, 302, 307, 308],
  PATCH: [301, 302, 307, 308],
  DELETE: [301, 302, 307, 308],
};
for (const [method, statuses] of Object.entries(KEEPS)) {
  for (const status of [301, 302, 303, 307, 308]) {
    const kept = statuses.includes(status);
    test(`Fetch, HTTP-redirect fetch: ${status} ${kept ? "keeps" : "drops"} ${method}`, async () => {
      const body = method === "GET" || method === "HEAD" ? null : "{}";
      const headers = {
        "content-type": "application/json",
        "content-language": "en",
        "content-location": "/a",
        "x-kept": "yes",
      };
      const response = await fetch(redirecting(status, "/echo"), { method, body, headers });
      assertEquals([response.status, response.url, response.redirected], [200, ECHO, true]);
      if (method === "HEAD") return assertEquals(await response.text(), "");
      const seen = await response.json();
      assertEquals([seen.method, seen.body], [kept ? method : "GET", kept ? body ?? "" : ""]);
      assertEquals(seen.headers["x-kept"], "yes");
      for (const name of ["content-type", "content-language", "content-location"] as const) {
        assertEquals(seen.headers[name], kept ? headers[name] : undefined, name);
      }
      if (!kept) assertEquals(seen.headers["content-length"], undefined);
    });
  }
}

const SENT_AGAIN: [string, () => BodyInit][] = [
  ["a string", () => "body"],
  ["bytes", () => new TextEncoder().encode("body")],
  ["an ArrayBuffer", () => new TextEncoder().encode("body").buffer],
  ["a Blob", () => new Blob(["body"])],
  ["URLSearchParams", () => new URLSearchParams("body")],
];
for (const [name, make] of SENT_AGAIN) {
  test(`Fetch, HTTP-redirect fetch: ${name} is sent again`, async () => {
    const body = make();
    const response = await fetch(redirecting(307, redirecting(308, "/echo")), {
      method: "POST",
      body,
    });
    assertEquals((await response.json()).body.replace("=", ""), "body");
  });
}

test("Fetch, HTTP-redirect fetch: a body in a Request is sent again", async () => {
  const request = new Request(redirecting(308, "/echo"), { method: "POST", body: "in a Request" });
  assertEquals((await (await fetch(request)).json()).body, "in a Request");
});

test("Fetch, HTTP-redirect fetch: a stream cannot be sent again", async () => {
  const body = new Blob(["once"]).stream();
  const init: RequestInit & { duplex: "half" } = { method: "POST", body, duplex: "half" };
  await assertCode("redirect_failed", () => fetch(redirecting(307, "/echo"), init));
});

test("Fetch, HTTP-redirect fetch: a stream is sent, and a 303 after it followed", async () => {
  const body = new Blob(["once"]).stream();
  const init: RequestInit & { duplex: "half" } = { method: "POST", body, duplex: "half" };
  assertEquals((await (await fetch(redirecting(303, "/echo"), init)).json()).method, "GET");
});

// Fetch, "location URL"; RFC 9110, section 10.2.2.

test("RFC 9110, 10.2.2: a Location is relative to the URL that gave it", async () => {
  for (const to of ["echo", "./echo", "../../echo", "/echo", `//${new URL(ECHO).host}/echo`]) {
    assertEquals((await fetch(redirecting(302, to))).url, ECHO, to);
  }
});

testExceptOn(
  { bun: "keeps it" },
  "Fetch, url getter: no fragment, a Location's neither",
  async () => {
    for (const to of ["/echo", "/echo#second", "/echo#"]) {
      assertEquals((await fetch(`${redirecting(302, to)}#first`)).url, ECHO, to);
    }
  },
);

test("Fetch, location URL: a Location in UTF-8 is decoded as such", async () => {
  const bytes = String.fromCharCode(...new TextEncoder().encode("/echo?pet=안녕"));
  const response = await fetch(redirecting(302, bytes));
  const encoded = "/echo?pet=%EC%95%88%EB%85%95";
  assertEquals(response.url, `${server.origin}${encoded}`);
  assertEquals((await response.json()).url, encoded);
});

for (const to of ["https://[", "https://a b/", "https://a:99999/"]) {
  test(`Fetch, location URL: ${to} is a failure`, async () => {
    await assertCode("redirect_failed", () => fetch(redirecting(302, to)));
  });
}

test("Fetch, HTTP-redirect fetch: no Location, no redirect", async () => {
  const response = await fetch(`${server.origin}/redirect?status=301`);
  assertEquals([response.status, response.redirected, await response.text()], [
    301,
    false,
    "moved",
  ]);
});

for (const status of [300, 304, 305, 306]) {
  test(`Fetch, redirect status: ${status} with a Location is none`, async () => {
    const response = await fetch(redirecting(status, "/echo"));
    assertEquals([response.status, response.redirected], [status, false]);
    await response.body?.cancel();
  });
}

testExceptOn(
  { workerd: "its bindings are for one server each" },
  "Fetch, HTTP-redirect fetch: another origin gets no credentials of the first",
  async () => {
    const names = ["authorization", "cookie", "proxy-authorization"] as const;
    const headers = {
      ...Object.fromEntries(names.map((name) => [name, "secret"])),
      "x-kept": "yes",
    };
    const back = `OTHER/redirect?status=302&to=${encodeURIComponent(ECHO)}`;
    for (const to of ["OTHER/echo", back]) { // what is gone does not come back
      const seen = await (await fetchAbroad(redirecting(302, to), { headers })).json();
      assertEquals(seen.headers["x-kept"], "yes");
      for (const name of names) assertEquals(seen.headers[name], undefined, name);
    }
  },
);

test("Fetch, HTTP-redirect fetch: the same origin keeps them", async () => {
  const headers = { authorization: "Bearer a", cookie: "a=b" };
  const seen = await (await fetch(redirecting(302, "/echo"), { headers })).json();
  assertEquals([seen.headers.authorization, seen.headers.cookie], ["Bearer a", "a=b"]);
});

test("Fetch, HTTP-redirect fetch: the twentieth is followed, the next is not", async () => {
  const { status, url } = await fetch(`${server.origin}/chain/20`);
  assertEquals([status, url], [200, ECHO]);
  await assertCode("redirect_failed", () => fetch(`${server.origin}/chain/21`));
});

testExceptOn(
  { workerd: "has no redirect: error" },
  "Fetch, HTTP fetch: redirect error rejects, follow and manual answer",
  async () => {
    const url = redirecting(302, "/echo");
    await assertCode("redirect_failed", () => fetch(new Request(url, { redirect: "error" })));
    const over = await fetch(new Request(url, { redirect: "error" }), { redirect: "follow" });
    assertEquals(over.url, ECHO);
    const manual = await fetch(url, { redirect: "manual" });
    assertEquals([manual.redirected, manual.url], [false, url]);
    await manual.body?.cancel();
    await assertCode("invalid_request", () => fetch(url, { redirect: "never" as RequestRedirect }));
  },
);

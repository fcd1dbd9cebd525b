import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import test from "node:test";
import { createMcFetch, type McFetch, McFetchError, type McFetchErrorCode } from "../../mod.ts";
import { countConnections, sandboxCredentials, server } from "../support/context.ts";

const ECHO = `${server.origin}/echo`;

let bound: McFetch | undefined;

/** Made at the first call: bindings exist only then. */
function fetch(input: string | Request, init?: RequestInit): Promise<Response> {
  return (bound ??= createMcFetch(sandboxCredentials()))(input, init);
}

/** A URL of the server that redirects; `OTHER` in `to` is the other server's origin. */
function redirecting(status: number, to: string): string {
  return `${server.origin}/redirect?status=${status}&to=${encodeURIComponent(to)}`;
}

async function assertCode(code: McFetchErrorCode, call: () => Promise<unknown>): Promise<string> {
  const error = await assertRejects(call, McFetchError);
  assertEquals(error.code, code, error.message);
  return error.message;
}

// Fetch Standard, "HTTP-redirect fetch", step 12: the method, and whether the body stays.
const METHODS: [number, string, string][] = [
  [301, "POST", "GET"],
  [302, "POST", "GET"],
  [303, "POST", "GET"],
  [307, "POST", "POST"],
  [308, "POST", "POST"],
  [301, "PUT", "PUT"],
  [302, "DELETE", "DELETE"],
  [303, "PUT", "GET"],
];
for (const [status, method, expected] of METHODS) {
  test(`a ${status} turns ${method} into ${expected}`, async () => {
    const headers = { "content-type": "application/json", "x-kept": "yes" };
    const response = await fetch(redirecting(status, "/echo"), {
      method,
      headers,
      body: "{}",
    });
    assertEquals([response.url, response.redirected], [ECHO, true]);
    const seen = await response.json();
    assertEquals(seen.method, expected);
    assertEquals(seen.headers["x-kept"], "yes");
    assertEquals(seen.body, expected === "GET" ? "" : "{}");
    assertEquals(seen.headers["content-type"], expected === "GET" ? undefined : "application/json");
  });
}

test("a HEAD is redirected, and so is a request that came as a Request", async () => {
  const head = await fetch(new Request(redirecting(303, "/echo"), { method: "HEAD" }));
  assertEquals([head.status, head.url, head.redirected], [200, ECHO, true]);
  const post = new Request(redirecting(302, "echo?a=1"), {
    method: "POST",
    body: "{}",
  });
  assertEquals((await (await fetch(post)).json()).url, "/echo?a=1");
});

test("a form is sent again whole, behind its own boundary", async () => {
  const body = new FormData();
  body.set("pet", "Zoë");
  const response = await fetch(redirecting(307, "/echo"), {
    method: "POST",
    body,
  });
  const seen = await response.json();
  const [, boundary] = seen.headers["content-type"].split("boundary=");
  assertStringIncludes(seen.body, boundary);
  assertStringIncludes(seen.body, "Zoë");
});

test("a body that is gone rejects, rather than being sent empty", async () => {
  const url = redirecting(307, "/echo");
  const body = new Blob(["once"]).stream();
  const stream = { method: "POST", body, duplex: "half" };
  await assertCode("redirect_failed", () => fetch(url, stream));
});

test("the short body of a Request is sent again", async () => {
  const url = redirecting(307, "/echo");
  const response = await fetch(new Request(url, { method: "POST", body: "once" }));
  const { method, body, headers } = await response.json();
  assertEquals([method, body], ["POST", "once"]);
  assertEquals(headers["content-length"], "4");
});

test("a redirect to another origin rejects, and that origin sees no connection", async () => {
  const before = await countConnections();
  for (const to of ["OTHER/echo", server.origin.replace("https:", "http:"), "data:,pets"]) {
    for (const status of [301, 302, 303, 307, 308]) {
      const call = () => fetch(redirecting(status, to));
      const message = await assertCode("cross_origin_redirect", call);
      assertStringIncludes(message, server.origin);
      assertStringIncludes(message, to.startsWith("OTHER") ? server.otherOrigin : to.slice(0, 5));
    }
  }
  // By way of the same origin too.
  await assertCode(
    "cross_origin_redirect",
    () => fetch(redirecting(302, redirecting(302, "OTHER/echo"))),
  );
  assertEquals((await countConnections()).other, before.other);
});

test('redirect: "manual" gives the redirect itself, "error" rejects', async () => {
  const url = redirecting(302, "OTHER/echo");
  for (
    const call of [
      fetch(url, { redirect: "manual" }),
      fetch(new Request(url, { redirect: "manual" })),
    ]
  ) {
    const response = await call;
    assertEquals([response.status, response.redirected], [302, false]);
    assertEquals(response.headers.get("location"), `${server.otherOrigin}/echo`);
    await response.body?.cancel();
  }
  await assertCode("redirect_failed", () => fetch(url, { redirect: "error" }));
});

test("twenty redirects are followed and no more", async () => {
  const response = await fetch(`${server.origin}/chain/20`);
  assertEquals([response.url, response.redirected], [ECHO, true]);
  await response.text();
  const message = await assertCode("redirect_failed", () => fetch(`${server.origin}/chain/21`));
  assertStringIncludes(message, "21st");
});

test("a Location that cannot be used rejects, and none at all is an answer", async () => {
  await assertCode("redirect_failed", () => fetch(redirecting(302, "https://[")));
  const userinfo = server.origin.replace("https://", "https://user:hunter2@");
  const message = await assertCode("redirect_failed", () => fetch(redirecting(302, userinfo)));
  assert(!message.includes("hunter2"));
  const response = await fetch(`${server.origin}/redirect?status=302`);
  assertEquals([response.status, await response.text()], [302, "moved"]);
});

test("a URL with a fragment is redirected, and each hop is aborted with the first", async () => {
  const response = await fetch(`${redirecting(302, "/echo")}#fragment`);
  assertEquals((await response.json()).url, "/echo");
  const signal = AbortSignal.timeout(100);
  const call = () => fetch(redirecting(302, "/stall"), { signal });
  assertEquals((await assertRejects(call, DOMException)).name, "TimeoutError");
});

/**
 * What the Fetch Standard and RFC 9110 say of responses. Each name gives the clause.
 */
import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import test from "node:test";
import { createMcFetch, type McFetch } from "../../mod.ts";
import { sandboxCredentials, server, testExceptOn } from "../support/context.ts";

const ECHO = `${server.origin}/echo`;

/** A URL that redirects to another. */
const REDIRECT = `${server.origin}/redirect?status=302&to=/echo%3Fa=b`;

let bound: McFetch | undefined;

/** Made at the first call, because bindings are not there before. */
function fetch(input: string | Request, init?: RequestInit): Promise<Response> {
  return (bound ??= createMcFetch(sandboxCredentials()))(input, init);
}

// Fetch, the Response class.

testExceptOn({ bun: "keeps it" }, "Fetch, url getter: the URL without its fragment", async () => {
  const response = await fetch(`${ECHO}?a=b#fragment`);
  assertEquals([response.url, response.redirected], [`${ECHO}?a=b`, false]);
});

test("Fetch, clone: status, headers, url, redirected and body, each once", async () => {
  const response = await fetch(REDIRECT);
  const clone = response.clone();
  for (const { url, redirected, status, type } of [response, clone]) {
    assertEquals([url, redirected, status, type], [`${ECHO}?a=b`, true, 200, clone.type]);
  }
  assertEquals(await clone.text(), await response.text());
  assertEquals([response.bodyUsed, clone.bodyUsed], [true, true]);
  await assertRejects(() => response.text(), TypeError);
});

testExceptOn(
  { bun: "lets them change" },
  "Fetch, Headers guard: a response's headers are immutable",
  async () => {
    const { headers } = await fetch(ECHO);
    let thrown: unknown;
    try {
      headers.set("x-a", "b");
    } catch (error) {
      thrown = error;
    }
    assertInstanceOf(thrown, TypeError);
  },
);

for (const status of [200, 201, 299, 400, 404, 418, 499, 500, 599]) {
  test(`Fetch, ok: ${status} is an answer`, async () => {
    const response = await fetch(`${server.origin}/status/${status}`);
    assertEquals([response.status, response.ok], [status, status < 300]);
    assertEquals(await response.text(), "");
  });
}

for (const status of [204, 205, 304]) {
  test(`Fetch, null body status: ${status} has none`, async () => {
    const response = await fetch(`${server.origin}/status/${status}`);
    assertEquals([response.status, response.body, await response.text()], [status, null, ""]);
    assertEquals(response.headers.get("etag"), '"1"');
  });
}

testExceptOn({ workerd: "has none" }, "Fetch, statusText: the reason phrase", async () => {
  const response = await fetch(`${server.origin}/status/404`);
  assertEquals(response.statusText, "Not Found");
});

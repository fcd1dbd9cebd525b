/**
 * What the Fetch Standard and RFC 9110 say of a request's arguments. Each name gives the clause.
 */
import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import test from "node:test";
import { createMcFetch, type McFetch, McFetchError, type McFetchErrorCode } from "../../mod.ts";
import { sandboxCredentials, server, testExceptOn } from "../support/context.ts";

const ECHO = `${server.origin}/echo`;

/** What `/echo` tells of a request. */
interface Echo {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string | undefined>;
  readonly body: string;
}

let bound: McFetch | undefined;

/** Made at the first call, because bindings are not there before. */
function fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  return (bound ??= createMcFetch(sandboxCredentials()))(input, init);
}

async function echo(init?: object | null, input: string | URL | Request = ECHO): Promise<Echo> {
  const response = await fetch(input, init as RequestInit);
  return await response.json();
}

async function assertInvalid(
  call: () => Promise<unknown>,
  code: McFetchErrorCode = "invalid_request",
): Promise<void> {
  const error = await assertRejects(call, TypeError);
  assertInstanceOf(error, McFetchError);
  assertEquals(error.code, code, error.message);
}

// WebIDL, "dictionary types": a dictionary is any object; its members are read by [[Get]].

for (const init of [undefined, null, {}]) {
  test(`WebIDL, dictionary types: an init of ${JSON.stringify(init)} is empty`, async () => {
    const { method, body } = await echo(init);
    assertEquals([method, body], ["GET", ""]);
  });
}

test("WebIDL, dictionary types: inherited members count", async () => {
  const init = Object.create({ method: "DELETE", headers: { "x-a": "inherited" } });
  const { method, headers } = await echo(init);
  assertEquals([method, headers["x-a"]], ["DELETE", "inherited"]);
});

test("WebIDL, dictionary types: a class's getters count", async () => {
  class Settings {
    get method(): string {
      return "PUT";
    }
    get body(): string {
      return "of a getter";
    }
  }
  const { method, body } = await echo(new Settings());
  assertEquals([method, body], ["PUT", "of a getter"]);
});

test("WebIDL, dictionary types: each member is read once", async () => {
  const reads: Record<string, number> = {};
  const values: Record<string, unknown> = {
    method: "POST",
    body: "once",
    headers: { "x-a": "once" },
    redirect: "follow",
    signal: new AbortController().signal,
  };
  const init = {};
  for (const [name, value] of Object.entries(values)) {
    const get = () => {
      reads[name] = (reads[name] ?? 0) + 1;
      return value;
    };
    Object.defineProperty(init, name, { enumerable: true, get });
  }
  const { method, body, headers } = await echo(init);
  assertEquals([method, body, headers["x-a"]], ["POST", "once", "once"]);
  assertEquals(reads, { method: 1, body: 1, headers: 1, redirect: 1, signal: 1 });
});

test("WebIDL, dictionary types: members that are undefined are absent", async () => {
  const init = {
    method: undefined,
    headers: undefined,
    body: undefined,
    redirect: undefined,
    signal: undefined,
  };
  assertEquals((await echo(init)).method, "GET");
});

test("WebIDL, dictionary types: unknown members have no effect", async () => {
  assertEquals((await echo({ method: "PUT", unknown: 1 })).method, "PUT");
});

for (const init of [1, true, "GET"]) {
  test(`WebIDL, dictionary types: an init of ${JSON.stringify(init)} rejects`, async () => {
    await assertInvalid(() => echo(init as unknown as object));
  });
}

test("Fetch, fetch method: a failure is a rejection, never thrown", async () => {
  const calls = [
    () => fetch("not a URL"),
    () => fetch(ECHO, { method: "a b" }),
    () => fetch(ECHO, { headers: { "a b": "c" } }),
    () => fetch(undefined as unknown as string),
  ];
  for (const call of calls) {
    const promise = call();
    assert(promise instanceof Promise);
    await assertInvalid(() => promise);
  }
});

// Fetch, "new Request(input, init)".

test("Fetch, Request constructor: input is converted to a string once", async () => {
  let reads = 0;
  const input = { toString: () => (reads++, ECHO) };
  assertEquals((await echo({}, input as unknown as string)).method, "GET");
  assertEquals(reads, 1);
});

test("Fetch, Request constructor: the URL is parsed and normalised", async () => {
  const { url } = await echo({}, ` ${server.origin}/a/../echo?a b=ü#fragment\n`);
  assertEquals(url, "/echo?a%20b=%C3%BC");
});

test("RFC 9110, 4.2.4: credentials in the URL reject", async () => {
  const url = ECHO.replace("https://", "https://user:hunter2@");
  await assertInvalid(() => fetch(url));
});

test("Fetch, Request constructor: a Request as init gives its method and headers", async () => {
  const init = new Request(`${server.origin}/other`, {
    method: "DELETE",
    headers: { "x-a": "of init" },
  });
  const { method, url, headers } = await echo(init);
  assertEquals([method, url, headers["x-a"]], ["DELETE", "/echo", "of init"]);
});

test("Fetch, Request constructor: init's headers replace the Request's", async () => {
  const request = new Request(ECHO, { headers: { "x-a": "request", "x-b": "request" } });
  const { headers } = await echo({ headers: { "x-a": "init" } }, request);
  assertEquals([headers["x-a"], headers["x-b"]], ["init", undefined]);
});

test("Fetch, Request constructor: init's empty headers replace them, too", async () => {
  const request = new Request(ECHO, { headers: { "x-a": "request" } });
  assertEquals((await echo({ headers: {} }, request)).headers["x-a"], undefined);
});

for (const window of ["", {}, 0]) {
  // Deno, Bun and workerd do not look at it.
  testExceptOn(
    { deno: "ignores it", bun: "ignores it", workerd: "ignores it" },
    `Fetch, Request constructor: a window of ${JSON.stringify(window)} rejects`,
    () => assertInvalid(() => echo({ window })),
  );
}

// Fetch, "normalize a method"; RFC 9110, section 9.1.

for (const method of ["get", "Head", "pOst", "put", "delete", "options"]) {
  test(`Fetch, normalize a method: ${method} becomes upper case`, async () => {
    const response = await fetch(`${server.origin}/echo`, { method });
    const text = await response.text();
    if (method === "Head") assertEquals(text, "");
    else assertEquals(JSON.parse(text).method, method.toUpperCase());
  });
}

for (const method of ["CONNECT", "connect", "TRACE", "TRACK", "tRaCk"]) {
  test(`Fetch, forbidden method: ${method} rejects`, async () => {
    await assertInvalid(() => fetch(ECHO, { method }));
  });
}

for (const method of ["", "a b", "PÓST", "GET\r\nx-a: b", "GET,"]) {
  test(`RFC 9110, 9.1: the method ${JSON.stringify(method)} is no token`, async () => {
    await assertInvalid(() => fetch(ECHO, { method }));
  });
}

// RFC 9110, sections 5.1 and 5.5.

for (const name of ["", "a b", "a:b", "ä", "a\n", "a\0"]) {
  test(`RFC 9110, 5.1: the header name ${JSON.stringify(name)} is no token`, async () => {
    await assertInvalid(() => fetch(ECHO, { headers: [[name, "value"]] }));
  });
}

for (const value of ["a\r\nx-b: c", "a\nb", "a\0b", "a\rb", "€"]) {
  test(`RFC 9110, 5.5: the header value ${JSON.stringify(value)} rejects`, async () => {
    await assertInvalid(() => fetch(ECHO, { headers: { "x-a": value } }));
  });
}

test("Fetch, normalize a byte sequence: white space around a value goes", async () => {
  const { headers } = await echo({ headers: { "x-a": " \t\r\nvalue\n\t " } });
  assertEquals(headers["x-a"], "value");
});

test("Fetch, header list, append: values of one name are joined in order", async () => {
  const { headers } = await echo({ headers: [["x-a", "1"], ["X-A", "2"], ["x-a", "3"]] });
  assertEquals(headers["x-a"], "1, 2, 3");
});

test("Fetch, fill a Headers: a sequence's entry that is no pair rejects", async () => {
  for (const headers of [[["a"]], [["a", "b", "c"]], [[]]]) {
    await assertInvalid(() => echo({ headers }));
  }
});

const SENDS_IT = { bun: "sends it", workerd: "sends it" };
testExceptOn(SENDS_IT, "Fetch, forbidden request-header: Host is the URL's", async () => {
  const { headers } = await echo({ headers: { host: "other.example" } }).catch((error) => {
    assertEquals((error as McFetchError).code, "invalid_request");
    return { headers: { host: new URL(ECHO).host } };
  });
  assertEquals(headers.host, new URL(ECHO).host);
});

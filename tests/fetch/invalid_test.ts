/**
 * Arguments that cannot be sent: the error names what is wrong, never a value, and nothing is
 * opened.
 *
 * @module
 */
import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import test from "node:test";
import { inspect } from "node:util";
import {
  createMcFetch,
  type Credentials,
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
const SECRET = "hunter2";

/** What a program without type checks may pass. */
type LooseInit = Record<string, unknown> | null;

async function send(init: LooseInit, input: unknown = ECHO): Promise<Response> {
  return await mcFetch(input as string, init as RequestInit, sandboxCredentials());
}

/** Asserts that the call rejects before anything is opened, in these words, without the secret. */
async function assertInvalid(
  call: () => Promise<unknown>,
  words: string,
  code: McFetchErrorCode = "invalid_request",
): Promise<void> {
  const before = await countConnections();
  const error = await call().then((answer) => answer, (error) => error);
  assertInstanceOf(error, McFetchError);
  assertEquals([error.code, error.name], [code, "McFetchError"], error.message);
  assertStringIncludes(error.message, words);
  assert(!inspect(error, { depth: 9, showHidden: true }).includes(SECRET), inspect(error));
  const { main, other } = await countConnections();
  // The handshake of an earlier test's connection may end late.
  assertEquals([main.tcp, other.tcp], [before.main.tcp, before.other.tcp]);
}

const METHODS: [unknown, string][] = [
  ["BAD METHOD", "method"],
  ["GET\r\nx: y", "method"],
  ["", "method"],
  ["TRACE", "TRACE"],
  ["CONNECT", "CONNECT"],
];
for (const [method, words] of METHODS) {
  test(`the method ${JSON.stringify(method)} is named`, async () => {
    await assertInvalid(() => send({ method }), words);
    await assertInvalid(() => send({ method }, new Request(ECHO)), words);
  });
}

testExceptOn(
  { workerd: "supports only a list of methods" },
  "a method that the runtime does not know is sent as it is, or named",
  async () => {
    for (const method of ["PROPFIND", "PURGE", "DELET"]) {
      const answer: unknown = await send({ method }).catch((error) => error);
      if (answer instanceof McFetchError) {
        assertEquals([runtime, answer.code], ["bun", "invalid_request"]);
        assertStringIncludes(answer.message, method);
        continue;
      }
      assertInstanceOf(answer, Response);
      const text = await answer.text().catch(() => "");
      // The server does not know DELET, and answers 400.
      assertEquals(answer.status, method === "DELET" ? 400 : 200);
      if (answer.ok) assertEquals(JSON.parse(text).method, method);
    }
  },
);

test("a method in lower case is sent as the runtime's own fetch does", async () => {
  for (const method of ["patch", "delete", "purge"]) {
    const plain = await fetch(`${server.plainOrigin}/digest`, { method });
    const ours = await send({ method }, `${server.origin}/digest`).catch((error) => error);
    if (ours instanceof McFetchError) assertEquals([runtime, method], ["bun", "purge"]);
    else assertEquals(ours.status, plain.status, method);
  }
});

const HEADERS: [string, unknown, string][] = [
  ["a name in a record", { "x secret": SECRET }, "x secret"],
  ["a name in pairs", [["x-a", "b"], ["x secret", SECRET]], "x secret"],
  ["a line end in a value", { authorization: `Bearer ${SECRET}\r\nx: y` }, "authorization"],
  ["a character beyond Latin-1", { "x-name": `${SECRET} 안` }, "x-name"],
  ["a NUL in pairs", [["x-name", `${SECRET}\0`]], "x-name"],
];
for (const [name, headers, words] of HEADERS) {
  test(`headers with ${name}: the header is named, not its value`, async () => {
    await assertInvalid(() => send({ headers }), words);
    await assertInvalid(() => send({ headers }, new Request(ECHO)), words);
    const bound = createMcFetch(() => sandboxCredentials());
    await assertInvalid(() => bound(ECHO, { headers } as RequestInit), words);
  });
}

test("headers of the wrong shape are named, and a long name is cut", async () => {
  const error = await send({ headers: { [`${"x".repeat(5_000)} `]: "a" } }).catch((e) => e);
  assert(error instanceof McFetchError && error.message.length < 200, error.message);
  for (const headers of [[["only one"]], "x-a: b", 1]) {
    await assertInvalid(() => send({ headers }), "headers");
  }
});

for (const name of ["expect", "keep-alive", "transfer-encoding", "trailer", "upgrade"]) {
  test(`the header ${name} is named: the connection is the runtime's`, async () => {
    for (const spelled of [name, name.toUpperCase()]) {
      const init = { method: "POST", body: "{}", headers: { [spelled]: SECRET } };
      await assertInvalid(() => send(init), name);
      await assertInvalid(() =>
        mcFetch(new Request(ECHO, { method: "POST", body: "{}" }), {
          headers: init.headers,
        }, sandboxCredentials()), name);
    }
  });
}

const LENGTHS: Record<string, () => unknown> = {
  "a string": () => "Zoë",
  "bytes": () => new Uint8Array(4),
  "a Blob": () => new Blob(["1234"]),
  "URLSearchParams": () => new URLSearchParams("a=bc"),
};
for (const [name, body] of Object.entries(LENGTHS)) {
  test(`a content-length of ${name}: the right one is sent, a wrong one named`, async () => {
    const headers = { "Content-Length": "4" };
    for (const method of ["POST", "PUT"]) {
      const seen = await (await send({ method, headers, body: body() })).json();
      assertEquals(seen.headers["content-length"], "4");
      assertEquals(seen.headers["transfer-encoding"], undefined);
      for (const wrong of ["3", "5", "04", "-4", "4, 4", "x", ""]) {
        const init = { method, headers: { "content-length": wrong }, body: body() };
        await assertInvalid(() => send(init), "content-length");
      }
    }
  });
}

test("a content-length without a body can only be 0", async () => {
  for (const body of [undefined, null, ""]) {
    const right = { method: "POST", headers: { "content-length": "0" }, body };
    assertEquals((await (await send(right)).json()).body, "");
    const wrong = { method: "POST", headers: { "content-length": "1" }, body };
    await assertInvalid(() => send(wrong), "content-length");
  }
});

test("a signal, a redirect, a window and an init of the wrong kind are named", async () => {
  const wrong: [LooseInit, string][] = [
    [{ signal: SECRET }, "signal"],
    [{ signal: {} }, "signal"],
    [{ signal: new EventTarget() }, "signal"],
    [{ redirect: SECRET }, "redirect"],
    [{ window: {} }, "window"],
    [{ duplex: SECRET, method: "POST", body: new Blob(["a"]).stream() }, "duplex"],
  ];
  for (const [init, words] of wrong) await assertInvalid(() => send(init), words);
  await assertInvalid(() => send("no" as unknown as LooseInit), "init");
  assertEquals((await send(null)).status, 200);
  assertEquals((await createMcFetch(sandboxCredentials())(ECHO, null)).status, 200);
});

testExceptOn(
  { deno: "does not need it", bun: "does not need it", workerd: "does not need it" },
  "a stream without duplex is named",
  async () => {
    const stream = () => new Blob(["a"]).stream();
    await assertInvalid(() => send({ method: "POST", body: stream() }), 'duplex: "half"');
    const bound = createMcFetch(() => sandboxCredentials());
    await assertInvalid(() => bound(ECHO, { method: "POST", body: stream() }), "duplex");
  },
);

test("a used or locked body and a body of GET are named", async () => {
  const used = new Request(ECHO, { method: "POST", body: "once" });
  await used.text();
  await assertInvalid(() => send({}, used), "already used");
  const locked = new Blob(["a"]).stream();
  locked.getReader();
  await assertInvalid(() => send({ method: "POST", body: locked, duplex: "half" }), "already used");
  for (const method of ["GET", "HEAD", "get"]) {
    await assertInvalid(() => send({ method, body: "no" }), "cannot have a body");
  }
});

test("a URL that cannot be sent is named without its secrets", async () => {
  const origin = server.origin.replace("https://", "");
  const wrong: [string, McFetchErrorCode, string][] = [
    [`https://user:${SECRET}@${origin}/echo`, "invalid_request", "user name"],
    [`https://user@${origin}/echo`, "invalid_request", "user name"],
    [`https://:${SECRET}@${origin}/echo`, "invalid_request", "password"],
    [`/echo?${SECRET}`, "invalid_request", "absolute"],
    [`http://${origin}/echo?${SECRET}`, "insecure_url", "https:"],
    [`data:,${SECRET}`, "insecure_url", "https:"],
    [`blob:${server.origin}/${SECRET}`, "insecure_url", "https:"],
    [`file:///${SECRET}`, "insecure_url", "https:"],
    [`wss://${origin}/${SECRET}`, "insecure_url", "https:"],
  ];
  for (const [url, code, words] of wrong) {
    await assertInvalid(() => send({}, url), words, code);
    if (URL.canParse(url)) await assertInvalid(() => send({}, new URL(url)), words, code);
  }
});

test("an option of credentials that is not known is named", async () => {
  const origin = [server.otherOrigin]; // `origins` was meant
  const wrong = { ...sandboxCredentials(), origin } as unknown as Credentials;
  const calls: (() => Promise<unknown>)[] = [
    () => mcFetch(ECHO, {}, wrong),
    () => mcFetch(ECHO, {}, () => wrong as Exclude<Credentials, () => unknown>),
    () => createMcFetch(() => wrong as Exclude<Credentials, () => unknown>)(ECHO),
    async () => await createMcFetch(wrong)(ECHO),
  ];
  for (const call of calls) await assertInvalid(call, "origin", "invalid_argument");
  for (const name of ["rejectUnauthorized", "ca", "CA", "p12", "password"]) {
    const credentials = { ...sandboxCredentials(), [name]: undefined, [`${name}`]: SECRET };
    const call = () => mcFetch(ECHO, {}, credentials as unknown as Credentials);
    await assertInvalid(call, name, "invalid_argument");
  }
});

test("what is wrong with a call shows no header, body or key", async () => {
  const headers = { authorization: `Bearer ${SECRET}` };
  const body = `pin=${SECRET}`;
  const wrong: LooseInit[] = [
    { headers: { ...headers, "transfer-encoding": "chunked" }, method: "POST", body },
    { headers, method: "POST", body, signal: 1 },
    { headers, method: "POST", body, redirect: "never" },
    { headers: { ...headers, "content-length": "1" }, method: "POST", body },
  ];
  for (const init of wrong) {
    const error = await send(init).catch((error) => error);
    assertInstanceOf(error, McFetchError);
    assert(!inspect(error, { depth: 9, showHidden: true }).includes(SECRET), inspect(error));
  }
});

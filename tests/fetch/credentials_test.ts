/**
 * Which client sends: credentials are what they hold at the call, and `close()` ends what a call
 * opens later.
 *
 * @module
 */
import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { readFileSync } from "node:fs";
import test from "node:test";
import { createMcFetch, type Credentials, type Fetcher, mcFetch, McFetchError } from "../../mod.ts";
import {
  countConnections,
  fixture,
  runtime,
  sandboxCredentials,
  sandboxFile,
  sandboxFiles,
  server,
  testExceptOn,
} from "../support/context.ts";

const ECHO = `${server.origin}/echo`;
const BINDINGS = { workerd: "certificates are bindings there" };

type Fixed = Exclude<Credentials, () => unknown>;

/** Tells whose certificate the server saw, or the code of the error. */
async function whose(call: Promise<Response>): Promise<string> {
  const answer = await call.catch((error) => error);
  if (!(answer instanceof Response)) return answer.code ?? String(answer);
  const text = await answer.text();
  return answer.status === 200 ? JSON.parse(text).commonName : String(answer.status);
}

/** The two tenants, both of which the server accepts. */
function tenants(): { cert: Uint8Array<ArrayBuffer>; key: Uint8Array<ArrayBuffer> }[] {
  return [
    { cert: sandboxFile("client.pem"), key: sandboxFile("client.key") },
    { cert: fixture("client.pem"), key: fixture("client.pkcs8.key") },
  ];
}

testExceptOn(BINDINGS, "two tenants through one object, changed between the calls", async () => {
  const [one, two] = tenants();
  const extraCa = Array(3).fill(sandboxFile("ca.pem")); // as no other test has it
  const names = await Promise.all(
    [one, two].map((files) => whose(mcFetch(ECHO, {}, { ...files!, extraCa }))),
  );
  assert(names[0] !== names[1], names.join());
  const credentials = { ...one!, extraCa };
  const calls: Promise<string>[] = [];
  for (let round = 0; round < 3; round++) {
    for (const tenant of tenants()) {
      Object.assign(credentials, tenant);
      calls.push(whose(mcFetch(ECHO, {}, credentials)));
    }
  }
  assertEquals(await Promise.all(calls), [...names, ...names, ...names]);
});

testExceptOn(
  BINDINGS,
  "two tenants through one buffer, overwritten between the calls",
  async () => {
    const extraCa = Array(3).fill(sandboxFile("ca.pem"));
    // Spaces after a PEM block mean nothing, so both files get the same length.
    const padded = (file: Uint8Array) => {
      const bytes = new Uint8Array(8_000).fill(10);
      bytes.set(file);
      return bytes;
    };
    const cert = new Uint8Array(8_000);
    const key = new Uint8Array(8_000);
    const credentials = { cert, key, extraCa };
    const calls: Promise<string>[] = [];
    for (const tenant of [...tenants(), ...tenants()]) {
      cert.set(padded(tenant.cert));
      key.set(padded(tenant.key));
      calls.push(whose(mcFetch(ECHO, {}, credentials)));
    }
    cert.fill(0);
    const [one, two, ...again] = await Promise.all(calls);
    assert(one !== two, `${one} ${two}`);
    assertEquals(again, [one, two]);
  },
);

testExceptOn(
  BINDINGS,
  "each field that changes alone has its effect at the next call",
  async () => {
    const base = { ...sandboxFiles(), origins: [server.origin] };
    const credentials: Record<string, unknown> = { ...base };
    const good = await whose(mcFetch(ECHO, {}, base));
    assertStringIncludes(good, "-Client-MTF-");
    const changes: [object, string][] = [
      [{ passphrase: "wrong" }, "wrong_passphrase"],
      [{ passphrase: undefined }, "wrong_passphrase"],
      [{ extraCa: undefined }, "server_untrusted"],
      [{ extraCa: readFileSync(`${server.otherDirectory}/ca.pem`) }, "server_untrusted"],
      [{ origins: ["https://a.example"] }, "origin_not_allowed"],
      [{ origins: [] }, "origin_not_allowed"],
      [{ proxy: "http://127.0.0.1:1" }, "proxy_failed"],
      [{ alias: "no such name" }, "ambiguous_key"],
      [{ limits: { maxIterations: 1 } }, "limit_exceeded"],
      [{ pfx: sandboxFile("foreign.p12") }, "422"],
      [{ pfx: sandboxFile("expired.p12") }, "422"],
    ];
    for (const [change, expected] of changes) {
      Object.assign(credentials, change);
      const outcome = await whose(mcFetch(ECHO, {}, credentials as unknown as Fixed));
      assertEquals(outcome, expected, Object.keys(change).join());
      for (const name of Object.keys(change)) delete credentials[name];
      Object.assign(credentials, base);
      assertEquals(await whose(mcFetch(ECHO, {}, credentials as unknown as Fixed)), good);
    }
  },
);

testExceptOn(BINDINGS, "calls to two origins in turn go to their own connections", async () => {
  const bound = createMcFetch(sandboxFiles());
  for (let round = 0; round < 5; round++) {
    const { url } = await (await bound(ECHO)).json();
    const { httpVersion } = await (await bound(server.http2Origin)).json();
    assertEquals([url, httpVersion], ["/echo", "1.1"]);
  }
  await bound.close();
});

testExceptOn(
  BINDINGS,
  "a stream is whole if only the runtime's own CAs trust the server",
  async () => {
    const headers = { "content-type": "application/json" };
    const body = new Blob(['{"name":"Zoë"}']).stream();
    const init: RequestInit & { duplex: "half" } = {
      method: "POST",
      headers,
      body,
      duplex: "half",
    };
    const response = await mcFetch(`${server.trustedOrigin}/petstore/pets`, init, sandboxFiles());
    assertEquals([response.status, (await response.json()).name], [201, "Zoë"]);
  },
);

const KEEPS = { ...BINDINGS, bun: "keeps its connections itself" };

/** Waits until the watched connections are closed. */
async function assertClosed(id: string): Promise<void> {
  for (let wait = 0; wait < 20; wait++) {
    if ((await countConnections()).open[id] === undefined) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert(false, `${(await countConnections()).open[id]} connections are open`);
}

testExceptOn(KEEPS, "close() in the turn of a call closes what the call opens", async () => {
  const ca = sandboxFile("ca.pem");
  // No other test has these, so nobody else keeps the client.
  const credentials = { ...sandboxFiles(), extraCa: [ca, ca, ca] };
  const bound = createMcFetch(credentials);
  const call = bound(`${ECHO}?watch=turn`);
  await bound.close();
  assertStringIncludes(await whose(call), "-Client-MTF-");
  await assertClosed("turn");
  assertEquals(await whose(bound(ECHO)), "closed");
});

testExceptOn(KEEPS, "close() closes connections after their bodies were read", async () => {
  const ca = sandboxFile("ca.pem");
  const bound = createMcFetch({ ...sandboxFiles(), extraCa: [ca, ca, ca, ca] });
  const calls = Array.from({ length: 5 }, () => bound(`${ECHO}?watch=bodies`));
  const responses = await Promise.all(calls);
  await bound.close();
  for (const response of responses) assertEquals((await response.json()).method, "GET");
  await assertClosed("bodies");
});

test("close() while credentials() is pending: nothing is sent", async () => {
  let answer = (_: Fixed) => {};
  const pending = new Promise<Fixed>((resolve) => answer = resolve);
  const bound = createMcFetch(() => pending);
  const id = `pending${runtime}`;
  const call = bound(`${server.origin}/fail/${id}`);
  await bound.close();
  answer(sandboxCredentials());
  assertEquals(await whose(call), "closed");
  const visits = await mcFetch(`${server.origin}/visits/${id}`, {}, sandboxCredentials());
  assertEquals(await visits.text(), "0");
});

test("two fetchers through one object, changed between the calls", async () => {
  const answering = (text: string): Fetcher => ({
    fetch: () => Promise.resolve(new Response(text)),
  });
  const credentials = { fetcher: answering("one") };
  const one = mcFetch(ECHO, {}, credentials);
  credentials.fetcher = answering("two");
  const two = mcFetch(ECHO, {}, credentials);
  const texts = [await (await one).text(), await (await two).text()];
  assertEquals(texts, ["one", "two"]);
});

test("a fetcher that returns no Response is an error that says so", async () => {
  for (const answer of [undefined, null, {}, "text", 200, { status: 200 }, { headers: {} }]) {
    const fetcher = { fetch: () => Promise.resolve(answer) } as unknown as Fetcher;
    const calls = [
      () => mcFetch(ECHO, {}, { fetcher }),
      () => createMcFetch({ fetcher })(ECHO),
    ];
    for (const call of calls) {
      const error = await call().catch((error) => error);
      assertInstanceOf(error, McFetchError);
      assertEquals(error.code, "invalid_response");
      assertStringIncludes(error.message, "fetcher");
    }
  }
});

testExceptOn(BINDINGS, "a server that offers only HTTP/2 is named by its handshake", async () => {
  const { port } = new URL(server.http2OnlyOrigin);
  const call = mcFetch(server.http2OnlyOrigin, {}, sandboxFiles());
  const error = await call.then(({ status }) => status, (error) => error);
  assertInstanceOf(error, McFetchError);
  assertEquals(error.code, "tls_failed", error.message);
  assertStringIncludes(error.message, port);
  assertStringIncludes(error.message, "HTTP/2");
});

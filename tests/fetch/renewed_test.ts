/**
 * Certificates that are renewed while the program runs, with real servers.
 *
 * @module
 */
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { readFileSync } from "node:fs";
import test from "node:test";
import {
  createMcFetch,
  type Credentials,
  type ExpiringCertificate,
  mcFetch,
  McFetchError,
} from "../../mod.ts";
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
const PETS = `${server.origin}/petstore/pets`;
const BINDINGS = { workerd: "certificates are bindings there" };
const { urls = {}, directory = "" } = server.tls ?? {};

type Fixed = Exclude<Credentials, () => unknown>;

/** Returns credentials that another test does not have, so that nobody else keeps their client. */
function newFiles(name: "client" | "expired" | "foreign" = "client"): Fixed {
  return { ...sandboxFiles(name), limits: { maxBytes: 1e6 + count++ } };
}

let count = 0;

/** Returns another certificate that the sandbox accepts. */
function otherFiles(): Fixed {
  const files = { cert: fixture("client.pem"), key: fixture("client.pkcs8.key") };
  return { ...files, extraCa: sandboxFile("ca.pem"), limits: { maxBytes: 1e6 + count++ } };
}

/** Returns a function that returns the first credentials once, and then the second ones. */
function inTurn(first: Fixed, second: Fixed): { (): Fixed; calls: number } {
  const credentials: { (): Fixed; calls: number } = Object.assign(
    () => credentials.calls++ === 0 ? first : second,
    { calls: 0 },
  );
  return credentials;
}

async function whose(call: Promise<Response>): Promise<string> {
  return (await (await call).json()).commonName;
}

/** Waits until a condition is true. */
async function until(condition: () => boolean | Promise<boolean>, waits = 100): Promise<void> {
  for (let wait = 0; wait < waits; wait++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert(false, `it took more than ${waits / 20} seconds`);
}

testExceptOn(BINDINGS, "a renewed certificate is used by the next requests", async () => {
  const credentials = inTurn(newFiles(), otherFiles());
  const fetch = createMcFetch(credentials, { refresh: 0 });
  const one = await whose(fetch(ECHO));
  assertStringIncludes(one, "-Client-MTF-");
  await until(async () => await whose(fetch(ECHO)) !== one);
  await fetch.close();
});

const KEEPS = { ...BINDINGS, bun: "keeps its connections itself" };

testExceptOn(KEEPS, "requests under way finish on the old connections, which close", async () => {
  const credentials = inTurn(newFiles(), otherFiles());
  const fetch = createMcFetch(credentials, { refresh: 0 });
  const old = await Promise.all([1, 2, 3].map(() => fetch(`${ECHO}?watch=old`)));
  const [one] = await Promise.all(old.map((response) => whose(Promise.resolve(response.clone()))));
  await until(async () => await whose(fetch(ECHO)) !== one);
  for (const response of old) assertEquals((await response.json()).commonName, one);
  // undici closes idle connections after four seconds by itself.
  await until(async () => (await countConnections()).open.old === undefined, 30);
  await fetch.close();
});

test("the caller's abort is heard while the function is pending", async () => {
  const fetch = createMcFetch(() => new Promise<Fixed>(() => {}));
  const reason = new Error("enough");
  const controller = new AbortController();
  const call = fetch(ECHO, { signal: controller.signal });
  controller.abort(reason);
  assertEquals(await call.catch((error) => error), reason);
});

testExceptOn(BINDINGS, "what cannot be opened does not replace what can", async () => {
  const told: unknown[] = [];
  const broken: Fixed = { ...sandboxFiles(), passphrase: "wrong" };
  const credentials = inTurn(newFiles(), broken);
  const fetch = createMcFetch(credentials, {
    refresh: 0,
    onRefreshError: (error) => void told.push(error),
  });
  await until(async () => {
    assertStringIncludes(await whose(fetch(ECHO)), "-Client-MTF-");
    return told.length > 0;
  });
  assertInstanceOf(told[0], McFetchError);
  assertEquals(told[0].code, "wrong_passphrase");
  await fetch.close();
});

const REJECTED = {
  GET: undefined,
  POST: '{"name":"Zoë"}',
  PUT: new Blob(['{"name":"Zoë"}']),
};

for (const [method, body] of Object.entries(REJECTED)) {
  test(`INVALID_CLIENT_CERT in a body: a ${method} is sent again with a renewed certificate`, async () => {
    const credentials = inTurn(sandboxCredentials("foreign"), sandboxCredentials());
    const fetch = createMcFetch(credentials);
    const headers = { "content-type": "application/json" };
    const { status } = await fetch(PETS, { method, headers, body: body ?? null });
    assertEquals(status, { GET: 200, POST: 201, PUT: 404 }[method]);
    assertEquals(credentials.calls, 2);
    await fetch.close();
  });
}

test("INVALID_CLIENT_CERT without another certificate: the response can be read", async () => {
  let calls = 0;
  const fetch = createMcFetch(() => {
    calls++;
    return sandboxCredentials("foreign");
  });
  for (let i = 0; i < 2; i++) {
    const response = await fetch(PETS);
    assertEquals(response.status, 422);
    assertStringIncludes(await response.text(), "INVALID_CLIENT_CERT");
  }
  assertEquals(calls, 2, "within a second it is asked only once");
  await fetch.close();
});

testExceptOn(BINDINGS, "a stream is not sent again; the next request is", async () => {
  const credentials = inTurn(newFiles("foreign"), newFiles());
  const fetch = createMcFetch(credentials);
  const init: RequestInit & { duplex: "half" } = {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: new Blob(['{"name":"Zoë"}']).stream(),
    duplex: "half",
  };
  assertEquals((await fetch(PETS, init)).status, 422);
  await until(() => credentials.calls === 2);
  await until(async () => (await fetch(PETS)).status === 200);
  assertEquals(credentials.calls, 2);
  await fetch.close();
});

const OPENSSL = "strict 1.3" in urls || runtime === "workerd"
  ? BINDINGS
  : Object.fromEntries(["node", "deno", "bun"].map((name) => [name, "openssl is not installed"]));

/** The servers that reject in the handshake (TLS 1.2), or after it (TLS 1.3). */
for (const name of ["strict 1.2", "strict 1.3"]) {
  testExceptOn(OPENSSL, `a certificate that ${name} rejects is renewed at once`, async () => {
    const file = (name: string) => readFileSync(`${directory}/${name}`);
    const identity = (name: string) => ({
      cert: file(`${name}.pem`),
      key: file(`${name}.key`),
      extraCa: file("ca.pem"),
    });
    const credentials = inTurn(identity("expired"), identity("client"));
    const fetch = createMcFetch(credentials);
    const calls = [1, 2, 3].map(async () => (await fetch(urls[name]!)).text());
    for (const text of await Promise.all(calls)) assertStringIncludes(text, "s_server");
    assertEquals(credentials.calls, 2, "one call for all that were rejected");
    await fetch.close();
  });
}

testExceptOn(BINDINGS, "renewed origins count for the request that is sent again", async () => {
  const origins = ["https://elsewhere.example"];
  const fetch = createMcFetch(inTurn(newFiles("foreign"), { ...newFiles(), origins }));
  const error = await fetch(PETS).catch((error) => error);
  assertEquals(error.code, "origin_not_allowed");
  await fetch.close();
});

test("mcFetch with a function: it is called once for many calls", async () => {
  let calls = 0;
  const credentials = () => {
    calls++;
    return sandboxCredentials();
  };
  for (let i = 0; i < 3; i++) assertEquals((await mcFetch(PETS, {}, credentials)).status, 200);
  assertEquals(calls, 1);
});

testExceptOn(BINDINGS, "expiresSoon is called once for each certificate", async () => {
  const told: ExpiringCertificate[] = [];
  const expiresSoon = (certificate: ExpiringCertificate) => void told.push(certificate);
  const quiet = createMcFetch(newFiles(), { expiresSoon });
  await whose(quiet(ECHO));
  await whose(quiet(ECHO));
  assertEquals(told, [], "it is valid for more than 30 days");
  const fetch = createMcFetch(newFiles(), { expiresSoon, expiresSoonDays: 500 });
  const name = await whose(fetch(ECHO));
  await whose(fetch(ECHO));
  await until(() => told.length > 0);
  assertEquals(told.length, 1);
  const { notAfter, daysLeft, subject, cert } = told[0]!;
  assertStringIncludes(subject, name);
  assertStringIncludes(cert, "-----BEGIN CERTIFICATE-----");
  assertEquals(daysLeft, Math.floor((notAfter.getTime() - Date.now()) / 86_400_000));
  await Promise.all([quiet.close(), fetch.close()]);
});

test("options are checked", async () => {
  const fixed = sandboxCredentials();
  const wrong: [unknown, string][] = [
    [{ refresh: 10 }, "not a function"],
    [{ onRefreshError() {} }, "not a function"],
    [{ refrehs: 10 }, "refresh"],
    [{ maxClients: 0 }, "maxClients"],
    [{ maxClients: "many" }, "maxClients"],
    [{ expiresSoon: 30 }, "expiresSoon must be a function"],
    [{ expiresSoonDays: 30 }, "without expiresSoon"],
    [null, "an object"],
  ];
  for (const [options, problem] of wrong) {
    let error: unknown;
    try {
      createMcFetch(fixed, options as object);
    } catch (thrown) {
      error = thrown;
    }
    assertInstanceOf(error, McFetchError, problem);
    assertEquals(error.code, "invalid_argument");
    assertStringIncludes(error.message, problem);
  }
  for (const refresh of [-1, NaN, "1"]) {
    const options = { refresh } as { refresh: number };
    await assertRejects(async () => await createMcFetch(() => fixed, options)(ECHO), McFetchError);
  }
  const options = { refresh: 1 } as object;
  await assertRejects(() => mcFetch(ECHO, {}, fixed, options), McFetchError, "refresh");
});

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { inspect } from "node:util";
import test from "node:test";
import {
  createMcFetch,
  type Credentials,
  mcFetch,
  McFetchError,
  type McFetchErrorCode,
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

const PETS = `${server.origin}/petstore/pets`;
const ECHO = `${server.origin}/echo`;

/** Where certificates are bindings, key files cannot be presented. */
const BINDINGS = { workerd: "certificates are bindings there" };

async function assertCode(
  code: McFetchErrorCode,
  call: () => Promise<unknown>,
): Promise<McFetchError> {
  const error = await assertRejects(call, McFetchError);
  assertEquals(error.code, code, error.message);
  assertInstanceOf(error, TypeError);
  return error;
}

/** Asserts that the call rejects with the code, and that no server saw a connection. */
async function assertNoConnection(
  code: McFetchErrorCode,
  call: () => Promise<unknown>,
): Promise<McFetchError> {
  const before = await countConnections();
  const error = await assertCode(code, call);
  assertEquals(await countConnections(), before);
  return error;
}

test("mcFetch presents the certificate and resolves with the runtime's Response", async () => {
  const response = await mcFetch(`${PETS}?status=AVAILABLE`, undefined, sandboxCredentials());
  assertInstanceOf(response, Response);
  assertEquals(response.status, 200);
  assertEquals(response.url, `${PETS}?status=AVAILABLE`);
  assertEquals(response.redirected, false);
  assertStringIncludes(response.headers.get("x-client-certificate-subject") ?? "", "-Client-MTF-");
  const pets = await response.json();
  assertEquals(pets[0], {
    name: "Bella",
    category: "CAT",
    status: "AVAILABLE",
    id: 1,
  });
});

test("a pet is made, read and deleted", async () => {
  const credentials = sandboxCredentials();
  const init = {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "Zoë" }),
  };
  const made = await mcFetch(PETS, init, credentials);
  assertEquals(made.status, 201);
  const { id, name } = await made.json();
  assertEquals(name, "Zoë");

  const url = new URL(`${PETS}/${id}`);
  assertEquals((await (await mcFetch(url, {}, credentials)).json()).name, "Zoë");
  const deleted = await mcFetch(url, { method: "DELETE" }, credentials);
  assertEquals(deleted.status, 204);
  const gone = await mcFetch(url, {}, credentials);
  assertEquals(gone.status, 404);
  await gone.body?.cancel();
});

for (const name of ["expired", "foreign"] as const) {
  test(`what the gateway says of an ${name} certificate is a Response`, async () => {
    const response = await mcFetch(PETS, undefined, sandboxCredentials(name));
    assertEquals(response.status, 422);
    const { Errors: { Error: [error] } } = await response.json();
    assertEquals(error.ReasonCode, "INVALID_CLIENT_CERT");
  });
}

// The server knows the root alone: it accepts these only with the issuing certificate behind them.
const PFX = [
  ...["openssl3.p12", "openssl-legacy.p12", "keytool.p12", "ec.p12"],
  ...["jks/rsa.jks", "jks/ec.jks", "jks/rsa.jceks", "jks/usual.jceks"],
];
const PEM = [
  ["client.pem", "client.pkcs8.key"],
  ["client.pem", "client.pkcs1.key"],
  ["client.pem", "client.encrypted.key"],
  ["client.p7b", "client.key.der"],
  ["ec.pem", "ec.sec1.key"],
  ["bundle.pem", "bundle.pem"],
] as const;
for (
  const [name, files] of [
    ...PFX.map((name) => [name, () => ({ pfx: fixture(name) })] as const),
    ...PEM.map(([cert, key]) =>
      [`${cert} and ${key}`, () => ({ cert: fixture(cert), key: fixture(key) })] as const
    ),
  ]
) {
  testExceptOn(BINDINGS, `the server accepts what is in ${name}`, async () => {
    const ca = sandboxFile("ca.pem");
    const credentials = { ...files(), passphrase: "changeit", extraCa: ca };
    const response = await mcFetch(PETS, undefined, credentials);
    assertEquals(response.status, 200, await response.text());
    const subject = response.headers.get("x-client-certificate-subject") ?? "";
    assertStringIncludes(subject, "CN=client");
  });
}

testExceptOn(
  BINDINGS,
  "ten calls with equal credentials share one connection",
  async () => {
    const ca = sandboxFile("ca.pem");
    const cert = sandboxFile("client.pem");
    const key = sandboxFile("client.key");
    const before = await countConnections();
    for (let call = 0; call < 10; call++) {
      // Fresh objects, now bytes and now text. No other test has five times the
      // CA: Bun shares idle connections between test files.
      const credentials = call % 2 === 0
        ? { cert: cert.slice(), key: key.slice(), extraCa: Array(5).fill(ca.slice()) }
        : { cert: text(cert), key: text(key), extraCa: Array(5).fill(text(ca)) };
      const response = await mcFetch(ECHO, undefined, credentials);
      await response.text();
    }
    const after = await countConnections();
    assertEquals(after.main.tls - before.main.tls, 1);
  },
);

testExceptOn(
  BINDINGS,
  "different credentials never share a connection",
  async () => {
    const before = await countConnections();
    for (const name of ["client", "expired", "foreign"]) {
      const credentials = {
        cert: sandboxFile(`${name}.pem`),
        key: sandboxFile(`${name}.key`),
        extraCa: [sandboxFile("ca.pem"), sandboxFile("ca.pem")], // as no other test has them
      };
      const response = await mcFetch(PETS, undefined, credentials);
      assertEquals(response.status, name === "client" ? 200 : 422);
      await response.text();
    }
    const after = await countConnections();
    assertEquals(after.main.tls - before.main.tls, 3);
  },
);

testExceptOn(
  BINDINGS,
  "wrong credentials reject before a connection is opened",
  async () => {
    const extraCa = sandboxFile("ca.pem");
    const pfx = sandboxFile("client.p12");
    const cert = sandboxFile("client.pem");
    const wrong: [McFetchErrorCode, Credentials][] = [
      ["wrong_passphrase", { pfx, passphrase: "keystorepasswort", extraCa }], // not the pooled client
      ["wrong_passphrase", { pfx, passphrase: "" }],
      ["wrong_passphrase", { pfx }],
      ["malformed_credentials", {
        pfx: pfx.slice(0, 1000),
        passphrase: "keystorepassword",
      }],
      ["malformed_credentials", {
        cert: cert.slice(0, 500),
        key: sandboxFile("client.key"),
      }],
      ["key_mismatch", { cert, key: sandboxFile("expired.key") }],
      ["no_private_key", { cert, key: cert }],
      ["no_certificate", {
        cert: sandboxFile("client.key"),
        key: sandboxFile("client.key"),
      }],
    ];
    for (const [code, credentials] of wrong) {
      await assertNoConnection(code, () => mcFetch(PETS, undefined, credentials));
    }
  },
);

test("incomplete credentials are rejected at once", () => {
  const pem = "-----BEGIN CERTIFICATE-----";
  const incomplete: [string, unknown][] = [
    ["pass one of", {}],
    ["pass one of", { cert: pem, key: pem, pfx: pem }],
    ["key is missing", { cert: pem }],
    ["cert is missing", { key: pem, cert: undefined }],
    ["pfx must be text or bytes: got number", { pfx: 1 }],
    ["passphrase must be a string: got number", { pfx: pem, passphrase: 1234 }],
    ["extraCa is missing", { pfx: pem, extraCa: [undefined] }],
    ["fetcher has no fetch method", { fetcher: {} }],
    ["fetcher has no fetch method", { fetcher: null }],
  ];
  for (const [message, credentials] of incomplete) {
    try {
      createMcFetch(credentials as Credentials);
      assert(false, message);
    } catch (error) {
      assertInstanceOf(error, McFetchError);
      assertEquals(error.code, "invalid_argument");
      assertStringIncludes(error.message, message);
    }
  }
});

test("a request that may not be sent rejects before a connection is opened", async () => {
  const credentials = sandboxCredentials();
  const insecure = PETS.replace("https:", "http:");
  await assertNoConnection("insecure_url", () => mcFetch(insecure, {}, credentials));
  await assertNoConnection("insecure_url", () => mcFetch(new Request(insecure), {}, credentials));
  await assertNoConnection("insecure_url", () => mcFetch("data:,pets", {}, credentials));
  await assertNoConnection("invalid_request", () => mcFetch("/petstore/pets", {}, credentials));
  const getWithBody = { method: "GET", body: "no" };
  await assertNoConnection("invalid_request", () => mcFetch(PETS, getWithBody, credentials));
  const userinfo = PETS.replace("https://", "https://user:hunter2@");
  const error = await assertNoConnection(
    "invalid_request",
    () => mcFetch(userinfo, {}, credentials),
  );
  assert(!inspect(error).includes("hunter2"));
});

const CAN = "it can present a certificate";
testExceptOn(
  { node: CAN, deno: CAN, bun: CAN },
  "a runtime that cannot present a certificate rejects before a connection is opened",
  async () => {
    // The server is in reach: only the certificate is missing.
    const bare = await fetch(PETS);
    assertEquals(bare.status, 422);
    await bare.text();
    const pfx = fixture("openssl3.p12");
    for (
      const credentials of [{ pfx, passphrase: "changeit" }, {
        cert: "",
        key: "",
      }]
    ) {
      const call = () => mcFetch(PETS, undefined, credentials);
      const error = await assertNoConnection("unsupported_runtime", call);
      assertStringIncludes(error.message, "mtls_certificates");
    }
  },
);

test("createMcFetch gives a function that stands in for fetch", async () => {
  const bound: typeof fetch = createMcFetch(sandboxCredentials());
  const response = await bound(
    new Request(ECHO, { method: "PUT", body: "a=1", headers: { "x-a": "b" } }),
  );
  const { method, body, headers } = await response.json();
  assertEquals([method, body, headers["x-a"]], ["PUT", "a=1", "b"]);
});

test("what is known of a body's length and type is kept", async () => {
  await using bound = createMcFetch(sandboxCredentials());
  const form = new FormData();
  form.set("pet", "Zoë");
  const bodies: [BodyInit, string, string][] = [
    ["Zoë", runtime === "bun" ? "" : "text/plain;charset=UTF-8", "4"], // Bun's own fetch sends none
    [new URLSearchParams({ a: "1" }), "application/x-www-form-urlencoded;charset=UTF-8", "3"],
    [new Blob(["{}"], { type: "application/json" }), "application/json", "2"],
    [form, "multipart/form-data; boundary=", ""],
  ];
  for (const [body, type, length] of bodies) {
    for (const input of [ECHO, new Request(ECHO, { method: "POST", body })]) {
      const init = input === ECHO ? { method: "POST", body } : undefined;
      const { headers } = await (await bound(input, init)).json();
      assertStringIncludes(headers["content-type"] ?? "", type);
      assertEquals(headers["transfer-encoding"], undefined);
      assertStringIncludes(headers["content-length"], length);
    }
  }
});

test("after close() a bound fetch rejects, and what was received can still be read", async () => {
  const bound = createMcFetch(sandboxCredentials());
  const response = await bound(PETS);
  await bound.close();
  assertEquals((await response.json())[0].name, "Bella");
  await assertNoConnection("closed", () => bound(PETS));
  await bound[Symbol.asyncDispose]();
});

testExceptOn(
  BINDINGS,
  "close() leaves the connections of others alone",
  async () => {
    const first = createMcFetch(sandboxCredentials());
    const second = createMcFetch(sandboxCredentials());
    await (await first(ECHO)).text();
    const before = await countConnections();
    await first.close();
    await (await second(ECHO)).text();
    assertEquals((await countConnections()).main.tls, before.main.tls);
    await second.close();
  },
);

test("credentials may be a function, called once for the requests of a minute", async () => {
  const names = ["client", "foreign"] as const;
  let calls = 0;
  await using bound = createMcFetch(() => Promise.resolve(sandboxCredentials(names[calls++])));
  const responses = [await bound(PETS), await bound(PETS)];
  assertEquals(responses.map(({ status }) => status), [200, 200]);
  for (const response of responses) await response.text();
  assertEquals(calls, 1);
});

testExceptOn(
  BINDINGS,
  "the caller may overwrite the key file once it was handed over",
  async () => {
    const works = async (credentials: Credentials, overwrite: () => void) => {
      await using bound = createMcFetch(credentials);
      overwrite();
      const response = await bound(PETS);
      assertEquals(response.status, 200);
      await response.text();
    };
    const credentials = sandboxFiles();
    const bytes = new Uint8Array(sandboxFile("client.p12"));
    const buffer = bytes.slice().buffer;
    await works({ ...credentials, pfx: bytes }, () => bytes.fill(0));
    await works({ ...credentials, pfx: buffer }, () => new Uint8Array(buffer).fill(0));
  },
);

test("an abort rejects with the signal's reason", async () => {
  const controller = new AbortController();
  const stall = `${server.origin}/stall`;
  const call = mcFetch(stall, { signal: controller.signal }, sandboxCredentials());
  setTimeout(() => controller.abort(new DOMException("enough", "AbortError")), 50);
  const error = await assertRejects(() => call, DOMException, "enough");
  assertEquals(error.name, "AbortError");

  const aborted = { signal: AbortSignal.abort("a reason of any kind") };
  const id = `aborted${runtime}`;
  const counted = `${server.origin}/fail/${id}?times=0`;
  const reason = await mcFetch(counted, aborted, sandboxCredentials()).catch((reason) => reason);
  assertEquals(reason, "a reason of any kind");
  assertEquals(await (await fetch(`${server.plainOrigin}/visits/${id}`)).text(), "0");
  const timeout = { signal: AbortSignal.timeout(50) };
  const late = await mcFetch(stall, timeout, sandboxCredentials()).catch((reason) => reason);
  assertEquals(late.name, "TimeoutError");
});

testExceptOn(
  BINDINGS,
  "a server that cannot be reached is connection_failed, with its cause",
  async () => {
    const nobody = "https://localhost:1/pets?secret=hunter2";
    const error = await assertCode(
      "connection_failed",
      () => mcFetch(nobody, {}, sandboxCredentials()),
    );
    assertStringIncludes(error.message, "https://localhost:1");
    assert(!error.message.includes("hunter2"));
    assertInstanceOf(error.cause, Error);
  },
);

test("nothing of ours shows a secret", async () => {
  const passphrase = "hunter2";
  const pfx = runtime === "workerd" ? fixture("openssl3.p12") : sandboxFile("client.p12");
  const bound = createMcFetch({ pfx, passphrase });
  const error = await assertRejects(() => bound(PETS), McFetchError);
  for (const shown of [bound, error, { error }]) {
    assert(!inspect(shown, { depth: 9, showHidden: true }).includes(passphrase));
    assert(!`${JSON.stringify(shown)}`.includes(passphrase));
  }
});

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

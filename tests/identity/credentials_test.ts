/** What `mcFetch` and the others accept as credentials, before any file is opened. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import test from "node:test";
import { createCsr } from "../../lib/certificates/csr.ts";
import { inspectCredentials } from "../../lib/certificates/inspect.ts";
import { McFetchError } from "../../lib/errors.ts";
import {
  copyFiles,
  type FixedCredentials,
  readCredentials,
} from "../../lib/identity/credentials.ts";
import { readPkcs12 } from "../../lib/identity/read_pkcs12.ts";
import { readPrivateKey } from "../../lib/identity/read_private_key.ts";
import { writePkcs12, type WritePkcs12Options } from "../../lib/identity/write_pkcs12.ts";
import { mastercardCommonName } from "../../lib/mastercard/hosts.ts";
import { fixture, testExceptOn } from "../support/context.ts";

const FORMS = "pass one of { cert, key }, { pfx, passphrase } and { fetcher }";
const fetcher = { fetch: () => Promise.resolve(new Response()) };
const pfx = "a file";

function read(credentials: unknown): ReturnType<typeof readCredentials> {
  return readCredentials(credentials as FixedCredentials);
}

/** Asserts that the credentials are refused for this, with nothing secret. */
function refuses(credentials: unknown, problem: string): void {
  const error = assertThrows(() => read(credentials), McFetchError);
  assertEquals(error.code, "invalid_argument");
  assertEquals(error.message, `Cannot use the credentials: ${problem}`);
  assert(!error.message.includes("hunter2"), error.message);
}

/** Every field, with a value that is right, and ones that are wrong with what is said of them. */
const FIELDS: Record<string, { right: unknown[]; wrong: [unknown, string][] }> = {
  passphrase: {
    right: ["", "x"],
    wrong: [
      [null, "passphrase must be a string: got null"],
      [1234, "passphrase must be a string: got number"],
      [new Uint8Array(1), "passphrase must be a string: got object"],
      [Promise.resolve("hunter2"), "passphrase must be a string: got a Promise; await it"],
    ],
  },
  keyPassphrase: {
    right: ["", "x"],
    wrong: [[() => "hunter2", "keyPassphrase must be a string: got function"]],
  },
  alias: { right: ["client"], wrong: [[1, "alias must be a string: got number"]] },
  limits: {
    right: [{}, { maxBytes: 0 }, { maxRounds: Infinity, maxBags: undefined }],
    wrong: [
      [null, "limits must be an object: got null"],
      [5, "limits must be an object: got number"],
      [{ maxRound: 1 }, 'there is no option "maxRound"; did you mean maxRounds?'],
      [
        { memory: 1 },
        'there is no option "memory"; the options are maxBytes, maxBags, maxIterations, maxRounds, ' +
        "maxScryptMemory",
      ],
      [{ maxBytes: -1 }, "maxBytes must be a number >= 0: got -1"],
      [{ maxBags: NaN }, "maxBags must be a number >= 0: got NaN"],
      [{ maxIterations: "5" }, 'maxIterations must be a number >= 0: got "5"'],
      [{ maxScryptMemory: null }, "maxScryptMemory must be a number >= 0: got null"],
    ],
  },
  extraCa: {
    right: ["text", new Uint8Array(1), new ArrayBuffer(1), [], ["text", new Uint8Array(1)]],
    wrong: [
      [null, "extraCa must be text or bytes: got null"],
      [["text", undefined], "extraCa is missing or undefined; check that its variable is set"],
      [
        [["hunter2"]],
        'extraCa must be text or bytes: got an Array; join its texts with "\\n", or its bytes',
      ],
      [Promise.resolve("hunter2"), "extraCa must be text or bytes: got a Promise; await it"],
    ],
  },
  proxy: {
    right: ["http://localhost:8080", new URL("https://user:p%40ss@localhost")],
    wrong: [
      "localhost:hunter2",
      "socks5://u:hunter2@localhost",
      "http://u:hunter2%@x",
      "",
      null,
      8080,
    ].map((proxy) => [proxy, "proxy is not an http: or https: URL"]),
  },
  origins: {
    right: [[], ["https://a.example"], [new URL("https://a.example")]],
    wrong: [
      ["https://a.example", "origins must be an array"],
      [new Set(["https://a.example"]), "origins must be an array"],
      [null, "origins must be an array"],
    ],
  },
};

for (const [name, { right, wrong }] of Object.entries(FIELDS)) {
  test(`credentials: ${name}`, () => {
    for (const value of [undefined, ...right]) {
      for (const file of [{ pfx }, { cert: "a", key: "b" }]) read({ ...file, [name]: value });
      read({ fetcher, [name]: undefined });
    }
    for (const [value, problem] of wrong) refuses({ pfx, [name]: value }, problem);
  });
}

test("one form of credentials, and only one", () => {
  const [cert, key] = ["a", "b"];
  const none = { cert: undefined, key: undefined, pfx: undefined, fetcher: undefined };
  for (const one of [{ cert, key }, { pfx }, { fetcher }]) {
    read(one);
    read({ ...none, ...one });
  }
  for (
    const wrong of [
      {},
      none,
      { passphrase: "hunter2" },
      { cert, key, pfx },
      { cert, pfx },
      { key, pfx },
      { pfx, fetcher },
      { cert, key, fetcher },
      { cert, key, pfx, fetcher },
      [],
    ]
  ) {
    refuses(wrong, FORMS);
  }
  refuses(Promise.resolve({ pfx }), "expected an object: got a Promise; await it");
  const unset = "is missing or undefined; check that its variable is set";
  refuses({ pfx: undefined }, `pfx ${unset}`);
  refuses({ pfx: undefined, passphrase: "hunter2" }, `pfx ${unset}`);
  refuses({ cert: undefined, key: undefined }, `cert ${unset}`);
  refuses({ cert }, "key is missing or undefined; check that its variable is set");
  refuses({ key }, "cert is missing or undefined; check that its variable is set");
  refuses({ cert, key: null }, "key must be text or bytes: got null");
  refuses({ cert: null, key }, "cert must be text or bytes: got null");
  refuses({ pfx: null }, "pfx must be text or bytes: got null");
  refuses(
    { pfx: Promise.resolve("hunter2") },
    "pfx must be text or bytes: got a Promise; await it",
  );
  for (const [value, got] of [["hunter2", "string"], [null, "null"], [undefined, "undefined"]]) {
    refuses(value, `expected an object: got ${got}`);
  }
});

test("unknown options are named, with the nearest one", () => {
  const unknown: Record<string, string> = {
    origin: "origins",
    ca: "extraCa",
    password: "passphrase",
    Passphrase: "passphrase",
    certificate: "cert",
    p12: "pfx",
    limit: "limits",
    Proxy: "proxy",
  };
  for (const [name, meant] of Object.entries(unknown)) {
    refuses({ pfx, [name]: "hunter2" }, `there is no option "${name}"; did you mean ${meant}?`);
  }
  refuses(
    { pfx, agent: {} },
    'there is no option "agent"; the options are cert, key, pfx, fetcher, origins, passphrase, ' +
      "keyPassphrase, alias, limits, extraCa, proxy",
  );
});

test("a fetcher has no options of files, since it would ignore them", () => {
  const values = { passphrase: "hunter2", keyPassphrase: "hunter2", alias: "a", limits: {} };
  for (
    const [name, value] of Object.entries({ ...values, extraCa: "x", proxy: "http://localhost" })
  ) {
    const problem = `${name} has no effect on a fetcher; configure it where it is made`;
    refuses({ fetcher, [name]: value }, problem);
    refuses({ fetcher, [name]: null }, problem);
  }
  assertEquals(read({ fetcher, origins: ["https://a.example"] }).origins, ["https://a.example"]);
  const problem = "fetcher has no fetch method; pass the binding itself, such as env.MY_CERT";
  for (const wrong of [null, {}, "fetch", { fetch: {} }]) refuses({ fetcher: wrong }, problem);
  class Binding {
    fetch(): Promise<Response> {
      return Promise.resolve(new Response());
    }
  }
  assert(read({ fetcher: new Binding() }).fetcher instanceof Binding);
});

test("every option is read once, also from getters and prototypes", () => {
  const values: Record<string, unknown> = {
    cert: Uint8Array.of(1),
    key: "key",
    passphrase: "x",
    keyPassphrase: "y",
    alias: "z",
    limits: { maxBytes: 1 },
    extraCa: ["ca"],
    proxy: "http://localhost/",
    origins: ["https://a.example"],
  };
  const reads: string[] = [];
  const getters = (names: string[]) =>
    Object.fromEntries(names.map((name): [string, PropertyDescriptor] => [name, {
      enumerable: true,
      get:
        () => (reads.push(name),
          reads.lastIndexOf(name) === reads.indexOf(name) ? values[name] : undefined),
    }]));
  const names = Object.keys(values);
  const credentials = Object.create(
    Object.create(null, getters(names.slice(0, 4))),
    getters(names.slice(4)),
  );
  const { files, origins } = read(credentials);
  assertEquals(reads.toSorted(), names.toSorted());
  const { limits, ...others } = files!;
  assertEquals(limits?.maxBytes, 1);
  const { limits: _, ...expected } = values;
  assertEquals<unknown>({ ...others, origins }, { ...expected, pfx: undefined });
});

test("limits are read once and kept, whatever the caller does with them", () => {
  let count = 0;
  const limits = {
    get maxBytes() {
      return ++count;
    },
  };
  const { files } = read({ pfx, limits });
  assertEquals([files?.limits?.maxBytes, files?.limits?.maxBytes, count], [1, 1, 1]);
});

test("copies of files do not change with the caller's, and equal ones stay one", () => {
  const bundle = Uint8Array.of(1, 2, 3);
  const extraCa = [Uint8Array.of(4)];
  const { files } = read({ cert: bundle, key: bundle, extraCa });
  const copy = copyFiles(files!);
  bundle.fill(0);
  extraCa[0]!.fill(0);
  extraCa.push(Uint8Array.of(5));
  assertEquals([copy.cert, copy.extraCa], [Uint8Array.of(1, 2, 3), [Uint8Array.of(4)]]);
  assertEquals(copy.key, copy.cert);
  assertEquals(copyFiles(read({ pfx: "text" }).files!).pfx, "text");
});

testExceptOn({ workerd: "it has no node:vm" }, "files of another realm open", async () => {
  const { runInNewContext } = await import("node:vm");
  const foreign = (name: string, buffer = false): Uint8Array =>
    runInNewContext(`Uint8Array.from(bytes)${buffer ? ".buffer" : ""}`, { bytes: fixture(name) });
  for (const buffer of [false, true]) {
    const file = foreign("ec.p12", buffer);
    assertEquals((await readPkcs12(file, { passphrase: "changeit" })).identities.length, 1);
    assertEquals((await readPrivateKey(foreign("ec.key", buffer))).keyType, "EC P-256");
    const [cert, key] = [foreign("ec.pem", buffer), foreign("ec.key", buffer)];
    const written = await writePkcs12({ cert, key, passphrase: "x", iterations: 1000 });
    assertEquals((await readPkcs12(written, { passphrase: "x" })).identities.length, 1);
    const { leaf } = await inspectCredentials({ pfx: file, passphrase: "changeit" });
    assertEquals(leaf.keyType, "EC P-256");
  }
});

test("the other functions check their arguments alike", async () => {
  const file = fixture("ec.p12");
  const subject = { commonName: "a", organization: "b", organizationalUnit: "c" };
  const written = { key: fixture("ec.key"), cert: fixture("ec.pem"), passphrase: "hunter2" };
  const promise = Promise.resolve(file);
  const calls: [() => unknown, string][] = [
    [
      () => readPkcs12(file, { password: "hunter2" } as object),
      'read the PKCS#12 file: there is no option "password"; did you mean passphrase?',
    ],
    [
      () => readPkcs12(file, { alias: "a" } as object),
      'read the PKCS#12 file: there is no option "alias"; the options are passphrase, ' +
      "keyPassphrase, limits",
    ],
    // as it was called before its passphrase became an option
    [
      () => readPkcs12(file, "hunter2" as unknown as object),
      "read the PKCS#12 file: expected an object: got string",
    ],
    [
      () => readPkcs12(file, { limits: { maxByte: 1 } as object }),
      'read the PKCS#12 file: there is no option "maxByte"; did you mean maxBytes?',
    ],
    [
      () => readPkcs12(file, { passphrase: 1 as unknown as string }),
      "read the PKCS#12 file: passphrase must be a string: got number",
    ],
    [
      () => readPkcs12(promise as unknown as Uint8Array),
      "read the PKCS#12 file: file must be text or bytes: got a Promise; await it",
    ],
    [
      () => readPkcs12(undefined as unknown as Uint8Array),
      "read the PKCS#12 file: file is missing or undefined; check that its variable is set",
    ],
    [
      () => readPrivateKey("x", { keyPassphrase: "hunter2" } as object),
      'read the private key: there is no option "keyPassphrase"; the options are passphrase, limits',
    ],
    [
      () => readPrivateKey(promise as unknown as string),
      "read the private key: file must be text or bytes: got a Promise; await it",
    ],
    [
      () => writePkcs12({ ...written, name: "a" } as WritePkcs12Options),
      'write the PKCS#12 file: there is no option "name"; the options are key, cert, chain, alias, ' +
      "passphrase, friendlyName, iterations",
    ],
    [
      () => writePkcs12({ ...written, iteration: 1000 } as WritePkcs12Options),
      'write the PKCS#12 file: there is no option "iteration"; did you mean iterations?',
    ],
    [
      () => writePkcs12({ ...written, cert: promise as unknown as string }),
      "write the PKCS#12 file: cert must be text or bytes: got a Promise; await it",
    ],
    [
      () => createCsr(subject, { type: "RSA 2048" } as object),
      'create the request: there is no option "type"; the options are keyType, names',
    ],
    [
      () => createCsr({ ...subject, Country: "BE" } as typeof subject),
      'create the request: there is no option "Country"; did you mean country?',
    ],
    [
      () => inspectCredentials({ pfx: file }, { URL: "https://a.example" } as object),
      'inspect the credentials: there is no option "URL"; did you mean url?',
    ],
    [
      () => inspectCredentials({ pfx: file }, { now: new Date(NaN) }),
      "inspect the credentials: now is not a valid Date",
    ],
    [
      () => mastercardCommonName({ environment: "sandbox", now: new Date() } as never),
      'make the common name: there is no option "now"; the options are environment, cid',
    ],
    [
      () => mastercardCommonName({ environment: "sandbox", CID: "1" } as never),
      'make the common name: there is no option "CID"; did you mean cid?',
    ],
    [
      () => mastercardCommonName({ environment: "sandbox", cid: 1 } as never),
      "make the common name: cid must be 1 to 32 letters and digits: current value is 1",
    ],
  ];
  for (const [call, message] of calls) {
    const error = await assertRejects(async () => await call(), McFetchError);
    assertEquals([error.code, error.message], ["invalid_argument", `Cannot ${message}`]);
  }
});

test("options of these functions may be `undefined`", async () => {
  const none = { passphrase: undefined, keyPassphrase: undefined, limits: undefined };
  const file = fixture("producers/openssl-plain-nomac.p12");
  assertEquals((await readPkcs12(file, none)).identities.length, 1);
  const key = fixture("ec.key");
  await readPrivateKey(key, { passphrase: undefined, limits: { maxBytes: undefined } });
  const cert = fixture("ec.pem");
  const [chain, alias, friendlyName] = [undefined, undefined, undefined];
  await writePkcs12({ key, cert, chain, alias, friendlyName, passphrase: "x", iterations: 1000 });
  await inspectCredentials({ cert, key, ...none }, { url: undefined, now: undefined });
});

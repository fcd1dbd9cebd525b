/**
 * Each field of the credentials, changed alone: it tells sessions apart, and it has its effect on
 * what a client is opened with.
 *
 * @module
 */
import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import test from "node:test";
import { type Credentials, type Limits, McFetchError, type PfxCredentials } from "../../mod.ts";
import { isSameCredentials } from "../../lib/fetch/same_files.ts";
import { findSession, type Session } from "../../lib/fetch/session.ts";
import { openFiles } from "../../lib/fetch/settings.ts";
import { readCredentials } from "../../lib/identity/credentials.ts";
import { fixture } from "../support/context.ts";

type Fixed = Exclude<Credentials, () => unknown>;

const bytes = (text: string) => new TextEncoder().encode(text);
const fetcher = () => ({ fetch: () => Promise.resolve(new Response()) });
const OPTIONS = {
  passphrase: "passphrase",
  keyPassphrase: "key passphrase",
  alias: "alias",
  extraCa: ["ca 1", "ca 2"],
  proxy: "http://localhost:1/",
  origins: ["https://a.example", "https://b.example"],
  limits: { maxBytes: 1, maxBags: 2, maxIterations: 3, maxRounds: 4, maxScryptMemory: 5 },
};
const LIMITS = Object.keys(OPTIONS.limits) as (keyof Limits)[];

/** The forms of credentials, with all that each may hold. */
const FORMS: readonly (() => Record<string, unknown>)[] = [
  () => ({ ...OPTIONS, cert: "cert", key: "key" }),
  () => ({ ...OPTIONS, cert: bytes("cert"), key: bytes("key") }),
  () => ({ ...OPTIONS, pfx: "pfx" }),
  () => ({ ...OPTIONS, pfx: bytes("pfx") }),
  () => ({ fetcher: fetcher(), origins: OPTIONS.origins }),
];

/** Other values for each field. */
const OTHERS: Record<string, readonly unknown[]> = {
  cert: ["cert2", "cer", bytes("cerT"), ""],
  key: ["key2", bytes("keY"), ""],
  pfx: ["pfx2", bytes("pfX"), ""],
  passphrase: ["other", "", "passphrase ", undefined],
  keyPassphrase: ["other", "", "passphrase", undefined],
  alias: ["other", "", "ALIAS", undefined],
  extraCa: [["ca 1"], ["ca 2", "ca 1"], ["ca 1", "ca 3"], ["ca 1", "ca 2", "ca 2"], [], undefined],
  proxy: ["http://localhost:2/", "http://user@localhost:1/", "https://localhost:1/", undefined],
  origins: [
    ["https://a.example"],
    ["https://a.example", "https://c.example"],
    ["https://c.example", "https://b.example"],
    ["https://a.example", "https://b.example", "https://b.example"],
    [],
    undefined,
  ],
  limits: [
    ...LIMITS.map((name) => ({ ...OPTIONS.limits, [name]: 9 })),
    ...LIMITS.map((name) => ({ ...OPTIONS.limits, [name]: undefined })),
    {},
    undefined,
  ],
  fetcher: [fetcher()],
};

function session(given: Record<string, unknown>): Session {
  return findSession(given as unknown as Fixed);
}

test("each field of the credentials, changed alone, is another session", () => {
  for (const make of FORMS) {
    const base = make();
    for (const name of Object.keys(base)) {
      assert(OTHERS[name] !== undefined, name);
      for (const other of OTHERS[name]) {
        const given = { ...base };
        const first = session(given);
        assert(session(given) === first, "the same object is the same session");
        given[name] = other;
        const second = session(given);
        const what = `${name}: ${JSON.stringify(other)}`;
        assert(second !== first, what);
        assert(!isSameCredentials(first.credentials, second.credentials), what);
        assert(!isSameCredentials(second.credentials, first.credentials), what);
        given[name] = base[name];
        assert(isSameCredentials(session(given).credentials, first.credentials), what);
      }
    }
  }
});

test("equal fields are the same session, however they are passed", () => {
  const pairs: [Record<string, unknown>, Record<string, unknown>][] = [
    [{ pfx: "é" }, { pfx: bytes("é") }],
    [{ pfx: "x" }, { pfx: bytes("x").buffer }],
    [{ pfx: bytes("x") }, { pfx: new DataView(bytes("axb").buffer, 1, 1) }],
    [{ cert: "c", key: "k" }, { cert: bytes("c"), key: bytes("k") }],
    [{ pfx: "x", extraCa: "ca" }, { pfx: "x", extraCa: ["ca"] }],
    [{ pfx: "x", extraCa: [] }, { pfx: "x" }],
    [{ pfx: "x", limits: {} }, { pfx: "x", limits: undefined }],
    [{ pfx: "x", proxy: "http://a.example" }, { pfx: "x", proxy: new URL("http://a.example/") }],
    [{ pfx: "x", origins: ["https://a.example/"] }, {
      pfx: "x",
      origins: [new URL("https://a.example")],
    }],
  ];
  for (const [one, two] of pairs) {
    const same = isSameCredentials(session(one).credentials, session(two).credentials);
    assert(same, Object.keys(two).join());
  }
});

test("a session keeps the fields as they were in the call", () => {
  const pfx = bytes("pfx");
  const extraCa = [bytes("ca")];
  const origins = ["https://a.example"];
  const limits: { maxBags: number } = { maxBags: 1 };
  const given = { pfx, extraCa, origins, limits };
  const { credentials: { files }, origins: allowed } = session(given);
  pfx.fill(0);
  extraCa[0]?.fill(0);
  extraCa.pop();
  origins.push("https://b.example");
  limits.maxBags = 2;
  assertEquals(files?.pfx, bytes("pfx"));
  assertEquals(files?.extraCa, [bytes("ca")]);
  assertEquals(files?.limits?.maxBags, 1);
  assertEquals([...allowed ?? []], ["https://a.example"]);
  assertEquals([...session({ pfx: "x", origins: [] }).origins ?? ["any"]], []);
  assertEquals(session({ pfx: "x" }).origins, undefined);
});

/** Opens credentials; returns the code and the message of the failure. */
async function failure(given: Fixed): Promise<string> {
  const { files } = readCredentials(given);
  const error = await openFiles(files!).then(() => undefined, (error) => error);
  assertInstanceOf(error, McFetchError);
  return `${error.code}: ${error.message}`;
}

const CHANGEIT = { passphrase: "changeit" };

test("each limit, lowered alone, has its effect on credentials", async () => {
  const scrypt = fixture("producers/bc-scrypt.p12");
  const base: PfxCredentials = { ...CHANGEIT, pfx: scrypt };
  await openFiles(readCredentials(base).files!);
  for (const name of LIMITS) {
    const other = name === "maxIterations" ? fixture("openssl3.p12") : scrypt;
    const message = await failure({ ...base, pfx: other, limits: { [name]: 1 } });
    assertStringIncludes(message, "limit_exceeded: ");
    assertStringIncludes(message, `raise the limit \`${name}\``);
  }
});

test("limits count for extraCa, too", async () => {
  const extraCa = [fixture("ca.pem"), fixture("bundle.pem")];
  const files = { cert: fixture("ec.pem"), key: fixture("ec.key"), extraCa };
  const { length } = fixture("bundle.pem");
  assert(length > fixture("ec.pem").length && length > fixture("ec.key").length);
  const message = await failure({ ...files, limits: { maxBytes: length - 1 } });
  assertStringIncludes(message, "limit_exceeded: ");
  assertStringIncludes(message, "the file of CA certificates, `extraCa`");
  await openFiles(readCredentials({ ...files, limits: { maxBytes: length } }).files!);
});

test("the passphrases and the alias have their effect on credentials", async () => {
  const two = fixture("jks/two.jks");
  const good: PfxCredentials = { ...CHANGEIT, pfx: two, alias: "ec", keyPassphrase: "otherpass" };
  await openFiles(readCredentials(good).files!);
  const codes = async (change: Partial<PfxCredentials>) =>
    (await failure({ ...good, ...change })).split(":")[0];
  assertEquals(await codes({ passphrase: "wrong" }), "wrong_passphrase");
  assertEquals(await codes({ keyPassphrase: "wrong" }), "wrong_passphrase");
  assertEquals(await codes({ keyPassphrase: undefined }), "wrong_passphrase");
  assertEquals(await codes({ alias: "none" }), "ambiguous_key");
});

test("extraCa and proxy go to the client, and are absent without", async () => {
  const files = { cert: fixture("ec.pem"), key: fixture("ec.key") };
  const open = (more: object) => openFiles(readCredentials({ ...files, ...more }).files!);
  const none = await open({});
  assertEquals([none.extraCa, "proxy" in none], [[], false]);
  const ca = new TextDecoder().decode(fixture("ca.pem"));
  const { extraCa, proxy } = await open({ extraCa: [ca, ca], proxy: "http://u:p@localhost" });
  assertEquals(extraCa.map((pem) => pem.trim()), [ca.trim(), ca.trim()]);
  assertEquals(proxy, "http://u:p@localhost/");
  const message = await failure({ ...files, extraCa: fixture("ec.key") });
  assertStringIncludes(message, "no_certificate: Cannot use `extraCa`: it holds no certificate");
});

/**
 * What `writePkcs12` writes, opens: with our own reader, and with OpenSSL, Java's keytool, NSS and
 * the runtime's TLS, each where it is there.
 */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import test from "node:test";
import { concat, toHex } from "../lib/bytes.ts";
import { bmpString, integer, setOf } from "../lib/der.ts";
import { McFetchError, type McFetchErrorCode } from "../lib/errors.ts";
import { loadIdentity } from "../lib/identity.ts";
import { readPem, writePem } from "../lib/pem.ts";
import { Budget } from "../lib/pkcs12/limits.ts";
import { readPkcs12 } from "../lib/pkcs12/mod.ts";
import { openPfx } from "../lib/pkcs12/open.ts";
import { readPfx } from "../lib/pkcs12/pfx.ts";
import { writePkcs12, type WritePkcs12Options } from "../lib/pkcs12/write.ts";
import { fixture, runtime, testExceptOn } from "./context.ts";
import { known, openssl } from "./openssl.ts";

const text = (name: string): string => new TextDecoder().decode(fixture(name));
const certificatesOf = (name: string): string[] =>
  readPem(text(name), name).map(({ bytes }) => writePem("CERTIFICATE", bytes));

const [rsaLeaf, issuing] = certificatesOf("client.pem");
const [ecLeaf] = certificatesOf("ec.pem");
const [ca] = certificatesOf("ca.pem");
const rsaKey = text("client.pkcs8.key");
const ecKey = text("ec.key");
const passphrase = "keystorepassword";
/** The fewest that there may be. */
const iterations = 1000;

/** The usual file, with what is different about it. */
function write(options: Partial<WritePkcs12Options> = {}): Promise<Uint8Array<ArrayBuffer>> {
  return writePkcs12({ key: rsaKey, cert: rsaLeaf!, passphrase, iterations, ...options });
}

/** Every kind of key, with and without a chain, and names and passphrases beyond ASCII. */
const FILES: (WritePkcs12Options & { what: string; certificates: string[] })[] = [
  {
    ...{
      what: "RSA, alone, without a name",
      key: rsaKey,
      cert: rsaLeaf!,
      certificates: [rsaLeaf!],
    },
    ...{ passphrase, iterations },
  },
  {
    ...{ what: "RSA with a chain", key: rsaKey, cert: text("client.pem"), chain: ca! },
    ...{ certificates: [rsaLeaf!, issuing!, ca!], passphrase, friendlyName: "client", iterations },
  },
  {
    ...{ what: "EC, alone", key: ecKey, cert: ecLeaf!, certificates: [ecLeaf!] },
    ...{ passphrase: "a b\"c'd\\", friendlyName: "schlüssel €", iterations },
  },
  {
    ...{ what: "EC with a chain", key: ecKey, cert: ecLeaf!, chain: [ca!, issuing!] },
    ...{ certificates: [ecLeaf!, issuing!, ca!], passphrase, friendlyName: "😀 鍵", iterations },
  },
  ...["é", "p€ssword", "😀", "пароль 密码", "x".repeat(100)].map((passphrase) => ({
    ...{ what: `the passphrase ${passphrase}`, key: ecKey, cert: text("ec.pem"), passphrase },
    ...{ certificates: [ecLeaf!, issuing!], friendlyName: "client", iterations },
  })),
];

for (const { what, certificates, ...options } of FILES) {
  test(`our own reader opens it: ${what}`, async () => {
    const file = await writePkcs12(options);
    const read = await readPkcs12(file, options.passphrase);
    const { friendlyName } = options;
    const named = friendlyName === undefined ? {} : { friendlyName };
    const [cert, ...chain] = certificates;
    assertEquals(read.identities, [{ key: options.key as string, cert: cert!, chain, ...named }]);
    assertEquals(
      read.certificates,
      certificates.map((pem, i) => ({ pem, ...(i === 0 && named) })),
    );
    await rejects(() => readPkcs12(file, `${options.passphrase}?`), "wrong_password");
  });
}

async function rejects(
  act: () => Promise<unknown>,
  code: McFetchErrorCode,
  includes = "",
): Promise<McFetchError> {
  const error = await assertRejects(act, McFetchError, includes);
  assertEquals(error.code, code);
  return error;
}

testExceptOn(
  { workerd: "WebCrypto refuses so many there, and in JavaScript they take seconds" },
  "it takes 600,000 iterations three times, unless told otherwise",
  async () => {
    const file = await writePkcs12({ key: ecKey, cert: ecLeaf!, passphrase });
    assertEquals(protection(file), [600_000, 600_000, 600_000]);
    assertEquals((await readPkcs12(file, passphrase)).identities[0]!.key, ecKey);
  },
);

/** The iterations of MAC, certificates and key, which must all be there, as they must be. */
function protection(file: Uint8Array): number[] {
  const { mac, safes } = readPfx(file, new Budget("the file"));
  const [certificates, key, ...others] = safes;
  assertEquals(others.length, 0);
  assert("scheme" in certificates! && "bags" in key! && mac?.hash.name === "SHA-256");
  const [bag] = key.bags;
  assert(key.bags.length === 1 && bag?.kind === "shrouded key");
  const schemes = [certificates.scheme, bag.scheme];
  for (const { name } of schemes) {
    assertEquals(name, "PBES2 with PBKDF2 with HMAC-SHA-256 and AES-256-CBC");
  }
  return [mac.rounds, ...schemes.map(({ rounds }) => rounds)];
}

test("key and certificates are encrypted, and nothing random is used twice", async () => {
  const files = [await write({ iterations: 1234 }), await write({ iterations: 1234 })];
  for (const file of files) assertEquals(protection(file), [1234, 1234, 1234]);
  // OCTET STRINGs of 16 octets: three salts and two vectors in each file
  const random = files.flatMap((file) => toHex(file).match(/0410[0-9a-f]{32}/g) ?? []);
  assert(random.length >= 10, `${random.length}`);
  assertEquals(new Set(random).size, random.length);
});

test("key and leaf have the leaf's SHA-1 as localKeyID, and no other certificate has one", async () => {
  const file = await write({ cert: text("client.pem"), friendlyName: "client" });
  const { keys, certificates } = await openPfx(file, passphrase, undefined, new Budget("the file"));
  const leaf = readPem(rsaLeaf!, "the leaf")[0]!.bytes;
  const id = toHex(new Uint8Array(await crypto.subtle.digest("SHA-1", leaf)));
  const found = [...keys, ...certificates]
    .map(({ localKeyId, friendlyName }) => [localKeyId && toHex(localKeyId), friendlyName]);
  assertEquals(found, [[id, "client"], [id, "client"], [undefined, undefined]]);
});

test("it takes the files in any form that the readers take", async () => {
  const bundle = concat([fixture("ca.pem"), fixture("client.pem"), fixture("client.pkcs8.key")]);
  const forms: Partial<WritePkcs12Options>[] = [
    { key: text("client.pkcs1.key"), cert: fixture("client.p7b"), chain: ca! },
    { key: fixture("client.key.der"), cert: fixture("client.cert.der"), chain: [ca!, issuing!] },
    { key: bundle, cert: bundle },
    { key: fixture("client.pkcs8.key").buffer, cert: bundle.buffer },
    { key: bundle, cert: rsaKey }, // the certificates beside the key
    { cert: [ca!, issuing!, rsaLeaf!, ecLeaf!].join("some text\n") },
    { cert: rsaLeaf!, chain: [rsaLeaf!, text("ec.pem"), ca!, ca!] },
  ];
  for (const form of forms) {
    const { identities, certificates } = await readPkcs12(await write(form), passphrase);
    const expected = { key: rsaKey, cert: rsaLeaf!, chain: [issuing!, ca!] };
    assertEquals(identities, [expected]);
    assertEquals(certificates.length, 3);
  }
  const { identities } = await readPkcs12(
    await write({ key: text("ec.sec1.key"), cert: ecLeaf! }),
    passphrase,
  );
  assertEquals(identities, [{ key: ecKey, cert: ecLeaf!, chain: [] }]);
});

test("the files may be overwritten at once", async () => {
  const files = [fixture("client.pkcs8.key"), fixture("client.pem"), fixture("ca.pem").buffer];
  const [key, cert, chain] = files;
  const file = write({ key: key!, cert: cert!, chain: [chain!] });
  for (const bytes of files) new Uint8Array(bytes).fill(0);
  for (const bytes of [key, cert]) (bytes as Uint8Array).fill(0);
  const { identities } = await readPkcs12(await file, passphrase);
  assertEquals(identities[0]!.chain.length, 2);
});

test("of several keys, one is named by its certificate's fingerprint", async () => {
  const both = [rsaKey, ecKey, rsaLeaf!, ecLeaf!].join("");
  const options = { key: both, cert: both };
  await rejects(() => write(options), "ambiguous_key", "pass as `alias`");
  const der = readPem(ecLeaf!, "the leaf")[0]!.bytes;
  const alias = toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", der)));
  const { identities } = await readPkcs12(await write({ ...options, alias }), passphrase);
  assertEquals(identities, [{ key: ecKey, cert: ecLeaf!, chain: [] }]);
});

test("what does not belong into a file is refused", async () => {
  await rejects(() => write({ key: ecKey }), "key_mismatch", "no certificate belongs to");
  await rejects(() => write({ key: rsaLeaf! }), "no_private_key");
  await rejects(() => write({ cert: rsaKey }), "no_certificate");
  await rejects(() => write({ cert: "nonsense" }), "malformed_credentials");
  const encrypted = "files that go into it must not be encrypted; take the passphrase off with";
  for (const key of ["client.encrypted.key", "client.dek-info.key", "openssl3.p12"]) {
    await rejects(() => write({ key: fixture(key) }), "wrong_password", encrypted);
  }
  await rejects(() => write({ cert: fixture("openssl3.p12") }), "wrong_password", encrypted);

  const invalid: [Partial<Record<keyof WritePkcs12Options, unknown>>, string][] = [
    [{ key: undefined }, "key must be text or bytes: current value is undefined"],
    [{ cert: 1 }, "cert must be text or bytes: current value is number"],
    [{ chain: [null] }, "chain must be text or bytes: current value is object"],
    [{ passphrase: undefined }, "passphrase must be a string: current value is undefined"],
    [{ passphrase: "" }, "passphrase must not be empty"],
    [{ passphrase: "Secret\n" }, "passphrase must be one line of text, without control characters"],
    [{ passphrase: "Secret\0" }, "passphrase must be one line of text"],
    [{ passphrase: "Secret\ud83d" }, "passphrase must be one line of text"],
    [{ friendlyName: 5 }, "friendlyName must be a string: current value is number"],
    [{ friendlyName: "" }, "friendlyName must be 1 to 255 characters: current value is 0"],
    [{ friendlyName: "x".repeat(256) }, "must be 1 to 255 characters: current value is 256"],
    [{ friendlyName: "a\0" }, 'without control characters: current value is "a\\u0000"'],
    [{ iterations: 999 }, "from 1000 to 5000000: current value is 999"],
    [{ iterations: 5_000_001 }, "from 1000 to 5000000: current value is 5000001"],
    [{ iterations: 1000.5 }, "iterations must be a whole number"],
    [{ iterations: NaN }, "current value is NaN"],
    [{ iterations: "2000" }, "iterations must be a whole number"],
  ];
  for (const [options, message] of invalid) {
    const error = await rejects(
      () => write(options as Partial<WritePkcs12Options>),
      "invalid_argument",
      message,
    );
    assert(error.message.startsWith("Cannot write the PKCS#12 file: "), error.message);
    assert(!error.message.includes("Secret"), error.message);
  }
});

test("DER: sets are in order, and integers have their sign", () => {
  const [a, b, c] = [integer(5), integer(300), bmpString("ü")];
  assertEquals(toHex(setOf(c, b, a)), "310b" + toHex(concat([a, b, c])));
  assertEquals([0, 127, 128, 255, 256, 600_000].map((value) => toHex(integer(value))), [
    ...["020100", "02017f", "02020080", "020200ff", "02020100", "02030927c0"],
  ]);
  assertEquals(toHex(bmpString("a€😀")), "1e08006120acd83dde00");
});

/** Registers a test for the machine's program, where it is there. */
function testWith(program: string, name: string, work: (folder: string) => Promise<void>): void {
  testExceptOn(
    isHere(program) ? {} : { [runtime]: `there is no ${program} here` },
    name,
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "mc-mtls-"));
      try {
        await work(folder);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );
}

function isHere(program: string): boolean {
  if (program === "openssl") return known("digest").size > 0;
  try {
    execFileSync("sh", ["-c", `command -v ${program}`], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Runs a program in a locale that has all characters, with the passphrase in its environment. */
function run(program: string, args: readonly string[], passphrase = ""): string {
  return execFileSync(program, args, {
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C.UTF-8", PASSPHRASE: passphrase },
    stdio: ["ignore", "pipe", "pipe"], // what it prints to standard error goes into what is thrown
  });
}

testWith("openssl", "OpenSSL opens it", async (folder) => {
  const path = join(folder, "client.p12");
  for (const { what, certificates, ...options } of FILES) {
    writeFileSync(path, await writePkcs12(options));
    const args = ["pkcs12", "-in", path, "-passin", "env:PASSPHRASE", "-noenc"];
    const output = new TextDecoder().decode(openssl(args, options.passphrase));
    assertEquals(
      readPem(output, "what OpenSSL wrote").map(({ label, bytes }) => writePem(label, bytes)),
      [...certificates, options.key as string],
      what,
    );
    assertEquals(output.match(/localKeyID/g)?.length, 2);
    assertEquals(output.match(/friendlyName/g)?.length, options.friendlyName ? 2 : undefined);
  }
});

testWith("keytool", "Java's keytool opens it", async (folder) => {
  const [path, copy] = [join(folder, "client.p12"), join(folder, "copy.p12")];
  // Java takes only ASCII in the passphrase of what PBES2 protects, whoever wrote it
  const files = FILES.filter(({ passphrase }) => /^[ -~]+$/.test(passphrase)).slice(0, 4);
  for (const { certificates, ...options } of files) {
    writeFileSync(path, await writePkcs12(options));
    const { passphrase, friendlyName = "1" } = options;
    const utf8 = ["-J-Dfile.encoding=UTF-8", "-J-Duser.language=en"];
    const list = run("keytool", [
      ...[...utf8, "-list", "-v", "-storetype", "PKCS12", "-keystore", path],
      ...["-storepass:env", "PASSPHRASE"],
    ], passphrase);
    assertStringIncludes(list, "Your keystore contains 1 entry");
    assertStringIncludes(list, `Alias name: ${friendlyName}\n`);
    assertStringIncludes(list, "Entry type: PrivateKeyEntry");
    assertStringIncludes(list, `Certificate chain length: ${certificates.length}\n`);

    rmSync(copy, { force: true });
    run("keytool", [
      ...[...utf8, "-importkeystore", "-srckeystore", path, "-srcstoretype", "PKCS12"],
      ...["-srcstorepass:env", "PASSPHRASE", "-destkeystore", copy, "-deststoretype", "PKCS12"],
      ...["-deststorepass:env", "PASSPHRASE", "-noprompt"],
    ], passphrase);
    const copied = await loadIdentity({ pfx: new Uint8Array(readFileSync(copy)), passphrase });
    assertEquals([copied.cert, copied.key], [certificates.join(""), options.key]);
  }
});

testWith("pk12util", "NSS opens it", async (folder) => {
  const [path, secret] = [join(folder, "client.p12"), join(folder, "passphrase")];
  for (const [at, { certificates, ...options }] of FILES.entries()) {
    writeFileSync(path, await writePkcs12(options));
    writeFileSync(secret, options.passphrase);
    const list = run("pk12util", ["-l", path, "-w", secret]);
    assertStringIncludes(list, "Certificate(has private key):");
    if (options.friendlyName) assertStringIncludes(list, `Friendly Name: ${options.friendlyName}`);
    assertEquals(list.match(/^Certificate/gm)?.length, certificates.length);

    const database = join(folder, `${at}`);
    mkdirSync(database);
    run("certutil", ["-N", "--empty-password", "-d", `sql:${database}`]);
    run("pk12util", ["-i", path, "-w", secret, "-d", `sql:${database}`]);
    const keys = run("certutil", ["-K", "-d", `sql:${database}`]);
    const name = options.friendlyName ?? "client"; // NSS takes the common name where there is none
    assert(keys.trimEnd().endsWith(name), keys);
    // u: its private key is there
    const names = run("certutil", ["-L", "-d", `sql:${database}`]);
    assertEquals(names.match(/ u,u,u\s*$/gm)?.length, 1, names);
    assertEquals(names.match(/ [a-zA-Z]*,[a-zA-Z]*,[a-zA-Z]*\s*$/gm)?.length, certificates.length);
  }
});

testExceptOn(
  { workerd: "it has no TLS of its own" },
  "the runtime's own TLS opens it",
  async () => {
    const { createSecureContext } = await import("node:tls");
    for (const { certificates: _, what, ...options } of FILES) {
      const pfx = await writePkcs12(options);
      createSecureContext({ pfx: pfx as Buffer, passphrase: options.passphrase });
      let failed = false;
      try {
        createSecureContext({ pfx: pfx as Buffer, passphrase: "another" });
      } catch {
        failed = true;
      }
      assert(failed, what);
    }
  },
);

/**
 * What `writePkcs12` writes, opens: with our own reader, and with OpenSSL, Java's keytool, NSS and
 * the runtime's TLS, each where it is there.
 */
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { Buffer } from "node:buffer";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import test from "node:test";
import { concat, toHex } from "../../lib/crypto/bytes.ts";
import { writeBmpString, writeInteger, writeSet } from "../../lib/asn1/writer.ts";
import { McFetchError, type McFetchErrorCode } from "../../lib/errors.ts";
import { loadIdentity } from "../../lib/identity/identity.ts";
import { readPem, writePem } from "../../lib/keys/pem.ts";
import { Opening } from "../../lib/encryption/opening.ts";
import { readPkcs12 } from "../../lib/identity/read_pkcs12.ts";
import { openPfx } from "../../lib/pkcs12/open.ts";
import { readPfx } from "../../lib/pkcs12/pfx.ts";
import { writePkcs12, type WritePkcs12Options } from "../../lib/identity/write_pkcs12.ts";
import { fixture, runtime, testExceptOn } from "../support/context.ts";
import { listAlgorithms, openssl } from "../support/openssl.ts";

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

interface TestFile extends WritePkcs12Options {
  readonly key: string;
  /** What is particular to it. */
  readonly what: string;
  /** What it must hold, in this order. */
  readonly certificates: readonly string[];
}

/** Every kind of key, with and without a chain, and names and passphrases beyond ASCII. */
const FILES: TestFile[] = [
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
    ...{ certificates: [ecLeaf!, issuing!, ca!], passphrase, friendlyName: "鍵 ключ", iterations },
  },
  ...["é", "p€ssword", "😀", "пароль 密码", "x".repeat(100)].map((passphrase) => ({
    ...{ what: `passphrase "${passphrase.slice(0, 20)}"`, key: ecKey, cert: text("ec.pem") },
    passphrase,
    ...{ certificates: [ecLeaf!, issuing!], friendlyName: "client", iterations },
  })),
];

function writeTestFile({ what: _, certificates: __, ...options }: TestFile) {
  return writePkcs12(options);
}

for (const options of FILES) {
  test(`our own reader opens it: ${options.what}`, async () => {
    const { certificates, passphrase, friendlyName } = options;
    const file = await writeTestFile(options);
    const read = await readPkcs12(file, { passphrase });
    const named = friendlyName === undefined ? {} : { friendlyName };
    const [cert, ...chain] = certificates;
    const keyType = options.key === rsaKey ? "RSA 2048" : "EC P-256";
    assertEquals(read.identities, [{ key: options.key, keyType, cert: cert!, chain, ...named }]);
    assertEquals(
      read.certificates,
      certificates.map((cert, i) => ({ cert, ...(i === 0 && named) })),
    );
    await rejects(() => readPkcs12(file, { passphrase: `${passphrase}?` }), "wrong_passphrase");
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

test("it takes 600,000 iterations three times, unless told otherwise", async () => {
  const file = await writePkcs12({ key: ecKey, cert: ecLeaf!, passphrase });
  assertEquals(protection(file), [600_000, 600_000, 600_000]);
  assertEquals((await readPkcs12(file, { passphrase })).identities[0]!.key, ecKey);
});

/** The iterations of MAC, certificates and key, which must all be there, as they must be. */
function protection(file: Uint8Array): number[] {
  const { mac, safes } = readPfx(file, new Opening("the file"));
  const [certificates, key, ...others] = safes;
  assertEquals(others.length, 0);
  assert("encrypted" in certificates! && "bags" in key! && mac?.hash.name === "SHA-256");
  const [bag] = key.bags;
  assert(key.bags.length === 1 && bag?.kind === "shrouded key");
  const schemes = [certificates.encrypted.scheme, bag.encrypted.scheme];
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
  const { keys, certificates } = await openPfx(file, new Opening("the file", { passphrase }));
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
    const { identities, certificates } = await readPkcs12(await write(form), { passphrase });
    const expected = { key: rsaKey, keyType: "RSA 2048", cert: rsaLeaf!, chain: [issuing!, ca!] };
    assertEquals(identities, [expected]);
    assertEquals(certificates.length, 3);
  }
  const { identities } = await readPkcs12(
    await write({ key: text("ec.sec1.key"), cert: ecLeaf! }),
    { passphrase },
  );
  assertEquals(identities, [{ key: ecKey, keyType: "EC P-256", cert: ecLeaf!, chain: [] }]);
});

test("the files may be overwritten at once", async () => {
  const bytes = fixture("client.pkcs8.key");
  for (const key of [bytes.slice(), bytes.slice().buffer]) {
    const [cert, chain] = [fixture("client.pem"), fixture("ca.pem").buffer];
    const file = write({ key, cert, chain: [chain] });
    for (const given of [key, cert, chain]) {
      new Uint8Array("buffer" in given ? given.buffer : given).fill(0);
    }
    const { identities } = await readPkcs12(await file, { passphrase });
    assertEquals([identities[0]!.key, identities[0]!.chain.length], [rsaKey, 2]);
  }
});

test("of several keys, one is named by its certificate's fingerprint", async () => {
  const both = [rsaKey, ecKey, rsaLeaf!, ecLeaf!].join("");
  const options = { key: both, cert: both };
  await rejects(
    () => write(options),
    "ambiguous_key",
    "choose one by its name or fingerprint with `alias`",
  );
  const der = readPem(ecLeaf!, "the leaf")[0]!.bytes;
  const alias = toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", der)));
  const { identities } = await readPkcs12(await write({ ...options, alias }), { passphrase });
  assertEquals(identities, [{ key: ecKey, keyType: "EC P-256", cert: ecLeaf!, chain: [] }]);
});

test("what does not belong into a file is refused", async () => {
  await rejects(() => write({ key: ecKey }), "key_mismatch", "no certificate belongs to");
  await rejects(() => write({ key: rsaLeaf! }), "no_private_key");
  await rejects(() => write({ cert: rsaKey }), "no_certificate");
  await rejects(() => write({ cert: "nonsense" }), "malformed_credentials");
  const encrypted = "none was given; decrypt it first, with readPrivateKey, readPkcs12 or";
  for (const key of ["client.encrypted.key", "client.dek-info.key", "openssl3.p12"]) {
    await rejects(() => write({ key: fixture(key) }), "wrong_passphrase", encrypted);
  }
  await rejects(() => write({ cert: fixture("openssl3.p12") }), "wrong_passphrase", encrypted);

  const invalid: [Partial<Record<keyof WritePkcs12Options, unknown>>, string][] = [
    [{ key: undefined }, "key is missing or undefined; check that its variable is set"],
    [{ cert: 1 }, "cert must be text or bytes: got number"],
    [{ chain: [null] }, "chain must be text or bytes: got null"],
    [{ passphrase: undefined }, "passphrase must be a string: got undefined"],
    [{ passphrase: "" }, "passphrase must not be empty"],
    [{ passphrase: "Secret\n" }, "passphrase must be one line of text, without control characters"],
    [{ passphrase: "Secret\0" }, "passphrase must be one line of text"],
    [{ passphrase: "Secret\ud83d" }, "passphrase must be one line of text"],
    [{ friendlyName: 5 }, "friendlyName must be a string: got number"],
    [{ friendlyName: "" }, "friendlyName must be 1 to 255 characters: current value is 0"],
    [{ friendlyName: "x".repeat(256) }, "must be 1 to 255 characters: current value is 256"],
    [{ friendlyName: "a\0" }, 'without control characters: current value is "a\\u{0}"'],
    [{ friendlyName: "a😀" }, "friendlyName must be within the Basic Multilingual Plane"],
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
  const [a, b, c] = [writeInteger(5), writeInteger(300), writeBmpString("ü")];
  assertEquals(toHex(writeSet(c, b, a)), "310b" + toHex(concat([a, b, c])));
  assertEquals([0, 127, 128, 255, 256, 600_000].map((value) => toHex(writeInteger(value))), [
    ...["020100", "02017f", "02020080", "020200ff", "02020100", "02030927c0"],
  ]);
  assertEquals(toHex(writeBmpString("a€")), "1e04006120ac");
});

/**
 * Registers a test for each file, of the machine's program, where it is there.
 *
 * @param work Gets a path for the `.p12` in a folder of its own, what it is to hold, and its bytes
 */
function testWith(
  program: string,
  title: string,
  work: (path: string, file: TestFile, bytes: Uint8Array) => Promise<void> | void,
  files: readonly TestFile[] = FILES,
): void {
  if (!isHere(program)) {
    return testExceptOn({ [runtime]: `there is no ${program} here` }, title, () => {});
  }
  for (const file of files) {
    test(`${title}: ${file.what}`, async () => {
      const folder = mkdtempSync(join(tmpdir(), "mc-mtls-"));
      try {
        const bytes = await writeTestFile(file);
        writeFileSync(join(folder, "client.p12"), bytes);
        await work(join(folder, "client.p12"), file, bytes);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }
}

function isHere(program: string): boolean {
  if (program === "openssl") return listAlgorithms("digest").size > 0;
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

testWith("openssl", "OpenSSL opens it", (path, { certificates, key, passphrase, friendlyName }) => {
  const args = ["pkcs12", "-in", path, "-passin", "env:PASSPHRASE", "-noenc"];
  const output = new TextDecoder().decode(openssl(args, passphrase));
  const blocks = readPem(output, "the output").map(({ label, bytes }) => writePem(label, bytes));
  assertEquals(blocks, [...certificates, key]);
  assertEquals(output.match(/localKeyID/g)?.length, 2);
  assertEquals(output.match(/friendlyName/g)?.length, friendlyName ? 2 : undefined);
});

testWith(
  "keytool",
  "Java's keytool opens it",
  async (path, { certificates, key, passphrase, friendlyName = "1" }) => {
    const list = keytool(passphrase, ["-list", "-v", "-storetype", "PKCS12", "-keystore", path]);
    assertStringIncludes(list, "Your keystore contains 1 entry");
    assertStringIncludes(list, `Alias name: ${friendlyName}\n`);
    assertStringIncludes(list, "Entry type: PrivateKeyEntry");
    assertStringIncludes(list, `Certificate chain length: ${certificates.length}\n`);

    const copy = `${path}.copy`;
    keytool(passphrase, [
      ...["-importkeystore", "-srckeystore", path, "-srcstoretype", "PKCS12", "-noprompt"],
      ...["-srcstorepass:env", "PASSPHRASE", "-destkeystore", copy, "-deststoretype", "PKCS12"],
    ]);
    const copied = await loadIdentity({ pfx: new Uint8Array(readFileSync(copy)), passphrase });
    assertEquals([copied.cert, copied.key], [certificates.join(""), key]);
  },
  // Java takes only ASCII in the passphrase of what PBES2 protects, whoever wrote it
  FILES.filter(({ passphrase }) => /^[ -~]+$/.test(passphrase)),
);

function keytool(passphrase: string, [command, ...args]: readonly string[]): string {
  const store = command === "-list" ? "-storepass:env" : "-deststorepass:env";
  // in English, in UTF-8, and without the compiler that takes half of its time
  const java = ["-Duser.language=en", "-Dfile.encoding=UTF-8", "-XX:TieredStopAtLevel=1"];
  const options = java.map((option) => `-J${option}`);
  return run("keytool", [...options, command!, ...args, store, "PASSPHRASE"], passphrase);
}

testWith("pk12util", "NSS opens it", (path, { certificates, passphrase, friendlyName }) => {
  const secret = join(dirname(path), "passphrase");
  writeFileSync(secret, passphrase);
  const list = run("pk12util", ["-l", path, "-w", secret]);
  assertStringIncludes(list, "Certificate(has private key):");
  if (friendlyName !== undefined) assertStringIncludes(list, `Friendly Name: ${friendlyName}`);
  assertEquals(list.match(/^Certificate/gm)?.length, certificates.length);

  const database = ["-d", `sql:${dirname(path)}`];
  run("certutil", ["-N", "--empty-password", ...database]);
  run("pk12util", ["-i", path, "-w", secret, ...database]);
  const keys = run("certutil", ["-K", ...database]).trimEnd();
  assert(keys.endsWith(friendlyName ?? "client"), keys); // the common name if it has none
  const trust = run("certutil", ["-L", ...database]).match(/ \w*,\w*,\w*\s*$/gm)!;
  assertEquals(trust.length, certificates.length);
  // u: its private key is there
  assertEquals(trust.filter((flags) => flags.trim() === "u,u,u").length, 1);
});

testExceptOn({ workerd: "it has no TLS" }, "the runtime's own TLS opens it", async () => {
  const { createSecureContext } = await import("node:tls");
  for (const file of FILES) {
    const pfx = Buffer.from(await writeTestFile(file));
    const open = (passphrase: string) => createSecureContext({ pfx, passphrase });
    // BoringSSL takes no passphrase outside of the Basic Multilingual Plane
    if (runtime !== "bun" || !/[\u{10000}-\u{10ffff}]/u.test(file.passphrase)) {
      open(file.passphrase);
    }
    assertThrows(() => open("another"), Error, "", file.what);
  }
});

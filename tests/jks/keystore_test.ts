/** Keystores as Java writes them. `fixtures/jks/make.sh` has the command of each. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Buffer } from "node:buffer";
import { createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import test from "node:test";
import { inspectCredentials } from "../../lib/certificates/inspect.ts";
import { McFetchError, type McFetchErrorCode } from "../../lib/errors.ts";
import type { Entry } from "../../lib/identity/advice.ts";
import { type KeyFiles, loadIdentity } from "../../lib/identity/identity.ts";
import { readPkcs12 } from "../../lib/identity/read_pkcs12.ts";
import { readPrivateKey } from "../../lib/identity/read_private_key.ts";
import { writePkcs12 } from "../../lib/identity/write_pkcs12.ts";
import { fixture } from "../support/context.ts";

const passphrase = "changeit";
const GREEK = "Zoë κωδικός";
const EC = "CN=client on P-256";

function read(name: string): Uint8Array<ArrayBuffer> {
  return fixture(`jks/${name}`);
}

function spki(key: KeyObject): string {
  return key.export({ type: "spki", format: "pem" }).toString();
}

/** The key is the leaf's, and the chain leads to the root. node:crypto is the judge. */
async function opens(files: KeyFiles, subject: string): Promise<void> {
  const { cert, key } = await loadIdentity(files);
  const chain = cert.match(/-----BEGIN [^-]+-----[^-]+-----END [^-]+-----/g)!
    .map((pem) => new X509Certificate(pem));
  assertEquals(chain[0]!.subject.split("\n").at(-1), subject);
  assertEquals(spki(createPublicKey(key)), spki(chain[0]!.publicKey));
  assertEquals(chain.length, 3);
  for (let i = 1; i < chain.length; i++) assert(chain[i - 1]!.checkIssued(chain[i]!));
}

async function fails(
  files: KeyFiles,
  code: McFetchErrorCode,
  includes: string,
  entry?: Entry,
): Promise<void> {
  const error = await assertRejects(() => loadIdentity(files, entry), McFetchError, includes);
  assertEquals(error.code, code);
}

const FILES: Readonly<Record<string, readonly [subject: string, options?: Partial<KeyFiles>]>> = {
  "rsa.jks": ["CN=client"],
  "rsa.jceks": ["CN=client"],
  "ec.jks": [EC],
  "ec.jceks": [EC],
  "usual.jceks": [EC],
  "greek.jks": [EC, { passphrase: GREEK, alias: "ΚΛΕΙΔΊ 🔑" }],
  "greek.jceks": [EC, { passphrase: GREEK, keyPassphrase: "changeit", alias: "κλειδί 🔑" }],
  "alias.jks": [EC, { alias: "a\0é€🔑" }],
  "alias.jceks": [EC, { alias: "a\0é€🔑" }],
  "empty-passphrase.jks": [EC, { passphrase: "" }],
  "empty-passphrase.jceks": [EC, { passphrase: "" }],
  "secret.jceks": [EC],
  "salt-0102030401020304.jceks": [EC],
  "salt-0102030401020305.jceks": [EC],
  "salt-0707070707070707.jceks": [EC],
  "salt-old.jceks": [EC],
};

for (const [name, [subject, options]] of Object.entries(FILES)) {
  test(`${name} is opened`, () => opens({ pfx: read(name), passphrase, ...options }, subject));
}

test("a keystore is taken as cert and as key, as an ArrayBuffer and in base64", async () => {
  const file = read("ec.jks");
  const other = fixture("client.pkcs8.key");
  await opens({ cert: file, key: file, passphrase }, EC);
  await opens({ cert: file, key: fixture("ec.key"), passphrase }, EC);
  await opens({ cert: fixture("ca.pem"), key: file, passphrase }, EC);
  await opens({ pfx: file.buffer, passphrase }, EC);
  const base64 = Buffer.from(file).toString("base64");
  await opens({ pfx: base64, passphrase }, EC);
  await opens({ pfx: Buffer.from(base64), passphrase }, EC);
  await opens({ pfx: Buffer.from(read("ec.jceks")).toString("base64"), passphrase }, EC);
  await fails({ cert: file, key: other, passphrase }, "key_mismatch", "RSA 2048");
});

for (const type of ["jks", "jceks"]) {
  const pfx = read(`two.${type}`);

  test(`two.${type}: the alias chooses, and each key has its own passphrase`, async () => {
    await opens({ pfx, passphrase, alias: "client" }, "CN=client");
    await opens({ pfx, passphrase, alias: "Client" }, "CN=client");
    await opens({ pfx, passphrase, alias: "ec", keyPassphrase: "otherpass" }, EC);
    const { fingerprint256 } = new X509Certificate(fixture("ec.pem"));
    const keyPassphrase = "otherpass";
    await opens({ pfx, passphrase, alias: fingerprint256, keyPassphrase }, EC);
    await opens({ pfx, keyPassphrase, alias: fingerprint256.replaceAll(":", "") }, EC);
    // Both passphrases open both keys, so that the choice is the caller's.
    const files = { pfx, passphrase, keyPassphrase };
    await fails(files, "ambiguous_key", '"client" (CN=client, O=mc-mtls, SHA-256 ');
    await fails(files, "ambiguous_key", `"ec" (${EC}, O=mc-mtls, SHA-256 `);
    await fails({ ...files, alias: "root" }, "ambiguous_key", "0 of its private keys have the");
  });

  test(`two.${type}: the advice says which passphrase may be wrong`, async () => {
    const wrong = "Cannot open the Java keystore: the passphrase does not open it; " +
      "check the passphrase for typing errors and spaces around it; or ";
    const several = "its private keys have other passphrases: choose one key with ";
    await fails(
      { pfx, passphrase: "changeme" },
      "wrong_passphrase",
      `${wrong}the file was changed after it was written`,
    );
    await fails(
      { pfx, passphrase, alias: "ec" },
      "wrong_passphrase",
      `${wrong}its private keys have another passphrase, which is passed as \`keyPassphrase\``,
    );
    await fails(
      { pfx, passphrase },
      "wrong_passphrase",
      `${wrong}${several}\`alias\`, and pass its passphrase as \`keyPassphrase\``,
    );
    await fails(
      { pfx, passphrase },
      "wrong_passphrase",
      `${wrong}${several}--alias, and pass its passphrase with --key-passphrase-file`,
      "command line",
    );
    await fails(
      { pfx, passphrase, alias: "ec", keyPassphrase: "nothing" },
      "wrong_passphrase",
      "spaces around it",
    );
    await fails({ pfx }, "wrong_passphrase", "none was given; pass it as `passphrase`");
  });

  test(`trust.${type} has certificates, and shows them without a passphrase`, async () => {
    for (const options of [{}, { passphrase }]) {
      const source = { pfx: read(`trust.${type}`), ...options };
      await fails(source, "no_private_key", "Cannot use the Java keystore: it holds no private");
      const { leaf, problems } = await inspectCredentials(source);
      assertEquals(leaf.subject, "CN=mc-mtls test CA");
      assert(problems.some(({ code }) => code === "no_private_key"));
    }
    const wrong = { pfx: read(`trust.${type}`), passphrase: "changeme" };
    await fails(wrong, "wrong_passphrase", "or the file was changed after it was written");
    const cert = read(`trust.${type}`);
    await fails({ cert, key: fixture("ec.key") }, "key_mismatch", "CN=mc-mtls test CA");
  });

  test(`dsa.${type}: the key is named, which TLS does not use`, async () => {
    const source = { pfx: read(`dsa.${type}`), passphrase };
    await fails(source, "unsupported_algorithm", "TLS with a key of the type DSA 1024");
  });

  test(`no-entries.${type} holds nothing`, async () => {
    const source = { pfx: read(`no-entries.${type}`), passphrase };
    await fails(source, "no_private_key", "it holds no private key");
  });
}

test("a keystore of secret keys says so", async () => {
  const source = { pfx: read("only-secret.jceks"), passphrase };
  await fails(source, "no_private_key", "it holds no private key but secret keys");
  await fails(
    { cert: source.pfx, key: fixture("ec.key"), passphrase },
    "no_private_key",
    "Cannot use the certificate file: it holds no private key but secret keys",
  );
});

test("a keystore is written as PEM and .p12", async () => {
  const { cert, key } = await loadIdentity({ pfx: read("rsa.jceks"), passphrase });
  const file = await writePkcs12({ cert, key, passphrase: "new", iterations: 1000 });
  const { identities } = await readPkcs12(file, { passphrase: "new" });
  assertEquals(identities.map((identity) => identity.key), [key]);
});

test("functions for one other format say how a keystore is converted", async () => {
  const advice = "convert it with the command `mc-mtls convert FILE -o client";
  for (const [name, type] of [["ec.jks", "JKS"], ["ec.jceks", "JCEKS"]] as const) {
    const kind = `it is a Java keystore (${type}), not a `;
    const error = await assertRejects(() => readPkcs12(read(name), { passphrase }), McFetchError);
    assertStringIncludes(error.message, `${kind}PKCS#12; ${advice}.p12\``);
    const other = await assertRejects(
      () => readPrivateKey(read(name), { passphrase }),
      McFetchError,
    );
    assertStringIncludes(other.message, `${kind}private key; ${advice}.key\``);
  }
});

test("the event loop gets its turn while a key is derived", async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  try {
    await opens({ pfx: read("usual.jceks"), passphrase }, EC);
  } finally {
    clearInterval(timer);
  }
  assert(turns >= 2, `${turns} turns in 400,000 rounds`);
});

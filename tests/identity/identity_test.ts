import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import test from "node:test";
import { McFetchError, type McFetchErrorCode } from "../../lib/errors.ts";
import { type KeyFiles, loadIdentity } from "../../lib/identity/identity.ts";

const passphrase = "changeit";

function bytes(name: string): Uint8Array {
  return readFileSync(new URL(`../fixtures/${name}`, import.meta.url));
}

function text(name: string): string {
  return readFileSync(new URL(`../fixtures/${name}`, import.meta.url), "utf8");
}

function certificates(pem: string): X509Certificate[] {
  return pem.match(
    /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g,
  )!.map((one) => new X509Certificate(one));
}

function spki(key: KeyObject): string {
  return key.export({ type: "spki", format: "pem" }).toString();
}

/**
 * Opens with node:crypto as judge: the key is the leaf's, and every certificate is issued by the
 * next.
 */
async function opens(source: KeyFiles, subject: string, length: number): Promise<void> {
  const { cert, key } = await loadIdentity(source);
  const chain = certificates(cert);
  assertEquals(chain.length, length);
  assertStringIncludes(chain[0]!.subject, subject);
  assert(key.startsWith("-----BEGIN PRIVATE KEY-----\n"));
  assertEquals(spki(createPublicKey(key)), spki(chain[0]!.publicKey));
  for (let i = 1; i < length; i++) assert(chain[i - 1]!.checkIssued(chain[i]!));
}

async function fails(
  source: KeyFiles,
  code: McFetchErrorCode,
  includes: string,
): Promise<void> {
  const error = await assertRejects(() => loadIdentity(source), McFetchError, includes);
  assertEquals(error.code, code);
}

for (
  const [name, subject] of [
    ["openssl3.p12", "CN=client"],
    ["openssl-legacy.p12", "CN=client"],
    ["nomac.p12", "CN=client"],
    ["ec.p12", "CN=client on P-256"],
    ["keytool.p12", "CN=client of keytool"],
  ] as const
) {
  test(`PKCS#12: ${name}`, () => opens({ pfx: bytes(name), passphrase }, subject, 3));
}

for (const name of ["pkcs8", "pkcs1", "encrypted", "3des", "dek-info"]) {
  test(`PEM: client.${name}.key`, () => {
    return opens(
      { cert: text("client.pem"), key: text(`client.${name}.key`), passphrase },
      "CN=client",
      2,
    );
  });
}

test("DER certificate and key", () =>
  opens({ cert: bytes("client.cert.der"), key: bytes("client.key.der") }, "CN=client", 1));
test("EC key in SEC 1", () =>
  opens({ cert: text("ec.pem"), key: text("ec.sec1.key") }, "CN=client on P-256", 2));
test("EC key in PKCS#8", () =>
  opens({ cert: text("ec.pem"), key: text("ec.key") }, "CN=client on P-256", 2));
test("Ed25519 key", () =>
  opens({ cert: text("ed25519.pem"), key: text("ed25519.key") }, "CN=client on Ed25519", 2));
test("PKCS#7 in PEM", () =>
  opens({ cert: text("client.p7b"), key: text("client.pkcs8.key") }, "CN=client", 3));
test("PKCS#7 in DER", () =>
  opens({ cert: bytes("client.p7c"), key: text("client.pkcs8.key") }, "CN=client", 3));
test("a TRUSTED CERTIFICATE", () =>
  opens({ cert: text("client.trusted.pem"), key: text("client.pkcs8.key") }, "CN=client", 1));

test("one PEM with everything is taken as cert, as key, as both and as pfx", async () => {
  const bundle = text("bundle.pem");
  await opens({ cert: bundle, key: bundle }, "CN=client", 3);
  await opens({ cert: bundle, key: text("client.pkcs8.key") }, "CN=client", 3);
  await opens({ cert: text("client.pem"), key: bundle }, "CN=client", 3);
  await opens({ pfx: bundle }, "CN=client", 3);
  await opens({ pfx: bytes("bundle.pem") }, "CN=client", 3);
});

test("a PKCS#12 file is taken as cert and as key", async () => {
  await opens(
    { cert: bytes("openssl3.p12"), key: text("client.pkcs8.key"), passphrase },
    "CN=client",
    3,
  );
  await opens({ cert: text("client.pem"), key: bytes("openssl3.p12"), passphrase }, "CN=client", 3);
});

test("PEM is read with CRLF, a byte order mark, text around it, in UTF-16, and base64 of a PKCS#12 file", async () => {
  const [cert, key] = [text("client.pem"), text("client.pkcs8.key")];
  await opens(
    {
      cert: "\uFEFF" + cert.replaceAll("\n", "\r\n"),
      key: `my key\n${key}\nend`,
    },
    "CN=client",
    2,
  );
  await opens({ cert: Buffer.from("\uFEFF" + cert, "utf16le"), key }, "CN=client", 2);
  await opens(
    { pfx: Buffer.from(bytes("openssl3.p12")).toString("base64"), passphrase },
    "CN=client",
    3,
  );
});

test("a wrong passphrase is wrong_passphrase", async () => {
  for (const pfx of ["openssl3.p12", "openssl-legacy.p12", "keytool.p12", "nomac.p12"].map(bytes)) {
    await fails(
      { pfx, passphrase: "changeme" },
      "wrong_passphrase",
      "the passphrase does not open it",
    );
    await fails({ pfx }, "wrong_passphrase", "none was given");
  }
  for (const key of ["client.encrypted.key", "client.3des.key", "client.dek-info.key"].map(text)) {
    await fails(
      { cert: text("client.pem"), key, passphrase: "changeme" },
      "wrong_passphrase",
      "does not open it",
    );
    await fails({ cert: text("client.pem"), key }, "wrong_passphrase", "none was given");
  }
});

test("a file cut off anywhere is malformed_credentials", async () => {
  const whole = bytes("openssl3.p12");
  for (let length = 1; length < whole.length; length += 61) {
    await fails(
      { pfx: whole.slice(0, length), passphrase },
      "malformed_credentials",
      "Cannot open the PKCS#12 file",
    );
  }
  await fails({ pfx: new Uint8Array(0), passphrase }, "malformed_credentials", "it is empty");
});

test("a key that is not the certificate's is key_mismatch", async () => {
  await fails(
    { cert: text("client.pem"), key: text("other.key") },
    "key_mismatch",
    "CN=client, O=mc-mtls",
  );
  await fails({ cert: text("ec.pem"), key: text("other.key") }, "key_mismatch", "RSA 2048");
  await fails({ cert: text("ec.pem"), key: text("ca.key") }, "key_mismatch", "EC P-256");
});

test("a file without a key, and one without a certificate", async () => {
  await fails({ pfx: bytes("certs-only.p12"), passphrase }, "no_private_key", "no private key");
  await fails(
    { cert: text("client.pem"), key: text("client.pem") },
    "no_private_key",
    "no private key",
  );
  await fails({ pfx: bytes("key-only.p12"), passphrase }, "no_certificate", "no certificate");
  await fails(
    { cert: text("client.pkcs8.key"), key: text("client.pkcs8.key") },
    "no_certificate",
    "no certificate",
  );
});

test("several identities are ambiguous_key, and an alias picks one", async () => {
  const pfx = bytes("two.p12");
  await fails(
    { pfx, passphrase },
    "ambiguous_key",
    '"ec" (CN=client on P-256, O=mc-mtls, SHA-256 ',
  );
  await fails({ pfx, passphrase, alias: "nobody" }, "ambiguous_key", '"client"');
  await opens({ pfx, passphrase, alias: "client" }, "CN=client of keytool", 3);
  await opens({ pfx, passphrase, alias: "ec" }, "CN=client on P-256", 3);
  const { fingerprint256 } = new X509Certificate(text("ec.pem"));
  await opens({ pfx, passphrase, alias: fingerprint256 }, "CN=client on P-256", 3);
  await opens(
    {
      pfx,
      passphrase,
      alias: fingerprint256.replaceAll(":", "").toLowerCase(),
    },
    "CN=client on P-256",
    3,
  );
});

test("other kinds of file are named, with what to do", async () => {
  for (
    const [file, includes] of [
      [text("request.pem"), "it is a certificate request"],
      [text("public.pem"), "it is a public key"],
      ["<!DOCTYPE html><html></html>", "it is an HTML page"],
      [
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQ==\n=aaaa\n-----END PGP PRIVATE KEY BLOCK-----\n",
        "it is a PGP key",
      ],
      ["hello", "it is a text"],
      [Uint8Array.of(1, 2, 3), "and no other format this library recognizes"],
    ] as const
  ) {
    await fails({ pfx: file }, "malformed_credentials", includes);
    await fails({ cert: text("client.pem"), key: file }, "malformed_credentials", includes);
  }
});

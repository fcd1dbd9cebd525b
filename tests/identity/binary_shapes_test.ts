/** Binary key files in the shapes that programs and wrong encodings make of them. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import test from "node:test";
import { encodeBase64 } from "../../lib/crypto/base64.ts";
import { concat, toHex } from "../../lib/crypto/bytes.ts";
import { McFetchError } from "../../lib/errors.ts";
import { openFiles } from "../../lib/fetch/settings.ts";
import { readCredentials } from "../../lib/identity/credentials.ts";
import { type KeyFiles, loadIdentity } from "../../lib/identity/identity.ts";
import { readPkcs12 } from "../../lib/identity/read_pkcs12.ts";
import { readPrivateKey } from "../../lib/identity/read_private_key.ts";
import { readPem, writePem } from "../../lib/keys/pem.ts";
import { inspectCredentials } from "../../mod.ts";
import { fixture } from "../support/context.ts";
import { binaryString, bytesOf, textOf } from "../support/texts.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const passphrase = "changeit";

const derOf = (name: string) => readPem(textOf(name), name).map(({ bytes }) => bytes);
const behind = (bytes: Bytes, text: string) => concat([bytes, bytesOf(text)]);

/** Files that hold the same bytes as the file that is passed. */
const SHAPES: Record<string, (bytes: Bytes) => string | Uint8Array> = {
  "LF behind": (bytes) => behind(bytes, "\n"),
  "CR LF behind": (bytes) => behind(bytes, "\r\n"),
  "blanks and Ctrl-Z behind": (bytes) => behind(bytes, " \t\n\x1a"),
  "NULs behind": (bytes) => behind(bytes, "\0".repeat(100)),
  "one character for each byte": binaryString,
  "windows-1252": (bytes) => new TextDecoder("windows-1252").decode(bytes),
  "windows-1252 and a line end": (bytes) => `${new TextDecoder("latin1").decode(bytes)}\n`,
  "base64": encodeBase64,
  "base64 in bytes": (bytes) => bytesOf(encodeBase64(bytes)),
  "base64 in lines": (bytes) => encodeBase64(bytes).replaceAll(/.{64}/g, "$&\r\n"),
  "base64 with \\n": (bytes) => encodeBase64(bytes).replaceAll(/.{64}/g, "$&\\n"),
  "base64 in quotes": (bytes) => `"${encodeBase64(bytes)}"`,
  "base64 of Python": (bytes) => `b'${encodeBase64(bytes)}'`,
  "base64 with NAME=": (bytes) => `export P12='${encodeBase64(bytes)}'\n`,
  "base64 in YAML": (bytes) => `client.p12: ${encodeBase64(bytes)}\n`,
  "base64url": (bytes) =>
    encodeBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", ""),
  "base64, percent-encoded": (bytes) => encodeURIComponent(encodeBase64(bytes)),
  "base64 of base64": (bytes) => encodeBase64(bytesOf(encodeBase64(bytes))),
  "a data URL": (bytes) => `data:application/x-pkcs12;base64,${encodeBase64(bytes)}`,
  "hexadecimal digits": toHex,
  "hexadecimal digits and colons": (bytes) =>
    toHex(bytes).toUpperCase().replaceAll(/../g, "$&:").slice(0, -1),
  "hexadecimal digits and 0x": (bytes) => `0x${toHex(bytes)}`,
  "certutil -encode": (bytes) => writePem("CERTIFICATE", bytes).replaceAll("\n", "\r\n"),
  "certutil -encode with \\n": (bytes) => writePem("CERTIFICATE", bytes).replaceAll("\n", "\\n"),
};

async function opens(files: KeyFiles, length: number): Promise<void> {
  const { cert, key } = await loadIdentity({ passphrase, ...files });
  assertEquals(cert.split("-----BEGIN CERTIFICATE-----").length - 1, length);
  assertEquals(key, textOf("client.pkcs8.key"));
}

async function refuses(work: () => Promise<unknown>, message: string): Promise<void> {
  const error = await assertRejects(work, McFetchError);
  assertStringIncludes(error.message, message);
  assertEquals(error.code, "malformed_credentials");
}

for (const [name, shape] of Object.entries(SHAPES)) {
  test(`a binary file is read: ${name}`, async () => {
    const [cert, key] = [textOf("client.pem"), textOf("client.pkcs8.key")];
    for (const file of ["openssl3.p12", "openssl-legacy.p12", "nomac.p12"]) {
      const pfx = shape(fixture(file));
      await opens({ pfx }, 3);
      await opens({ cert: pfx, key: pfx }, 3);
      const { identities } = await readPkcs12(pfx as Bytes, { passphrase });
      assertEquals(identities[0]?.key, key);
    }
    await opens({ cert: shape(fixture("client.cert.der")), key }, 1);
    await opens({ cert: shape(fixture("client.p7c")), key }, 3);
    await opens({ cert, key: shape(fixture("client.key.der")) }, 2);
    for (const short of ["ed25519.key", "ec.key", "client.encrypted.key", "client.pkcs1.key"]) {
      const found = await readPrivateKey(shape(derOf(short)[0]!), { passphrase });
      assertEquals(found.key, (await readPrivateKey(textOf(short), { passphrase })).key);
    }
    const extraCa = shape(derOf("ca.pem")[0]!);
    const settings = await openFiles(readCredentials({ cert, key, extraCa }).files!);
    assertEquals(settings.extraCa, [textOf("ca.pem")]);
  });
}

test("DER files one behind the other are all read", async () => {
  const [leaf, issuer] = derOf("client.pem") as [Bytes, Bytes];
  const [root] = derOf("ca.pem") as [Bytes];
  const key = fixture("client.key.der");
  const line = bytesOf("\r\n");
  const chain = concat([leaf, issuer, root]);
  for (const cert of [chain, concat([leaf, line, issuer, line, root, line])]) {
    await opens({ cert, key }, 3);
    await opens({ cert: encodeBase64(cert), key }, 3);
    await opens({ cert: binaryString(cert), key }, 3);
    await opens({ cert: writePem("CERTIFICATE", cert), key }, 3);
    const { problems } = await inspectCredentials({ cert, key });
    assertEquals(problems.filter(({ code }) => code !== "unaccepted_issuer"), []);
  }
  await opens({ cert: concat([leaf, issuer]), key: concat([key, root]) }, 3);
  const all = concat([key, leaf, issuer]);
  await opens({ cert: all, key: all }, 2);
  await opens({ pfx: all }, 2);
  await opens({ cert: concat([leaf, bytesOf(textOf("issuing.pem") + textOf("ca.pem"))]), key }, 3);
  const bundle = concat([fixture("openssl3.p12"), leaf]);
  await opens({ pfx: bundle }, 3);
  const cas = concat([root, issuer]);
  const given = { cert: textOf("client.pem"), key, extraCa: cas };
  const settings = await openFiles(readCredentials(given).files!);
  assertEquals(settings.extraCa, [textOf("ca.pem"), textOf("issuing.pem")]);
  // The order of DER files is judged as that of PEM.
  const { problems } = await inspectCredentials({ cert: concat([root, leaf, issuer]), key });
  assert(problems.some(({ code }) => code === "misordered_chain"));
});

test("bytes behind a DER certificate are reported", async () => {
  const [leaf, issuer] = derOf("client.pem") as [Bytes, Bytes];
  const key = fixture("client.key.der");
  for (const rest of [bytesOf("garbage"), issuer.slice(0, 7), Uint8Array.of(0x30, 2, 5, 0)]) {
    const cert = concat([leaf, rest]);
    await opens({ cert, key }, 1);
    const { problems } = await inspectCredentials({ cert, key });
    const found = problems.filter(({ code }) => code === "unread_part");
    const message =
      `a part of its file is not understood: ${rest.length} bytes behind a certificate`;
    assertEquals(found, [{ code: "unread_part", severity: "warning", message }]);
    await refuses(
      () => openFiles(readCredentials({ cert: leaf, key, extraCa: cert }).files!),
      `a part of it is not understood: ${rest.length} bytes behind a certificate`,
    );
  }
  await refuses(
    () => loadIdentity({ pfx: concat([fixture("openssl3.p12"), bytesOf("garbage")]), passphrase }),
    "has 7 bytes more than it should",
  );
  // OpenSSL's trust settings are behind a TRUSTED CERTIFICATE.
  const trusted = await inspectCredentials({ cert: fixture("client.trusted.pem"), key });
  assert(!trusted.problems.some(({ code }) => code === "unread_part"));
});

test("a binary file that is cut off is no text", async () => {
  const cut = fixture("openssl3.p12").slice(0, 1000);
  for (const pfx of [cut, encodeBase64(cut), toHex(cut), binaryString(cut)]) {
    await refuses(() => loadIdentity({ pfx, passphrase }), "since it is damaged or incomplete");
  }
});

test("a text in Latin-1 without a block is of no known kind, and lost nothing", async () => {
  const latin1 = Uint8Array.from("M\xfcller", (letter) => letter.charCodeAt(0));
  await refuses(
    () => readPrivateKey(latin1),
    "it is not a private key; export or download it again",
  );
});

test("binary that was decoded as text and lost bytes says so", async () => {
  const key = textOf("client.pkcs8.key");
  const lost = (encoding: string) =>
    `it is binary and was decoded as ${encoding} text, which lost some of its bytes; ` +
    "read the file as bytes, without an encoding";
  for (const name of ["openssl3.p12", "java.jks", "client.cert.der", "client.key.der"]) {
    const utf8 = new TextDecoder().decode(fixture(name));
    const ascii = binaryString(fixture(name).map((byte) => byte & 0x7f));
    const wide = new TextDecoder("utf-16le").decode(fixture(name));
    for (const [file, encoding] of [[utf8, "UTF-8"], [bytesOf(utf8), "UTF-8"]] as const) {
      await refuses(() => loadIdentity({ pfx: file, passphrase }), lost(encoding));
      await refuses(() => loadIdentity({ cert: file, key }), lost(encoding));
      await refuses(() => loadIdentity({ cert: key, key: file }), lost(encoding));
      await refuses(() => readPkcs12(file as Bytes, { passphrase }), lost(encoding));
      await refuses(() => readPrivateKey(file, { passphrase }), lost(encoding));
    }
    await refuses(() => loadIdentity({ pfx: ascii, passphrase }), lost("ASCII"));
    if (name !== "java.jks") {
      await refuses(() => loadIdentity({ pfx: wide, passphrase }), lost("UTF-16"));
    }
  }
});

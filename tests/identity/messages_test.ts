/** Tests messages about files and options, word by word. */
import { assertEquals, assertRejects } from "@std/assert";
import test from "node:test";
import { decodeBase64 } from "../../lib/crypto/base64.ts";
import { McFetchError, wrongPassphrase } from "../../lib/errors.ts";
import { addAdvice, type Entry } from "../../lib/identity/advice.ts";
import { loadIdentity } from "../../lib/identity/identity.ts";
import { readPrivateKey, writePkcs12 } from "../../mod.ts";
import { fixture } from "../support/context.ts";

const text = (name: string) => new TextDecoder().decode(fixture(name));

/** Reads the only block of a PEM file. */
const der = (name: string) => decodeBase64(text(name).replace(/-----.*-----|\s/g, ""))!;

/** Asserts the code and the message of a rejection. */
async function fails(run: () => Promise<unknown>, code: string, message: string): Promise<void> {
  const error = await assertRejects(run, McFetchError);
  assertEquals([error.code, error.message], [code, message]);
}

test("a file without a private key says what it holds", async () => {
  const files: Record<string, Uint8Array<ArrayBuffer>> = {
    "a public key": der("public.pem"),
    "a certificate": fixture("client.cert.der"),
    "a certificate request": der("request.pem"),
    "a PKCS#7": fixture("client.p7c"),
  };
  for (const [kind, file] of Object.entries(files)) {
    await fails(
      () => readPrivateKey(file),
      "no_private_key",
      `Cannot open the private key: it holds no private key but ${kind}; ` +
        "pass the file that says PRIVATE KEY",
    );
  }
});

test("a file that holds neither a certificate nor a key says what it is", async () => {
  const key = fixture("client.pkcs8.key");
  for (const name of ["public.pem", "request.pem"]) {
    const kind = name === "public.pem" ? "public key" : "certificate request";
    const cert = der(name);
    const error = await assertRejects(() => loadIdentity({ cert, key }), McFetchError);
    assertEquals(error.code, "malformed_credentials");
    const start =
      `Cannot open the certificate file: it is a ${kind}, not a certificate or private key`;
    assertEquals(error.message.slice(0, start.length), start);
  }
});

test("a wrong passphrase has the advice of the function that was called", () => {
  const error = wrongPassphrase("the file", true, "several key passphrases");
  const advice = (entry: Entry) => addAdvice(error, entry).message;
  const start = "Cannot open the file: the passphrase does not open it; check the passphrase for " +
    "typing errors and spaces around it; or its private keys have other passphrases: ";
  assertEquals(
    advice("fetch"),
    `${start}choose one key with \`alias\`, and pass its passphrase as \`keyPassphrase\``,
  );
  assertEquals(
    advice("command line"),
    `${start}choose one key with --alias, and pass its passphrase with --key-passphrase-file`,
  );
});

test("writePkcs12 says which option is wrong, and has its limits", async () => {
  const options = { cert: text("client.pem"), key: text("client.pkcs8.key"), passphrase: "a b" };
  const start = "Cannot write the PKCS#12 file: ";
  const alias = 5 as unknown as string;
  await fails(
    () => writePkcs12({ ...options, alias }),
    "invalid_argument",
    `${start}alias must be a string: got number`,
  );
  for (const iterations of [999, 5_000_001, 1000.5, NaN]) {
    await fails(
      () => writePkcs12({ ...options, iterations }),
      "invalid_argument",
      `${start}iterations must be a whole number from 1000 to 5000000: ` +
        `current value is ${iterations}`,
    );
  }
  await writePkcs12({ ...options, iterations: 1000 });
});

test("PEM in UTF-16 that was decoded byte by byte is read", async () => {
  const spoiled = text("client.pkcs8.key").replace(/[^]/g, "$&\0");
  assertEquals((await readPrivateKey(spoiled)).keyType, "RSA 2048");
  assertEquals((await readPrivateKey(`\0${spoiled.slice(0, -1)}`)).keyType, "RSA 2048");
});

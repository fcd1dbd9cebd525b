/** The form in which keys and certificates go to TLS, and which of them are unusual. */
import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import test from "node:test";
import { BIT_STRING, NULL } from "../../lib/asn1/tags.ts";
import { writeElement, writeInteger, writeOid, writeSequence } from "../../lib/asn1/writer.ts";
import { Opening } from "../../lib/encryption/opening.ts";
import { KeyFileError, McFetchError } from "../../lib/errors.ts";
import { addAdvice } from "../../lib/identity/advice.ts";
import { loadIdentity } from "../../lib/identity/identity.ts";
import { readLoosePem } from "../../lib/identity/loose_pem.ts";
import { writePkcs12 } from "../../lib/identity/write_pkcs12.ts";
import { readPem } from "../../lib/keys/pem.ts";
import { readEcPrivateKey } from "../../lib/keys/structures.ts";
import { readCertificate } from "../../lib/keys/x509.ts";
import { writeCertificatePem } from "../support/certificates.ts";
import { fixture } from "../support/context.ts";
import { writeOctets } from "../support/p12_writer.ts";

const EC = "1.2.840.10045.2.1";
const P256 = "1.2.840.10045.3.1.7";
const RSA = "1.2.840.113549.1.1.1";
const text = (name: string) => new TextDecoder().decode(fixture(name));
const read = (name: string) => readPem(text(name), name)[0]!.bytes;

test("a key of each kind is usual, as programs write it", async () => {
  const pairs = [["client.pem", "client.pkcs8.key"], ["ec.pem", "ec.key"], [
    ...["ed25519.pem", "ed25519.key"],
  ]];
  for (const [cert = "", key = ""] of pairs) {
    assertEquals((await loadIdentity({ cert: text(cert), key: text(key) })).isUsual, true, cert);
  }
  const pfx = fixture("producers/openssl-p384.p12");
  assertEquals((await loadIdentity({ pfx, passphrase: "changeit" })).isUsual, true);
});

/** Writes a certificate with this public key. */
const certify = (algorithm: Uint8Array, publicKey: Uint8Array) =>
  writeCertificatePem({
    publicKeyInfo: writeSequence(algorithm, writeElement(BIT_STRING, Uint8Array.of(0), publicKey)),
  });

test("a certificate that describes its key in another way is unusual", async () => {
  const { publicKey: point } = readCertificate(read("ec.pem"), "ec.pem");
  const algorithm = writeSequence(writeOid(EC), writeOid(P256));
  const isOdd = point.at(-1)! % 2;
  const compressed = Uint8Array.of(2 + isOdd, ...point.subarray(1, 33));
  const isUsual = async (cert: string, key: string) =>
    (await loadIdentity({ cert, key: text(key) })).isUsual;
  assertEquals(await isUsual(certify(algorithm, point), "ec.key"), true);
  assertEquals(await isUsual(certify(algorithm, compressed), "ec.key"), false);
  const { publicKey } = readCertificate(read("client.pem"), "client.pem");
  const withNull = writeSequence(writeOid(RSA), writeElement(NULL));
  assertEquals(await isUsual(certify(withNull, publicKey), "client.pkcs8.key"), true);
  const without = writeSequence(writeOid(RSA));
  assertEquals(await isUsual(certify(without, publicKey), "client.pkcs8.key"), false);
});

test("an EC key that does not name its curve is malformed", async () => {
  const { scalar } = readEcPrivateKey(read("ec.sec1.key"), "ec.sec1.key");
  const sec1 = writeSequence(writeInteger(1), writeOctets(scalar));
  const key = writeSequence(writeInteger(0), writeSequence(writeOid(EC)), writeOctets(sec1));
  const files = { cert: text("ec.pem"), key };
  const error = await loadIdentity(files).then(() => undefined, (error) => error);
  assertInstanceOf(error, McFetchError);
  assertEquals(error.code, "malformed_credentials");
  assertStringIncludes(error.message, "its EC key does not name its curve");
});

test("an unknown label in lower case is a marker only between five hyphens each", async () => {
  const find = async (begin: string, end = begin.replace("begin", "end")) => {
    const { blocks, unread } = await readLoosePem(
      `${begin}\nAAAA\n${end}\n`,
      new Opening("the file"),
    );
    return blocks.length + unread.length > 0;
  };
  assertEquals(await find("-----begin of something-----"), true);
  for (const other of ["----begin of something-----", "-----begin of something----"]) {
    assertEquals(await find(other), false, other);
  }
});

test("several key passphrases: the advice names the options of the function that was called", () => {
  const error = new KeyFileError(
    ...["wrong_passphrase", "x", "passphrase_wrong", "several key passphrases"] as const,
  );
  const begin = "x; check the passphrase for typing errors and spaces around it; or its private " +
    "keys have other passphrases: choose one key with ";
  assertEquals(
    addAdvice(error, "fetch").message,
    `${begin}\`alias\`, and pass its passphrase as \`keyPassphrase\``,
  );
  assertEquals(
    addAdvice(error, "command line").message,
    `${begin}--alias, and pass its passphrase with --key-passphrase-file`,
  );
});

test("writePkcs12 names an alias of a wrong type", async () => {
  const given = { key: text("ec.key"), cert: text("ec.pem"), passphrase: "p", alias: 7 };
  const call = writePkcs12(given as unknown as Parameters<typeof writePkcs12>[0]);
  const error = await call.then(() => undefined, (error) => error);
  assert(error instanceof McFetchError && error.code === "invalid_argument");
  assertStringIncludes(error.message, "alias must be a string: got number");
});

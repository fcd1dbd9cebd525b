/**
 * Compares what the readers say about files that are wrong in one element with
 * `tests/fixtures/fields.txt`: each element of each structure is replaced by another type, and
 * removed. With `MC_MTLS_TRANSCRIPT=write`, the tests write the file instead.
 */
import { writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { assertEquals } from "@std/assert";
import { decodeBase64 } from "../../lib/crypto/base64.ts";
import { McFetchError } from "../../lib/errors.ts";
import { readCertificate } from "../../lib/keys/x509.ts";
import { readPkcs12, readPrivateKey } from "../../mod.ts";
import { editDer } from "../support/der_edits.ts";
import { fixture } from "../support/context.ts";
import { keyBag, pfx, writeCertBag, writePlainSafe } from "../support/p12_writer.ts";

const options = { passphrase: "changeit" };

/** Reads the only block of a PEM file. */
function der(name: string): Uint8Array<ArrayBuffer> {
  const pem = new TextDecoder().decode(fixture(name));
  const bytes = decodeBase64(pem.replace(/-----.*-----|\s/g, ""));
  if (bytes === undefined) throw new Error(`${name} is not PEM`);
  return bytes;
}

const readKey = (bytes: Uint8Array) => readPrivateKey(bytes, options);
const readPfx = (bytes: Uint8Array) => readPkcs12(bytes, options);
const leaf = fixture("client.cert.der");

/** The structures, with the function that reads each. */
const STRUCTURES: readonly [string, Uint8Array, (bytes: Uint8Array) => unknown][] = [
  ["PKCS#8 with an RSA key", der("client.pkcs8.key"), readKey],
  ["PKCS#8 with an EC key", der("ec.key"), readKey],
  ["PKCS#8 with an Ed25519 key", der("ed25519.key"), readKey],
  ["PKCS#1", der("client.pkcs1.key"), readKey],
  ["SEC 1", der("ec.sec1.key"), readKey],
  ["PKCS#8 encrypted with PBES2", der("client.encrypted.key"), readKey],
  ["PKCS#8 encrypted with an algorithm of PKCS#12", der("client.3des.key"), readKey],
  ["certificate", leaf, (bytes) => readCertificate(bytes, "the certificate")],
  ["PKCS#12 with a MAC", fixture("openssl3.p12"), readPfx],
  [
    "PKCS#12 without a MAC",
    pfx([writePlainSafe(keyBag(der("client.pkcs8.key")), writeCertBag(leaf))]),
    readPfx,
  ],
];

/** Returns what a reader says about a file, on one line. */
async function describe(read: () => unknown): Promise<string> {
  try {
    await read();
    return "is read";
  } catch (error) {
    if (error instanceof McFetchError) return `${error.code}: ${error.message}`;
    throw error;
  }
}

const written: string[] = [];
const expected = new TextDecoder().decode(fixture("fields.txt"));
for (const [name, file, read] of STRUCTURES) {
  test(`each element of ${name} is read by its name`, async () => {
    const lines = [`== ${name}`];
    for (const { place, kind, bytes } of editDer(file)) {
      lines.push(`${place} ${kind}: ${await describe(() => read(bytes))}`);
    }
    if (process.env.MC_MTLS_TRANSCRIPT === "write") {
      written.push(...lines);
      writeFileSync(new URL("../fixtures/fields.txt", import.meta.url), `${written.join("\n")}\n`);
      return;
    }
    const start = expected.indexOf(`== ${name}\n`);
    const end = expected.indexOf("\n== ", start);
    assertEquals(lines, expected.slice(start, end < 0 ? -1 : end).split("\n"));
  });
}

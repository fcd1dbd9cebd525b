/**
 * Compares what the readers say about files that are wrong in one element with
 * `tests/fixtures/fields.txt`: each element of each structure is replaced, removed, changed and
 * emptied. With `MC_MTLS_TRANSCRIPT=write`, the tests write the file instead.
 */
import { writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { assertEquals } from "@std/assert";
import { writeBmpString, writeSequence } from "../../lib/asn1/writer.ts";
import { McFetchError } from "../../lib/errors.ts";
import { readCertificate } from "../../lib/keys/x509.ts";
import { readPkcs12, readPrivateKey } from "../../mod.ts";
import { editDer } from "../support/der_edits.ts";
import { fixture } from "../support/context.ts";
import { der } from "../support/growth_parts.ts";
import {
  FRIENDLY_NAME,
  keyBag,
  LOCAL_KEY_ID,
  oid as writeOid,
  pfx,
  writeAttribute,
  writeCertBag,
  writeInteger,
  writeOctets,
  writePlainSafe,
} from "../support/p12_writer.ts";

const options = { passphrase: "changeit" };

// What each reader finds, in a few words.
const readKey = async (bytes: Uint8Array) => (await readPrivateKey(bytes, options)).keyType;
const readX509 = (bytes: Uint8Array) => {
  const { algorithm, parameters, subjectKeyId, authorityKeyId } = readCertificate(
    bytes,
    "the certificate",
  );
  const found = [parameters, subjectKeyId, authorityKeyId].map((it) => it === undefined ? 0 : 1);
  return `${algorithm} ${found}`;
};
const readPfx = async (bytes: Uint8Array) => {
  const { identities, certificates } = await readPkcs12(bytes, options);
  const found = identities.map(({ keyType, cert, chain, friendlyName }) =>
    [keyType, cert === undefined ? 0 : 1, chain.length, friendlyName ?? "(no name)"].join(" ")
  );
  return [...found, ...certificates.map(({ friendlyName = "(no name)" }) => friendlyName)].join();
};
const leaf = fixture("client.cert.der");

/** A friendly name and a local key ID. */
const NAMES = [
  writeAttribute(FRIENDLY_NAME, writeBmpString("name")),
  writeAttribute(LOCAL_KEY_ID, writeOctets(Uint8Array.of(1))),
];

const [P, B] = [
  0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
  0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
];
const G = [
  0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
];
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** Writes a number in 32 bytes. */
function number(value: bigint): Uint8Array {
  const digits = value.toString(16).padStart(64, "0");
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** P-256 with its parameters instead of its name (SEC 1, appendix C.2). */
const P_256 = writeSequence(
  writeInteger(1),
  writeSequence(writeOid("1.2.840.10045.1.1"), writeInteger(P)),
  writeSequence(writeOctets(number(P - 3n)), writeOctets(number(B))),
  writeOctets(Uint8Array.of(4, ...G.flatMap((value) => [...number(value)]))),
  writeInteger(ORDER),
  writeInteger(1),
);

/** An EC key whose curve has no name. */
const WRITTEN_OUT = writeSequence(
  writeInteger(0),
  writeSequence(writeOid("1.2.840.10045.2.1"), P_256),
  writeOctets(writeSequence(writeInteger(1), writeOctets(number(5n)))),
);

/** An RSA key with three primes (RFC 8017, appendix A.1.2). The numbers are small. */
const THREE_PRIMES = writeSequence(
  ...[1, 105, 5, 5, 3, 5, 1, 1, 2].map((value) => writeInteger(value)),
  writeSequence(writeSequence(...[7, 5, 1].map((value) => writeInteger(value)))),
);

/** The structures, with the function that reads each. */
const STRUCTURES: readonly [
  string,
  Uint8Array,
  (bytes: Uint8Array) => string | Promise<string>,
][] = [
  ["PKCS#8 with an RSA key", der("client.pkcs8.key"), readKey],
  ["PKCS#8 with an EC key", der("ec.key"), readKey],
  ["PKCS#8 with an Ed25519 key", der("ed25519.key"), readKey],
  ["PKCS#1", der("client.pkcs1.key"), readKey],
  ["PKCS#1 with three primes", THREE_PRIMES, readKey],
  ["PKCS#8 with the parameters of a curve", WRITTEN_OUT, readKey],
  ["SEC 1", der("ec.sec1.key"), readKey],
  ["PKCS#8 encrypted with PBES2", der("client.encrypted.key"), readKey],
  ["PKCS#8 encrypted with an algorithm of PKCS#12", der("client.3des.key"), readKey],
  ["certificate", leaf, readX509],
  ["PKCS#12 with a MAC", fixture("openssl3.p12"), readPfx],
  [
    "PKCS#12 without a MAC",
    pfx([writePlainSafe(keyBag(der("client.pkcs8.key"), ...NAMES), writeCertBag(leaf, ...NAMES))]),
    readPfx,
  ],
];

/** The advice at the end of many messages. The file has "..." for it. */
const ADVICE = /; export or download it again, since it is damaged or incomplete$/;

/** Returns what a reader says about a file, on one line. */
async function describe(read: () => string | Promise<string>): Promise<string> {
  try {
    return `is read as ${await read()}`;
  } catch (error) {
    if (error instanceof McFetchError) {
      return `${error.code}: ${error.message.replace(ADVICE, "; ...")}`;
    }
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

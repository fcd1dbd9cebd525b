/** Keys whose numbers are encoded in unusual ways are the same keys. */
import { assertEquals, assertRejects } from "@std/assert";
import test from "node:test";
import { Reader } from "../../lib/asn1/reader.ts";
import { BIT_STRING, INTEGER, OCTET_STRING, SEQUENCE } from "../../lib/asn1/tags.ts";
import { writeElement, writeOid, writeSequence } from "../../lib/asn1/writer.ts";
import { concat } from "../../lib/crypto/bytes.ts";
import { loadIdentity } from "../../lib/identity/identity.ts";
import { EC, RSA } from "../../lib/keys/algorithms.ts";
import { readPem, writePem } from "../../lib/keys/pem.ts";
import { compressPoint } from "../../lib/keys/public_key.ts";
import { mcFetch, McFetchError, readPkcs12, readPrivateKey } from "../../mod.ts";
import {
  readPublicKeyInfo,
  writeCertificate,
  writeCertificatePem,
} from "../support/certificates.ts";
import { fixture, runtime, sandboxFile, server, testExceptOn } from "../support/context.ts";
import { keyBag, pfx, writeCertBag, writePlainSafe } from "../support/p12_writer.ts";

const BINDINGS = { workerd: "certificates are bindings there" };

function text(name: string): string {
  return new TextDecoder().decode(fixture(name));
}

function block(name: string): Uint8Array {
  return readPem(text(name), name)[0]!.bytes;
}

/** Writes a length in more octets than DER allows. */
function longElement(tag: number, ...contents: Uint8Array[]): Uint8Array {
  const body = concat(contents);
  const { length } = body;
  return concat([Uint8Array.of(tag, 0x84, 0, 0, length >> 8, length & 0xff), body]);
}

/** Writes an indefinite length. */
function endlessElement(tag: number, ...contents: Uint8Array[]): Uint8Array {
  return concat([Uint8Array.of(tag, 0x80), ...contents, new Uint8Array(2)]);
}

type WriteElement = (tag: number, ...contents: Uint8Array[]) => Uint8Array;

/** Writes the RSA key of the fixtures again. */
function rewriteRsa(
  changeNumber: (body: Uint8Array, field: number) => Uint8Array,
  write: WriteElement,
): Uint8Array {
  const fields = new Reader(block("client.pkcs1.key"), "", "").enterSequence("");
  const numbers = Array.from({ length: 9 }, (_, field) => {
    const body = changeNumber(fields.readElement(INTEGER, "").body, field);
    return write === endlessElement ? writeElement(INTEGER, body) : write(INTEGER, body);
  });
  return write(SEQUENCE, ...numbers);
}

/** Writes a PrivateKeyInfo. */
function wrap(
  key: Uint8Array,
  write: WriteElement,
  algorithm: string = RSA,
  parameters: Uint8Array = Uint8Array.of(5, 0),
): Uint8Array {
  const octets = write === endlessElement
    ? endlessElement(OCTET_STRING | 0x20, writeElement(OCTET_STRING, key))
    : write(OCTET_STRING, key);
  const version = write === longElement
    ? longElement(INTEGER, Uint8Array.of(0))
    : Uint8Array.of(2, 1, 0);
  return write(SEQUENCE, version, write(SEQUENCE, writeOid(algorithm), parameters), octets);
}

const pad = (body: Uint8Array) => concat([new Uint8Array(3), body]);
const same = (body: Uint8Array) => body;

const KEYS: Record<string, Uint8Array> = {
  "a padded modulus": rewriteRsa((body, field) => field === 1 ? pad(body) : body, writeElement),
  "a padded exponent": rewriteRsa((body, field) => field === 2 ? pad(body) : body, writeElement),
  "all numbers padded": rewriteRsa(pad, writeElement),
  "long lengths": rewriteRsa(same, longElement),
  "long lengths and padding": rewriteRsa(pad, longElement),
  "an indefinite length": rewriteRsa(same, endlessElement),
};

for (const [what, key] of Object.entries(KEYS)) {
  test(`an RSA key with ${what} belongs to its certificate, in every format`, async () => {
    const expected = text("client.pkcs8.key");
    const cert = fixture("client.pem");
    const certificate = block("client.pem");
    for (const write of [writeElement, longElement, endlessElement]) {
      const info = wrap(key, write);
      for (
        const file of [info, key, writePem("PRIVATE KEY", info), writePem("RSA PRIVATE KEY", key)]
      ) {
        assertEquals((await loadIdentity({ cert, key: file })).key, expected);
        assertEquals((await readPrivateKey(file)).key, expected);
      }
      const file = pfx([writePlainSafe(keyBag(info), writeCertBag(certificate))]);
      assertEquals((await loadIdentity({ pfx: file })).key, expected);
      const [identity] = (await readPkcs12(file)).identities;
      assertEquals([identity?.key, identity?.cert], [
        expected,
        writePem("CERTIFICATE", certificate),
      ]);
    }
  });
}

testExceptOn(
  BINDINGS,
  "such a key goes to TLS in DER, which every implementation accepts",
  async () => {
    for (const key of Object.values(KEYS)) {
      const credentials = { cert: fixture("client.pem"), key, extraCa: sandboxFile("ca.pem") };
      const response = await mcFetch(`${server.origin}/petstore/pets`, undefined, credentials);
      assertEquals(response.status, 200);
      await response.text();
    }
  },
);

test("numbers of another key are still another key's", async () => {
  const key = wrap(KEYS["all numbers padded"]!, writeElement);
  const error = await assertRejects(
    () => loadIdentity({ cert: fixture("weak.pem"), key }),
    McFetchError,
  );
  assertEquals(error.code, "key_mismatch");
});

test("a certificate may pad the numbers of its RSA key", async () => {
  const { key, cert } = padCertificate();
  const identity = await loadIdentity({ cert, key });
  assertEquals([identity.key, identity.isUsual], [text("client.pkcs8.key"), false]);
});

/** A certificate whose public key has leading zeros. */
function padCertificate(): { key: string; cert: string } {
  const fields = new Reader(block("client.pkcs1.key"), "", "").enterSequence("");
  fields.readInteger("version");
  const numbers = [fields, fields].map((it) =>
    writeElement(INTEGER, pad(it.readElement(INTEGER, "").body))
  );
  const algorithm = writeSequence(writeOid(RSA), Uint8Array.of(5, 0));
  return {
    key: text("client.pkcs8.key"),
    cert: writeCertificatePem({ publicKeyInfo: writeInfo(algorithm, writeSequence(...numbers)) }),
  };
}

function writeInfo(algorithm: Uint8Array, publicKey: Uint8Array): Uint8Array {
  return writeSequence(algorithm, writeElement(BIT_STRING, Uint8Array.of(0), publicKey));
}

/** The point of the fixtures' EC key. */
function readPoint(): { algorithm: Uint8Array; point: Uint8Array } {
  const info = new Reader(readPublicKeyInfo("ec.pem"), "", "").enterSequence("");
  const algorithm = info.readAny("").raw;
  return { algorithm, point: info.readBits("") };
}

/** The same point in the hybrid form of X9.62. */
function hybrid(point: Uint8Array): Uint8Array {
  return concat([Uint8Array.of(6 + (point.at(-1)! & 1)), point.subarray(1)]);
}

test("a point is the same point in each of its forms", async () => {
  const { algorithm, point } = readPoint();
  const expected = text("ec.key");
  for (const write of [(it: Uint8Array) => it, compressPoint, hybrid]) {
    const cert = writeCertificatePem({ publicKeyInfo: writeInfo(algorithm, write(point)) });
    const sec1 = new Reader(block("ec.sec1.key"), "", "").enterSequence("");
    const scalar = [sec1.readAny(""), sec1.readAny("")].map(({ raw }) => raw);
    const parameters = sec1.readAny("").raw;
    for (const other of [(it: Uint8Array) => it, compressPoint, hybrid]) {
      const stored = writeElement(0xa1, writeElement(BIT_STRING, Uint8Array.of(0), other(point)));
      const key = longElement(SEQUENCE, ...scalar, parameters, stored);
      for (
        const file of [
          key,
          wrap(key, longElement, EC, new Reader(parameters, "", "").readAny("").body),
        ]
      ) {
        const identity = await loadIdentity({ cert, key: file });
        if (write(point) === point) assertEquals(identity.key, expected);
        assertEquals(identity.isUsual, write(point) === point);
      }
    }
  }
});

/** The TLS implementations that present a certificate with such a key. */
const PRESENTED: Record<string, readonly (typeof runtime)[]> = {
  "a compressed point": ["node"],
  "a hybrid point": ["node"],
  "padded RSA numbers": ["node"],
};

for (const [what, runtimes] of Object.entries(PRESENTED)) {
  testExceptOn(
    BINDINGS,
    `a certificate with ${what} is presented, or refused by name`,
    async () => {
      const { algorithm, point } = readPoint();
      const form = what.startsWith("a hybrid") ? hybrid(point) : compressPoint(point);
      const publicKeyInfo = writeInfo(algorithm, form);
      const { key, cert } = what.startsWith("padded") ? padCertificate() : {
        key: text("ec.key"),
        cert: writePem("CERTIFICATE", writeCertificate({ publicKeyInfo })),
      };
      const request = mcFetch(`${server.origin}/petstore/pets`, undefined, {
        ...{ cert, key },
        extraCa: sandboxFile("ca.pem"),
      });
      const found = await request.then(
        ({ status }) => status,
        (error) => `${error.code}: ${error.message}`,
      );
      assertEquals(
        runtimes.includes(runtime) ? found : String(found).split(":")[0],
        runtimes.includes(runtime) ? 200 : "unsupported_algorithm",
        String(found),
      );
    },
  );
}

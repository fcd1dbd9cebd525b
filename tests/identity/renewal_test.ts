/** Several certificates of one key, as after a renewal: one that is valid now is presented. */
import { assertEquals, assertRejects } from "@std/assert";
import test from "node:test";
import { loadIdentity } from "../../lib/identity/identity.ts";
import { computeFingerprint } from "../../lib/keys/names.ts";
import { readPem, writePem } from "../../lib/keys/pem.ts";
import { readCertificate } from "../../lib/keys/x509.ts";
import { inspectCredentials, mcFetch, McFetchError, readPkcs12 } from "../../mod.ts";
import { DAY, readPublicKeyInfo, writeCertificate } from "../support/certificates.ts";
import { fixture, sandboxFile, server, testExceptOn } from "../support/context.ts";
import {
  keyBag,
  LOCAL_KEY_ID,
  pfx,
  writeAttribute,
  writeCertBag,
  writeOctets,
  writePlainSafe,
} from "../support/p12_writer.ts";

const NO_CLOCK = { workerd: "its clock stands at 1970 until a test begins" };

const publicKeyInfo = readPublicKeyInfo("client.pem");
const key = new TextDecoder().decode(fixture("client.pkcs8.key"));
const keyDer = readPem(key, "the key")[0]!.bytes;

function make(from: number, to: number): Uint8Array<ArrayBuffer> {
  const at = (days: number) => new Date(Date.now() + days * DAY);
  return writeCertificate({ publicKeyInfo, from: at(from), to: at(to) });
}

const expired = make(-400, -1);
const current = make(-30, 30);
const renewed = make(-1, 365);
const future = make(10, 3650);
const long = make(-1, 10_000); // 2053, a UTCTime would say 1953
const toPem = (der: Uint8Array) => writePem("CERTIFICATE", der);

/** The certificates of a file, and the one to present. */
const CASES: readonly (readonly [string, Uint8Array, readonly Uint8Array[]])[] = [
  ["expired, renewed", renewed, [expired, renewed]],
  ["renewed, expired", renewed, [renewed, expired]],
  ["current, renewed", renewed, [current, renewed]],
  ["renewed, current", renewed, [renewed, current]],
  ["future, current, expired", current, [future, current, expired]],
  ["expired, future", future, [expired, future]],
];

for (const [what, expected, certificates] of CASES) {
  testExceptOn(NO_CLOCK, `one of ${what} is presented`, async () => {
    const cert = certificates.map(toPem).join("");
    const file = pfx([
      writePlainSafe(keyBag(keyDer), ...certificates.map((it) => writeCertBag(it))),
    ]);
    for (const files of [{ cert, key }, { pfx: file }]) {
      assertEquals((await loadIdentity(files)).cert, toPem(expected));
    }
    assertEquals((await readPkcs12(file)).identities[0]?.cert, toPem(expected));
    for (const certificate of certificates) {
      const alias = await computeFingerprint(readCertificate(certificate, "the test"));
      assertEquals((await loadIdentity({ pfx: file, alias })).cert, toPem(certificate));
      const report = await inspectCredentials({ cert, key, alias });
      assertEquals(report.leaf.fingerprint, alias);
    }
    const error = await assertRejects(() => loadIdentity({ cert, key, alias: "x" }), McFetchError);
    assertEquals(error.code, "ambiguous_key");
  });
}

testExceptOn(NO_CLOCK, "`now` of inspectCredentials chooses among the certificates", async () => {
  const cert = [renewed, expired].map(toPem).join("");
  const now = new Date(Date.now() - 100 * DAY);
  const report = await inspectCredentials({ cert, key }, { now });
  const wanted = await computeFingerprint(readCertificate(expired, "the test"));
  assertEquals(report.leaf.fingerprint, wanted);
});

testExceptOn(NO_CLOCK, "localKeyID does not choose for a key with one entry", async () => {
  const id = (value: number) => writeAttribute(LOCAL_KEY_ID, writeOctets(Uint8Array.of(value)));
  const file = pfx([writePlainSafe(
    keyBag(keyDer, id(1)),
    writeCertBag(expired, id(1)),
    writeCertBag(renewed, id(2)),
  )]);
  const { identities } = await readPkcs12(file);
  assertEquals(identities.map(({ cert }) => cert), [toPem(renewed)]);
});

test("an issuer between the certificates does not matter, and localKeyID does not either", async () => {
  const id = (value: number) => writeAttribute(LOCAL_KEY_ID, writeOctets(Uint8Array.of(value)));
  const file = pfx([writePlainSafe(
    keyBag(keyDer, id(1)),
    writeCertBag(expired, id(1)),
    writeCertBag(readPem(new TextDecoder().decode(fixture("ca.pem")), "the CA")[0]!.bytes),
    writeCertBag(renewed),
  )]);
  const { cert } = await loadIdentity({ pfx: file });
  assertEquals(cert.startsWith(toPem(renewed)), true);
});

test("two entries of one key, as Java writes them, keep their certificates by name", async () => {
  const id = (value: number) => writeAttribute(LOCAL_KEY_ID, writeOctets(Uint8Array.of(value)));
  const name = (letter: string) =>
    writeAttribute(
      "1.2.840.113549.1.9.20",
      Uint8Array.of(0x1e, 2, 0, letter.charCodeAt(0)),
    );
  const file = pfx([writePlainSafe(
    keyBag(keyDer, id(1), name("o")),
    keyBag(keyDer, id(2), name("n")),
    writeCertBag(expired, id(1), name("o")),
    writeCertBag(renewed, id(2), name("n")),
  )]);
  assertEquals((await loadIdentity({ pfx: file })).cert, toPem(renewed));
  assertEquals((await loadIdentity({ pfx: file, alias: "o" })).cert, toPem(expired));
  assertEquals((await loadIdentity({ pfx: file, alias: "n" })).cert, toPem(renewed));
  const { identities } = await readPkcs12(file);
  assertEquals(identities.map(({ cert }) => cert), [toPem(expired), toPem(renewed)]);
});

test("GeneralizedTime is read as well as UTCTime", async () => {
  assertEquals(
    (await loadIdentity({ cert: [toPem(renewed), toPem(long)].join(""), key })).cert,
    toPem(long),
  );
});

testExceptOn(
  { workerd: "certificates are bindings there" },
  "a server accepts the renewed certificate behind the expired one",
  async () => {
    const response = await mcFetch(`${server.origin}/petstore/pets`, undefined, {
      cert: toPem(expired) + toPem(renewed),
      key,
      extraCa: sandboxFile("ca.pem"),
    });
    assertEquals(response.status, 200);
    await response.text();
  },
);

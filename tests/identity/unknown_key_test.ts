/** Keys of algorithms that this library or this runtime does not know do not hide the rest. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import test from "node:test";
import { writeElement, writeOid, writeSequence } from "../../lib/asn1/writer.ts";
import { BIT_STRING, contextTag } from "../../lib/asn1/tags.ts";
import { loadIdentity } from "../../lib/identity/identity.ts";
import { EC } from "../../lib/keys/algorithms.ts";
import { readPem, writePem } from "../../lib/keys/pem.ts";
import { inspectCredentials, McFetchError, readPkcs12, readPrivateKey } from "../../mod.ts";
import { writeCertificate } from "../support/certificates.ts";
import { fixture } from "../support/context.ts";
import {
  keyBag,
  LOCAL_KEY_ID,
  pfx,
  writeAttribute,
  writeCertBag,
  writeInteger,
  writeOctets,
  writePlainSafe,
} from "../support/p12_writer.ts";

const SLH_DSA = "2.16.840.1.101.3.4.3.26";

/** Algorithms that no runtime here knows, and their names. */
const ALGORITHMS: readonly (readonly [string, string])[] = [
  ["1.3.6.1.4.1.55555.1", "1.3.6.1.4.1.55555.1"],
  ["2.25.329800735698586629295641978511506172918", "2.25.329800735698586629295641978511506172918"],
  [SLH_DSA, "SLH-DSA-SHAKE-128s"],
];

const id = (value: number) => writeAttribute(LOCAL_KEY_ID, writeOctets(Uint8Array.of(value)));

/** Writes an OBJECT IDENTIFIER, with arcs of any size. */
function writeLongOid(dotted: string): Uint8Array {
  if (!dotted.startsWith("2.25.")) return writeOid(dotted);
  const octets: number[] = [];
  for (let arc = BigInt(dotted.slice(5)); arc > 0n || octets.length === 0; arc >>= 7n) {
    octets.unshift(Number(arc & 0x7fn) | (octets.length > 0 ? 0x80 : 0));
  }
  return writeElement(6, Uint8Array.of(2 * 40 + 25), Uint8Array.from(octets));
}

function makePair(type: string, ...parameters: Uint8Array[]) {
  const algorithm = writeSequence(writeLongOid(type), ...parameters);
  const publicKey = writeElement(BIT_STRING, Uint8Array.of(0), new Uint8Array(32).fill(7));
  return {
    key: writeSequence(writeInteger(0), algorithm, writeOctets(new Uint8Array(64).fill(9))),
    certificate: writeCertificate({ publicKeyInfo: writeSequence(algorithm, publicKey) }),
  };
}

function block(name: string): Uint8Array {
  return readPem(new TextDecoder().decode(fixture(name)), name)[0]!.bytes;
}

for (const [type, name] of ALGORITHMS) {
  test(`readPkcs12 returns a key of ${name} as it is, with its type and certificates`, async () => {
    const { key, certificate } = makePair(type);
    const rsa = block("client.pkcs8.key");
    const file = pfx([writePlainSafe(
      keyBag(key, id(1)),
      keyBag(rsa, id(2)),
      writeCertBag(block("client.pem"), id(2)),
      writeCertBag(certificate, id(1)),
    )]);
    const { identities, certificates } = await readPkcs12(file);
    assertEquals(identities.map(({ key, keyType, cert }) => [key, keyType, cert]), [
      [writePem("PRIVATE KEY", key), name, writePem("CERTIFICATE", certificate)],
      [
        writePem("PRIVATE KEY", rsa),
        "RSA 2048",
        writePem("CERTIFICATE", block("client.pem")),
      ],
    ]);
    assertEquals(certificates.length, 2);
    assertEquals((await readPrivateKey(key)).keyType, name);
    // TLS uses the other key.
    assertEquals((await loadIdentity({ pfx: file })).key, writePem("PRIVATE KEY", rsa));
    const { leaf } = await inspectCredentials({ pfx: file });
    assertEquals(leaf.subject, "CN=client, O=mc-mtls");
  });

  test(`TLS with a key of ${name} is refused by name`, async () => {
    const { key, certificate } = makePair(type);
    const file = pfx([writePlainSafe(keyBag(key, id(1)), writeCertBag(certificate, id(1)))]);
    const pem = { cert: writePem("CERTIFICATE", certificate), key: writePem("PRIVATE KEY", key) };
    for (const files of [{ pfx: file }, pem]) {
      const error = await assertRejects(() => loadIdentity(files), McFetchError);
      assertEquals(error.code, "unsupported_algorithm");
      assertStringIncludes(error.message, `TLS with a key of the type ${name} in this runtime`);
    }
    const report = await inspectCredentials({ pfx: file });
    assertEquals(report.leaf.keyType, name);
    const problem = report.problems.find(({ code }) => code === "unusable_key");
    assertStringIncludes(problem?.message ?? "", name);
  });
}

test("a key on an unknown curve does not hide the other key", async () => {
  const curve = writeOid("1.3.132.0.99");
  const scalar = writeSequence(writeInteger(1), writeOctets(new Uint8Array(20).fill(3)));
  const { certificate } = makePair(EC, curve);
  const key = writeSequence(
    writeInteger(0),
    writeSequence(writeOid(EC), curve),
    writeOctets(scalar),
  );
  const file = pfx([writePlainSafe(
    keyBag(key, id(1)),
    writeCertBag(certificate, id(1)),
    keyBag(block("client.pkcs8.key")),
    writeCertBag(block("client.pem")),
  )]);
  const { identities: [first] } = await readPkcs12(file);
  assertEquals(first?.keyType, "EC 1.3.132.0.99");
  assertEquals(first?.cert, writePem("CERTIFICATE", certificate));
  assertEquals((await loadIdentity({ pfx: file })).keyKind.family, "RSA");
  const error = await assertRejects(
    () => loadIdentity({ cert: certificate, key }),
    McFetchError,
  );
  assertStringIncludes(error.message, "EC 1.3.132.0.99");
});

test("beside a key on an unknown curve, the stored public key names the certificate", async () => {
  const curve = writeOid("1.3.132.0.99");
  const publicKey = (fill: number) =>
    writeElement(BIT_STRING, Uint8Array.of(0, 4), new Uint8Array(40).fill(fill));
  const algorithm = writeSequence(writeOid(EC), curve);
  const [first, second] = [6, 7].map((fill) =>
    writeCertificate({ publicKeyInfo: writeSequence(algorithm, publicKey(fill)) })
  ) as [Uint8Array, Uint8Array];
  const key = writeSequence(
    writeInteger(0),
    algorithm,
    writeOctets(writeSequence(
      writeInteger(1),
      writeOctets(new Uint8Array(20).fill(3)),
      writeElement(contextTag(1), publicKey(7)),
    )),
  );
  const file = pfx([writePlainSafe(keyBag(key), writeCertBag(first), writeCertBag(second))]);
  const { identities: [found] } = await readPkcs12(file);
  assertEquals(found?.cert, writePem("CERTIFICATE", second));
});

test("an alias that names such a key is refused by the key's name", async () => {
  const { key, certificate } = makePair(SLH_DSA);
  const named = writeAttribute(
    "1.2.840.113549.1.9.20",
    writeElement(0x1e, Uint8Array.of(0, 0x71)),
  );
  const file = pfx([writePlainSafe(
    keyBag(key, id(1), named),
    writeCertBag(certificate, id(1)),
    keyBag(block("client.pkcs8.key")),
    writeCertBag(block("client.pem")),
  )]);
  const error = await assertRejects(() => loadIdentity({ pfx: file, alias: "q" }), McFetchError);
  assertEquals(error.code, "unsupported_algorithm");
  assertStringIncludes(error.message, "SLH-DSA-SHAKE-128s");
});

test("inspect names the keys and signatures of ML-DSA and SLH-DSA", async () => {
  const types = {
    "2.16.840.1.101.3.4.3.18": "ML-DSA-65",
    "2.16.840.1.101.3.4.3.31": "SLH-DSA-SHAKE-256f",
  };
  for (const [type, name] of Object.entries(types)) {
    const algorithm = writeSequence(writeOid(type));
    const publicKey = writeElement(BIT_STRING, Uint8Array.of(0), new Uint8Array(32));
    const cert = writePem(
      "CERTIFICATE",
      writeCertificate({
        publicKeyInfo: writeSequence(algorithm, publicKey),
        inner: algorithm,
        sign: () => new Uint8Array(64),
      }),
    );
    const { leaf } = await inspectCredentials({ cert, key: cert });
    assertEquals([leaf.keyType, leaf.signatureAlgorithm], [name, name]);
  }
});

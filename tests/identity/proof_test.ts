import { assertEquals, assertRejects } from "@std/assert";
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import test from "node:test";
import { Reader } from "../../lib/asn1/reader.ts";
import { contextTag, OCTET_STRING, SEQUENCE } from "../../lib/asn1/tags.ts";
import { concat, toBigInt, toHex } from "../../lib/crypto/bytes.ts";
import { buildChain, indexBySubject } from "../../lib/identity/chain.ts";
import { type Curve, findCurve } from "../../lib/keys/curve_parameters.ts";
import { isPublicKeyOf } from "../../lib/keys/curves.ts";
import { writeElement } from "../../lib/asn1/writer.ts";
import { McFetchError } from "../../lib/errors.ts";
import { EC } from "../../lib/keys/algorithms.ts";
import { readPem } from "../../lib/keys/pem.ts";
import { Opening } from "../../lib/encryption/opening.ts";
import { type PrivateKey, readPrivateKeyInfo, readSec1 } from "../../lib/keys/pkcs8.ts";
import { isKeyOf } from "../../lib/identity/proof.ts";
import { type Certificate, readCertificate } from "../../lib/keys/x509.ts";
import { writeInteger, writeOctets, writeSequence } from "../support/p12_writer.ts";

function pem(name: string): Uint8Array[] {
  const text = readFileSync(new URL(`../fixtures/${name}`, import.meta.url), "utf8");
  return readPem(text, name).map(({ bytes }) => bytes);
}

/** As much of a certificate as a proof needs, for this public key. */
function certificateOf(spki: Uint8Array): Certificate {
  const info = new Reader(spki, "the test", "SPKI").enterSequence("SPKI");
  const identifier = info.enterSequence("algorithm");
  const algorithm = identifier.readOid("algorithm");
  const parameters = identifier.readAny("curve");
  const publicKey = info.readBits("public key");
  const name = writeSequence();
  return {
    der: spki,
    issuer: name,
    subject: name,
    validity: name,
    subjectPublicKeyInfo: spki,
    algorithm,
    parameters,
    publicKey,
  };
}

interface EcPair {
  readonly scalar: Uint8Array;
  readonly curve: Uint8Array;
  readonly certificate: Certificate;
}

async function ecPair(): Promise<EcPair> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    privateKeyEncoding: { type: "pkcs8", format: "der" },
    publicKeyEncoding: { type: "spki", format: "der" },
  });
  const certificate = certificateOf(new Uint8Array(publicKey));
  const { secret } = await readPrivateKeyInfo(new Uint8Array(privateKey), "the test");
  const key = new Reader(secret, "the test", "key").enterSequence("key");
  key.readInteger("version");
  return { scalar: key.readOctets("scalar"), curve: certificate.parameters!.raw, certificate };
}

const opening = () => new Opening("the test");

/** An EC private key with any scalar, and with any public key beside it. */
async function ecKey(
  scalar: Uint8Array,
  curve: Uint8Array,
  publicKey?: Uint8Array,
): Promise<PrivateKey> {
  const stored = publicKey
    ? [writeElement(contextTag(1), writeElement(3, Uint8Array.of(0), publicKey))]
    : [];
  const key = writeElement(
    SEQUENCE,
    writeInteger(1),
    writeOctets(scalar),
    writeElement(contextTag(0), curve),
    ...stored,
  );
  return await readSec1(key, "the test");
}

test("an EC key is proven by its scalar alone, not by the public key that is stored with it", async () => {
  const mine = await ecPair();
  const other = await ecPair();
  const { certificate, curve } = mine;
  assertEquals(certificate.algorithm, EC);
  assertEquals(await isKeyOf(await ecKey(mine.scalar, curve), certificate, opening()), true);
  assertEquals(await isKeyOf(await ecKey(other.scalar, curve), certificate, opening()), false);
  const lying = await ecKey(other.scalar, curve, certificate.publicKey);
  assertEquals(await isKeyOf(lying, certificate, opening()), false);
});

test("leading zeros of a scalar may be left out, or be too many", async () => {
  let pair = await ecPair();
  while (pair.scalar[0] !== 0) pair = await ecPair();
  const { scalar, curve, certificate } = pair;
  assertEquals(await isKeyOf(await ecKey(scalar.subarray(1), curve), certificate, opening()), true);
  const longer = await ecKey(concat([new Uint8Array(9), scalar]), curve);
  assertEquals(await isKeyOf(longer, certificate, opening()), true);
});

test("an RSA key whose numbers do not fit together is refused", async () => {
  const [leaf] = pem("client.pem");
  const certificate = readCertificate(leaf!, "the test");
  const [pkcs8] = pem("client.pkcs8.key");
  const key = await readPrivateKeyInfo(pkcs8!, "the test");
  assertEquals(await isKeyOf(key, certificate, opening()), true);
  const fields = new Reader(key.secret, "the test", "RSA").enterSequence("RSA");
  const numbers = Array.from({ length: 9 }, () => fields.readInteger("number"));
  for (const wrong of [3, 4, 5]) {
    const changed = numbers.map((number, i) => writeInteger(i === wrong ? number + 2n : number));
    const info = writeSequence(
      writeInteger(0),
      new Reader(pkcs8!, "", "").enterSequence("").rest.subarray(3, 18),
      writeElement(OCTET_STRING, writeSequence(...changed)),
    );
    const broken = await readPrivateKeyInfo(info, "the test");
    const error = await assertRejects(() => isKeyOf(broken, certificate, opening()), McFetchError);
    assertEquals(error.code, "malformed_credentials");
  }
});

test("points are multiplied as SEC 2 and RFC 5639 have them", () => {
  const k1 = findCurve("secp256k1")!;
  const point = (x: bigint, y: bigint) =>
    Uint8Array.from(
      `04${x.toString(16).padStart(64, "0")}${y.toString(16).padStart(64, "0")}`.match(/../g)!,
      (pair) => parseInt(pair, 16),
    );
  const base = point(k1.x, k1.y);
  assertEquals(isPublicKeyOf(k1, 1n, base), true);
  assertEquals(isPublicKeyOf(k1, k1.order + 1n, base), false);
  assertEquals(isPublicKeyOf(k1, 0n, base), false);
  // twice the base point, which is in every table of test vectors for this curve
  const double = point(
    0xc6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5n,
    0x1ae168fea63dc339a3c58419466ceaeef7f632653266d0e1236431a950cfe52an,
  );
  assertEquals(isPublicKeyOf(k1, 2n, double), true);
  assertEquals(isPublicKeyOf(k1, 3n, double), false);
  assertEquals(isPublicKeyOf(k1, k1.order - 1n, point(k1.x, k1.p - k1.y)), true);
});

test("our own arithmetic agrees with WebCrypto", async () => {
  const curve: Curve = findCurve("P-256")!;
  for (let i = 0; i < 5; i++) {
    const { scalar, certificate } = await ecPair();
    const { publicKey } = certificate;
    assertEquals(isPublicKeyOf(curve, toBigInt(scalar), publicKey), true);
    const compressed = concat([
      Uint8Array.of(2 + (publicKey.at(-1)! & 1)),
      publicKey.subarray(1, 33),
    ]);
    assertEquals(isPublicKeyOf(curve, toBigInt(scalar), compressed), true);
    compressed[0]! ^= 1;
    assertEquals(isPublicKeyOf(curve, toBigInt(scalar), compressed), false);
    assertEquals(isPublicKeyOf(curve, toBigInt(scalar) + 1n, publicKey), false);
  }
});

test("of two issuers with the same name, the one with the right key identifier is in the chain", async () => {
  const [leaf, issuing] = pem("client.pem").map((der) => readCertificate(der, "the test"));
  const [root] = pem("ca.pem").map((der) => readCertificate(der, "the test"));
  const at = toHex(issuing!.der).indexOf(toHex(issuing!.subjectKeyId!)) / 2;
  const der = issuing!.der.slice();
  der[at]! ^= 1;
  const rekeyed = readCertificate(der, "the test");
  const all = [rekeyed, root!, issuing!, leaf!].map((certificate) => ({ certificate }));
  assertEquals(await buildChain(leaf!, indexBySubject(all)), [issuing, root]);
  assertEquals(await buildChain(root!, indexBySubject(all)), []);
});

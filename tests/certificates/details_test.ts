/** Tests what the details of a certificate say, value by value. */
import { assertEquals, assertRejects } from "@std/assert";
import test from "node:test";
import { BIT_STRING, contextTag } from "../../lib/asn1/tags.ts";
import { writeElement, writeInteger, writeOid, writeSequence } from "../../lib/asn1/writer.ts";
import {
  type CertificateDetails,
  describeCertificate,
  describeReadable,
  describeSignature,
} from "../../lib/certificates/details.ts";
import { McFetchError } from "../../lib/errors.ts";
import { readCertificate } from "../../lib/keys/x509.ts";
import {
  type CertificateParts,
  readPublicKeyInfo,
  writeCertificate,
  writeExtension,
  writeName,
} from "../support/certificates.ts";

const publicKeyInfo = readPublicKeyInfo("client.pem");

function describe(parts: Partial<CertificateParts>): Promise<CertificateDetails> {
  const der = writeCertificate({ publicKeyInfo, ...parts });
  return describeCertificate(readCertificate(der, "the certificate"));
}

const describeWith = (...extensions: Uint8Array[]) => describe({ extensions });

test("the bits of the key usage have the names of RFC 5280", async () => {
  const names = [
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
  ];
  for (const [bit, name] of names.entries()) {
    const bytes = [0, 0];
    bytes[bit >> 3] = 0x80 >> (bit & 7);
    const value = writeElement(BIT_STRING, Uint8Array.of(0, ...bytes));
    assertEquals((await describeWith(writeExtension("2.5.29.15", value))).keyUsages, [name]);
  }
  assertEquals((await describe({})).keyUsages, []);
});

test("the purposes have the names of RFC 5280", async () => {
  const purposes = {
    "2.5.29.37.0": "any",
    "1.3.6.1.5.5.7.3.1": "serverAuth",
    "1.3.6.1.5.5.7.3.2": "clientAuth",
    "1.3.6.1.5.5.7.3.3": "codeSigning",
    "1.3.6.1.5.5.7.3.4": "emailProtection",
    "1.3.6.1.5.5.7.3.8": "timeStamping",
    "1.3.6.1.5.5.7.3.9": "OCSPSigning",
    "1.2.3.4": "1.2.3.4",
  };
  const list = writeSequence(...Object.keys(purposes).map(writeOid));
  const { extendedKeyUsages } = await describeWith(writeExtension("2.5.29.37", list));
  assertEquals(extendedKeyUsages, Object.values(purposes));
});

test("the alternative names have their types", async () => {
  const ascii = (text: string) => new TextEncoder().encode(text);
  const list = writeSequence(
    writeElement(0x81, ascii("a@example.com")),
    writeElement(0x82, ascii("example.com")),
    writeElement(0x86, ascii("https://example.com/\n")),
    writeElement(0x87, Uint8Array.of(192, 0, 2, 1)),
    writeElement(0x87, Uint8Array.from([0x20, 1, 0xd, 0xb8, ...Array(11).fill(0), 1])),
    writeElement(contextTag(4), writeName("a")),
    writeElement(0x88, Uint8Array.of(0x2a, 3)),
  );
  const { names } = await describeWith(writeExtension("2.5.29.17", list));
  assertEquals(names, [
    "email:a@example.com",
    "DNS:example.com",
    "URI:https://example.com/\\u{a}",
    "IP:192.0.2.1",
    "IP:2001:db8:0:0:0:0:0:1",
    "a directory name",
    "another name",
  ]);
});

test("the signature algorithms have their names", () => {
  const names = {
    "1.2.840.113549.1.1.2": "MD2 with RSA",
    "1.2.840.113549.1.1.4": "MD5 with RSA",
    "1.2.840.113549.1.1.5": "SHA-1 with RSA",
    "1.2.840.113549.1.1.10": "RSA-PSS",
    "1.2.840.113549.1.1.11": "SHA-256 with RSA",
    "1.2.840.113549.1.1.12": "SHA-384 with RSA",
    "1.2.840.113549.1.1.13": "SHA-512 with RSA",
    "1.2.840.113549.1.1.14": "SHA-224 with RSA",
    "1.3.14.3.2.29": "SHA-1 with RSA",
    "1.2.840.10040.4.3": "SHA-1 with DSA",
    "2.16.840.1.101.3.4.3.2": "SHA-256 with DSA",
    "1.2.840.10045.4.1": "SHA-1 with ECDSA",
    "1.2.840.10045.4.3.2": "SHA-256 with ECDSA",
    "1.2.840.10045.4.3.3": "SHA-384 with ECDSA",
    "1.2.840.10045.4.3.4": "SHA-512 with ECDSA",
    "1.3.101.112": "Ed25519",
    "1.2.3.4": "1.2.3.4",
  };
  for (const [algorithm, name] of Object.entries(names)) {
    assertEquals(describeSignature(algorithm), name);
  }
});

test("the keys of certificates have their names", async () => {
  const bits = writeElement(BIT_STRING, Uint8Array.of(0, 4, 1, 2));
  const keyType = async (...algorithm: Uint8Array[]) =>
    (await describe({ publicKeyInfo: writeSequence(writeSequence(...algorithm), bits) })).keyType;
  const EC = writeOid("1.2.840.10045.2.1");
  const DSA = writeOid("1.2.840.10040.4.1");
  assertEquals((await describe({})).keyType, "RSA 2048");
  assertEquals(await keyType(EC, writeOid("1.3.132.0.35")), "EC P-521");
  assertEquals(await keyType(EC, writeOid("1.2.3.4")), "EC 1.2.3.4");
  assertEquals(await keyType(EC, writeSequence()), "EC (explicit parameters)");
  assertEquals(await keyType(DSA), "DSA");
  assertEquals(await keyType(writeOid("1.3.101.113")), "Ed448");
  assertEquals(await keyType(writeOid("1.2.3.4")), "1.2.3.4");
});

test("a certificate of more than 3000 elements is not described", async () => {
  const cause = "Cannot inspect the certificate: it has more than 3000 elements; " +
    "ask the CA for a smaller one";
  const nulls = (count: number) =>
    writeExtension("1.2.3.4", writeSequence(...Array(count).fill(writeElement(5))));
  const fits = await describeWith(nulls(2900));
  assertEquals(fits.issuer, "CN=mc-mtls test CA");
  const error = await assertRejects(() => describeWith(nulls(3001)), McFetchError);
  assertEquals([error.code, error.message], ["malformed_credentials", cause]);
  const der = (count: number) =>
    writeCertificate({ publicKeyInfo, serial: writeInteger(5n), extensions: [nulls(count)] });
  const described = await describeReadable([der(3001), Uint8Array.of(1), der(1)]);
  assertEquals(described.map(({ details }) => details.serialNumber), ["05"]);
});

test("a certificate that does not follow RFC 5280 is rejected with advice", async () => {
  const outer = writeSequence(writeInteger(1)); // not an AlgorithmIdentifier
  const error = await assertRejects(() => describe({ outer }), McFetchError);
  assertEquals([error.code, error.message], [
    "malformed_credentials",
    "Cannot inspect the certificate: it does not follow RFC 5280; ask the CA for a new one",
  ]);
});

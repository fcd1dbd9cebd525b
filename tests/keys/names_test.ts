/** Tests the names of curves, algorithms and attributes, by their object identifiers. */
import { assertEquals } from "@std/assert";
import test from "node:test";
import { BMP_STRING } from "../../lib/asn1/tags.ts";
import { writeElement, writeOid, writeSequence, writeSet } from "../../lib/asn1/writer.ts";
import { RSA_NAMES } from "../../lib/keys/algorithms.ts";
import { CURVE_NAMES } from "../../lib/keys/curve_names.ts";
import { formatName } from "../../lib/keys/names.ts";
import { OTHER_NAMES } from "../../lib/keys/other_names.ts";

/** The curves of SEC 2 by the last number of `1.3.132.0`. Five have names of NIST. */
const SEC_2: Readonly<Record<number, string>> = {
  1: "sect163k1",
  2: "sect163r1",
  3: "sect239k1",
  6: "secp112r1",
  7: "secp112r2",
  8: "secp160r1",
  9: "secp160k1",
  10: "secp256k1",
  15: "sect163r2",
  16: "sect283k1",
  17: "sect283r1",
  24: "sect193r1",
  25: "sect193r2",
  26: "sect233k1",
  27: "sect233r1",
  28: "secp128r1",
  29: "secp128r2",
  30: "secp160r2",
  31: "secp192k1",
  32: "secp224k1",
  33: "P-224",
  34: "P-384",
  35: "P-521",
  36: "sect409k1",
  37: "sect409r1",
  38: "sect571k1",
  39: "sect571r1",
};

/** The numbers of RFC 5639: two curves for each size. */
const BRAINPOOL = [160, 192, 224, 256, 320, 384, 512].flatMap((size) => [
  `brainpoolP${size}r1`,
  `brainpoolP${size}t1`,
]);

test("the curves have their names", () => {
  const expected = [
    ["1.2.840.10045.3.1.1", "P-192"],
    ["1.2.840.10045.3.1.7", "P-256"],
    ["1.2.156.10197.1.301", "SM2"],
    ...Object.entries(SEC_2).map(([number, name]) => [`1.3.132.0.${number}`, name]),
    ...BRAINPOOL.map((name, i) => [`1.3.36.3.3.2.8.1.1.${i + 1}`, name]),
  ];
  assertEquals([...CURVE_NAMES].sort(), expected.sort());
});

test("the algorithms have their names", () => {
  assertEquals([...RSA_NAMES], [
    ["1.2.840.113549.1.1.1", "RSA"],
    ["1.2.840.113549.1.1.10", "RSA-PSS"],
    ["1.2.840.113549.1.1.7", "RSAES-OAEP"],
  ]);
  assertEquals(Object.fromEntries(OTHER_NAMES), {
    "1.3.101.110": "X25519",
    "1.3.101.111": "X448",
    "1.3.101.112": "Ed25519",
    "1.3.101.113": "Ed448",
    "1.2.840.113549.1.3.1": "DH",
    "1.2.840.10046.2.1": "X9.42 DH",
    "1.2.643.2.2.19": "GOST R 34.10-2001",
    "1.2.643.7.1.1.1.1": "GOST R 34.10-2012 256",
    "1.2.643.7.1.1.1.2": "GOST R 34.10-2012 512",
    "2.16.840.1.101.3.4.3.17": "ML-DSA-44",
    "2.16.840.1.101.3.4.3.18": "ML-DSA-65",
    "2.16.840.1.101.3.4.3.19": "ML-DSA-87",
    "2.16.840.1.101.3.4.3.20": "SLH-DSA-SHA2-128s",
    "2.16.840.1.101.3.4.3.21": "SLH-DSA-SHA2-128f",
    "2.16.840.1.101.3.4.3.22": "SLH-DSA-SHA2-192s",
    "2.16.840.1.101.3.4.3.23": "SLH-DSA-SHA2-192f",
    "2.16.840.1.101.3.4.3.24": "SLH-DSA-SHA2-256s",
    "2.16.840.1.101.3.4.3.25": "SLH-DSA-SHA2-256f",
    "2.16.840.1.101.3.4.3.26": "SLH-DSA-SHAKE-128s",
    "2.16.840.1.101.3.4.3.27": "SLH-DSA-SHAKE-128f",
    "2.16.840.1.101.3.4.3.28": "SLH-DSA-SHAKE-192s",
    "2.16.840.1.101.3.4.3.29": "SLH-DSA-SHAKE-192f",
    "2.16.840.1.101.3.4.3.30": "SLH-DSA-SHAKE-256s",
    "2.16.840.1.101.3.4.3.31": "SLH-DSA-SHAKE-256f",
    "2.16.840.1.101.3.4.4.1": "ML-KEM-512",
    "2.16.840.1.101.3.4.4.2": "ML-KEM-768",
    "2.16.840.1.101.3.4.4.3": "ML-KEM-1024",
  });
});

/** The attributes of a distinguished name (RFC 4519, and others). */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  "2.5.4.3": "CN",
  "2.5.4.4": "SN",
  "2.5.4.5": "serialNumber",
  "2.5.4.6": "C",
  "2.5.4.7": "L",
  "2.5.4.8": "ST",
  "2.5.4.9": "street",
  "2.5.4.10": "O",
  "2.5.4.11": "OU",
  "2.5.4.12": "title",
  "2.5.4.13": "description",
  "2.5.4.15": "businessCategory",
  "2.5.4.17": "postalCode",
  "2.5.4.41": "name",
  "2.5.4.42": "givenName",
  "2.5.4.97": "organizationIdentifier",
  "0.9.2342.19200300.100.1.1": "UID",
  "0.9.2342.19200300.100.1.25": "DC",
  "1.2.840.113549.1.9.1": "emailAddress",
  "1.3.6.1.4.1.311.60.2.1.1": "jurisdictionL",
  "1.3.6.1.4.1.311.60.2.1.2": "jurisdictionST",
  "1.3.6.1.4.1.311.60.2.1.3": "jurisdictionC",
  "1.2.3.4": "1.2.3.4",
};

const CN = "2.5.4.3";

function attribute(text: string, type = CN): Uint8Array {
  return writeSequence(
    writeOid(type),
    writeElement(0x0c, new TextEncoder().encode(text)),
  );
}

test("a distinguished name has the names of its attributes", () => {
  for (const [type, name] of Object.entries(ATTRIBUTES)) {
    assertEquals(formatName(writeSequence(writeSet(attribute("a", type)))), `${name}=a`);
  }
});

test("a distinguished name is shown with the most specific part first, and bounded", () => {
  const format = (...texts: string[]) =>
    formatName(writeSequence(...texts.map((text) => writeSet(attribute(text)))));
  assertEquals(format(), "(no name)");
  assertEquals(format("a", "b"), "CN=b, CN=a");
  assertEquals(format("a\nb"), "CN=a\\u{a}b");
  const texts = Array.from({ length: 33 }, (_, i) => `${i}`);
  const shown = texts.slice(1).map((text) => `CN=${text}`).reverse();
  assertEquals(format(...texts.slice(1)), shown.join(", "));
  assertEquals(format(...texts), [...shown, "…"].join(", "));
  const two = writeSet(attribute("a"), attribute("b", "2.5.4.10"));
  assertEquals(formatName(writeSequence(two)), "O=b, CN=a");
  const bmp = writeElement(BMP_STRING, Uint8Array.of(0, 0x61, 0x20, 0xac));
  assertEquals(formatName(writeSequence(writeSet(writeSequence(writeOid(CN), bmp)))), "CN=a€");
});

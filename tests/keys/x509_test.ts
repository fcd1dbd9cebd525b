/** Tests the fields of certificates that pairing and chains need. */
import { assertEquals, assertThrows } from "@std/assert";
import test from "node:test";
import { BIT_STRING, contextTag } from "../../lib/asn1/tags.ts";
import {
  writeElement,
  writeInteger,
  writeOctets,
  writeOid,
  writeSequence,
} from "../../lib/asn1/writer.ts";
import { KeyFileError } from "../../lib/errors.ts";
import { type Certificate, readCertificate } from "../../lib/keys/x509.ts";
import {
  type CertificateParts,
  readPublicKeyInfo,
  writeCertificate,
  writeExtension,
  writeName,
} from "../support/certificates.ts";

const publicKeyInfo = readPublicKeyInfo("client.pem");
const FILE = "the certificate";

function read(parts: Partial<CertificateParts> = {}): Certificate {
  return readCertificate(writeCertificate({ publicKeyInfo, ...parts }), FILE);
}

const SUBJECT_KEY_ID = "2.5.29.14";
const AUTHORITY_KEY_ID = "2.5.29.35";

test("the names, the key and its parameters are those of the certificate", () => {
  const [issuer, subject] = [writeName("issuer"), writeName("subject")];
  const rsa = read({ issuer, subject });
  assertEquals([rsa.issuer, rsa.subject], [issuer, subject]);
  assertEquals(rsa.subjectPublicKeyInfo, publicKeyInfo);
  assertEquals([rsa.algorithm, rsa.parameters?.tag], ["1.2.840.113549.1.1.1", 0x05]);
  const bits = writeElement(BIT_STRING, Uint8Array.of(0, 1, 2));
  const bare = read({
    publicKeyInfo: writeSequence(writeSequence(writeOid("1.3.101.112")), bits),
  });
  assertEquals([bare.algorithm, "parameters" in bare], ["1.3.101.112", false]);
  assertEquals(bare.publicKey, Uint8Array.of(1, 2));
  const der = writeCertificate({ publicKeyInfo });
  assertEquals(readCertificate(Uint8Array.of(...der, 1, 2, 3), FILE).der, der);
});

test("the key identifiers are read from their extensions", () => {
  const [a, b] = [Uint8Array.of(1, 2), Uint8Array.of(3, 4)];
  const subjectId = writeExtension(SUBJECT_KEY_ID, writeOctets(a));
  const authorityId = writeExtension(AUTHORITY_KEY_ID, writeSequence(writeElement(0x80, b)));
  const other = writeExtension("2.5.29.15", writeOctets(Uint8Array.of(5)), true);
  const ids = (...extensions: Uint8Array[]) => {
    const { subjectKeyId, authorityKeyId } = read({ extensions });
    return [subjectKeyId, authorityKeyId];
  };
  assertEquals(ids(), [undefined, undefined]);
  assertEquals(ids(other), [undefined, undefined]);
  assertEquals(ids(other, subjectId), [a, undefined]);
  assertEquals(ids(authorityId), [undefined, b]);
  assertEquals(ids(subjectId, other, authorityId), [a, b]);
  const critical = writeExtension(SUBJECT_KEY_ID, writeOctets(a), true);
  assertEquals(ids(critical), [a, undefined]);
});

test("a damaged key identifier is skipped", () => {
  for (const type of [SUBJECT_KEY_ID, AUTHORITY_KEY_ID]) {
    for (const value of [writeInteger(1), writeSequence(writeInteger(1)), Uint8Array.of(4, 9)]) {
      const { subjectKeyId, authorityKeyId } = read({ extensions: [writeExtension(type, value)] });
      assertEquals([subjectKeyId, authorityKeyId], [undefined, undefined]);
    }
  }
});

test("a certificate of version 1, and one with unique identifiers, is read", () => {
  const { subjectKeyId } = read({ version: new Uint8Array(0) });
  assertEquals(subjectKeyId, undefined);
  const id = (tag: number) => writeElement(0x80 | tag, Uint8Array.of(0, 1));
  const extension = writeExtension(SUBJECT_KEY_ID, writeOctets(Uint8Array.of(7)));
  const extensions = writeElement(contextTag(3), writeSequence(extension));
  assertEquals(read({ rest: [id(1), id(2), extensions] }).subjectKeyId, Uint8Array.of(7));
  assertEquals("subjectKeyId" in read({ rest: [id(1)] }), false);
});

test("a certificate has at most 102400 bytes", () => {
  const size = (length: number) => {
    const extensions = [writeExtension("1.2.3.4", new Uint8Array(length))];
    return writeCertificate({ publicKeyInfo, serial: writeInteger(5n), extensions });
  };
  let fits = 102_400 - size(102_000).length + 102_000;
  while (size(fits).length > 102_400) fits--; // the signature has no fixed length
  assertEquals(readCertificate(size(fits - 8), FILE).algorithm, "1.2.840.113549.1.1.1");
  const der = size(fits + 8);
  const error = assertThrows(() => readCertificate(der, FILE), KeyFileError);
  assertEquals(error.code, "malformed_credentials");
  assertEquals(
    error.message,
    "Cannot open the certificate: a certificate must have <= 102400 bytes: " +
      `current value is ${der.length}`,
  );
});

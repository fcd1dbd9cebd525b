/**
 * Tests the demands of Deno's TLS one by one, on all runtimes. `odd_certificates_test.ts` compares
 * them with Deno itself.
 */
import { assertEquals } from "@std/assert";
import test from "node:test";
import { contextTag } from "../../lib/asn1/tags.ts";
import {
  writeElement,
  writeInteger,
  writeOctets,
  writeOid,
  writeSequence,
} from "../../lib/asn1/writer.ts";
import { findFault } from "../../lib/keys/webpki.ts";
import {
  type CertificateParts,
  readPublicKeyInfo,
  writeCertificate,
  writeExtension,
} from "../support/certificates.ts";

const publicKeyInfo = readPublicKeyInfo("client.pem");

/** Finds the fault of a certificate that differs from a valid one in these parts. */
function find(parts: Partial<CertificateParts> = {}): string | undefined {
  return findFault(writeCertificate({ publicKeyInfo, ...parts }));
}

/** Finds the fault of a certificate with these extensions. */
const findIn = (...extensions: Uint8Array[]) => find({ extensions });

const DER = "it must be DER with the fields of RFC 5280, section 4.1, and nothing else";
const VERSION = "its version must be 3";
const SIGNATURE = "its signature must be a whole number of octets";
const ALGORITHMS = "its two signature algorithms must be equal (RFC 5280, section 4.1.1.2)";
const FIELDS = "it must have no unique identifiers (RFC 5280, section 4.1.2.8)";
const CRITICAL =
  "it must have no critical extension that TLS does not know (RFC 5280, section 4.2)";
const BOOLEAN = "the critical flag of an extension must be TRUE or FALSE";
const TWICE = "no extension may occur twice (RFC 5280, section 4.2)";
const VALUE = "the values of its extensions must be those of RFC 5280, section 4.2.1";
const SIZE = "it must have less than 65,535 bytes";

test("a certificate of version 3 meets all demands, with extensions or without", () => {
  assertEquals(find(), undefined);
  assertEquals(findIn(writeExtension("1.2.3.4", writeOctets(Uint8Array.of(1)))), undefined);
});

test("the fields are those of RFC 5280", () => {
  assertEquals(findFault(new Uint8Array(0)), DER);
  assertEquals(findFault(Uint8Array.of(...writeCertificate({ publicKeyInfo }), 0)), DER);
  assertEquals(find({ version: new Uint8Array(0) }), VERSION);
  assertEquals(find({ version: writeInteger(1) }), VERSION);
  assertEquals(find({ version: Uint8Array.of(...writeInteger(2), 0, 0) }), DER);
  assertEquals(find({ unused: 1 }), SIGNATURE);
  assertEquals(find({ outer: writeSequence(writeOid("1.2.3.4")) }), ALGORITHMS);
  assertEquals(find({ subject: writeInteger(1) }), DER);
  const id = writeElement(0x81, Uint8Array.of(0, 1));
  assertEquals(find({ rest: [id] }), FIELDS);
  const none = writeElement(contextTag(3), writeSequence());
  assertEquals(find({ rest: [none] }), undefined);
  assertEquals(find({ rest: [none, id] }), DER);
  assertEquals(find({ rest: [writeElement(contextTag(3), writeSequence(), id)] }), DER);
});

test("only extensions that TLS knows are critical", () => {
  const sequence = writeSequence();
  for (const type of [15, 17, 19, 30, 31, 37]) {
    assertEquals(findIn(writeExtension(`2.5.29.${type}`, sequence, true)), undefined, `${type}`);
  }
  for (const type of ["2.5.29.14", "2.5.29.32", "1.2.3.4"]) {
    assertEquals(findIn(writeExtension(type, sequence, true)), CRITICAL);
    assertEquals(findIn(writeExtension(type, sequence)), undefined);
  }
});

test("the critical flag is TRUE or FALSE", () => {
  const flag = (...bytes: number[]) =>
    findIn(writeSequence(
      writeOid("2.5.29.17"),
      writeElement(1, Uint8Array.from(bytes)),
      writeOctets(writeSequence()),
    ));
  assertEquals([flag(0xff), flag(0)], [undefined, undefined]);
  assertEquals([flag(1), flag(), flag(0, 0), flag(0xff, 0)], [BOOLEAN, BOOLEAN, BOOLEAN, BOOLEAN]);
});

test("an extension that TLS reads occurs once, with a SEQUENCE in it", () => {
  const names = writeExtension("2.5.29.17", writeSequence());
  assertEquals(findIn(names, names), TWICE);
  const other = writeExtension("1.2.3.4", writeSequence());
  assertEquals(findIn(other, other), undefined);
  for (const type of [17, 19, 30, 31, 37]) {
    assertEquals(findIn(writeExtension(`2.5.29.${type}`, writeInteger(1))), VALUE);
    const two = Uint8Array.of(...writeSequence(), ...writeSequence());
    assertEquals(findIn(writeExtension(`2.5.29.${type}`, two)), VALUE);
  }
  assertEquals(findIn(writeExtension("2.5.29.15", writeInteger(1))), undefined);
  assertEquals(
    findIn(writeSequence(writeOid("1.2.3.4"), writeOctets(Uint8Array.of(0)), names)),
    DER,
  );
});

test("a certificate has less than 65,535 bytes of contents", () => {
  const signature = () => new Uint8Array(70);
  const write = (length: number) =>
    writeCertificate({
      publicKeyInfo,
      serial: writeInteger(5n),
      extensions: [writeExtension("1.2.3.4", writeOctets(new Uint8Array(length)))],
      sign: signature,
    });
  const header = 4; // of the outermost SEQUENCE
  const rest = write(60_000).length - 60_000;
  const length = 65_534 + header - rest;
  assertEquals(write(length).length, 65_534 + header);
  assertEquals(findFault(write(length)), undefined);
  assertEquals(findFault(write(length + 1)), SIZE);
});

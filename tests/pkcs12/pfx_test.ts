/** Tests the outer parts of a PFX at their exact rules. */
import { assertEquals, assertThrows } from "@std/assert";
import test from "node:test";
import { writeBmpString, writeElement } from "../../lib/asn1/writer.ts";
import { Opening } from "../../lib/encryption/opening.ts";
import { KeyFileError } from "../../lib/errors.ts";
import { readPfx } from "../../lib/pkcs12/pfx.ts";
import { fixture } from "../support/context.ts";
import {
  DATA,
  ENCRYPTED_DATA,
  FRIENDLY_NAME,
  LOCAL_KEY_ID,
  oid,
  pfx,
  writeAttribute,
  writeCertBag,
  writeContentInfo,
  writeInteger,
  writeOctets,
  writePlainSafe,
  writeSequence,
} from "../support/p12_writer.ts";

const FILE = "the PKCS#12 file";
const leaf = fixture("client.cert.der");

function read(bytes: Uint8Array) {
  return readPfx(bytes, new Opening(FILE));
}

test("a file is padded with at most 65536 zeros", () => {
  const file = pfx([writePlainSafe(writeCertBag(leaf))]);
  const pad = (length: number, last = 0) => {
    const bytes = new Uint8Array(file.length + length);
    bytes.set(file);
    if (last !== 0) bytes[bytes.length - 1] = last;
    return bytes;
  };
  for (const length of [0, 1, 65_536]) assertEquals(read(pad(length)).safes.length, 1);
  for (const bytes of [pad(65_537), pad(1, 1), pad(100, 1)]) {
    const { code, message } = assertThrows(() => read(bytes), KeyFileError);
    assertEquals(code, "malformed_credentials");
    const more = bytes.length - file.length;
    assertEquals(message, `Cannot open ${FILE}: the file has ${more} bytes more than it should`);
  }
});

test("an encrypted safe has the version 0 or 2", () => {
  const algorithm = writeSequence(
    oid("1.2.840.113549.1.12.1.3"),
    writeSequence(writeOctets(new Uint8Array(8)), writeInteger(1)),
  );
  const encrypted = (version: number, type = DATA) => {
    const info = writeSequence(oid(type), algorithm, writeElement(0x80, new Uint8Array(8)));
    const safe = writeSequence(writeInteger(version), info);
    return read(pfx([writeContentInfo(ENCRYPTED_DATA, safe)]));
  };
  for (const version of [0, 2]) {
    const [safe] = encrypted(version).safes;
    assertEquals(safe !== undefined && "encrypted" in safe, true);
  }
  for (const version of [1, 3]) {
    const { message } = assertThrows(() => encrypted(version), KeyFileError);
    const problem = `EncryptedData has the version ${version}: it must be 0`;
    assertEquals(message, `Cannot open ${FILE}: ${problem}`);
  }
  const { message } = assertThrows(() => encrypted(0, ENCRYPTED_DATA), KeyFileError);
  const problem = `EncryptedContentInfo must hold data: current value is ${ENCRYPTED_DATA}`;
  assertEquals(message, `Cannot open ${FILE}: ${problem}`);
});

test("attributes of a wrong type are skipped", () => {
  const attributes = (...given: Uint8Array[]) => {
    const [safe] = read(pfx([writePlainSafe(writeCertBag(leaf, ...given))])).safes;
    const [bag] = safe !== undefined && "bags" in safe ? safe.bags : [];
    return [bag?.friendlyName, bag?.localKeyId];
  };
  const name = (text: string) => writeAttribute(FRIENDLY_NAME, writeBmpString(text));
  const id = (value: Uint8Array) => writeAttribute(LOCAL_KEY_ID, value);
  assertEquals(attributes(), [undefined, undefined]);
  assertEquals(attributes(name("a"), id(writeOctets(Uint8Array.of(1)))), ["a", Uint8Array.of(1)]);
  assertEquals(attributes(name("a\0\0")), ["a", undefined]);
  assertEquals(attributes(name("")), [undefined, undefined]);
  assertEquals(attributes(name("first"), name("second")), ["first", undefined]);
  assertEquals(attributes(id(writeOctets(new Uint8Array(0)))), [undefined, undefined]);
  assertEquals(attributes(id(writeInteger(1))), [undefined, undefined]);
  assertEquals(attributes(writeAttribute(FRIENDLY_NAME, writeOctets(leaf.subarray(0, 2)))), [
    undefined,
    undefined,
  ]);
  const odd = Uint8Array.of(0x1e, 3, 0, 0x61, 0);
  assertEquals(attributes(writeAttribute(FRIENDLY_NAME, odd)), [undefined, undefined]);
});

/** Tests the outer parts of a PFX at their exact rules. */
import { assertEquals, assertThrows } from "@std/assert";
import test from "node:test";
import { writeBmpString } from "../../lib/asn1/writer.ts";
import { Opening } from "../../lib/encryption/opening.ts";
import { KeyFileError } from "../../lib/errors.ts";
import { readPfx } from "../../lib/pkcs12/pfx.ts";
import { fixture } from "../support/context.ts";
import {
  FRIENDLY_NAME,
  LOCAL_KEY_ID,
  pfx,
  writeAttribute,
  writeCertBag,
  writeInteger,
  writeOctets,
  writePlainSafe,
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

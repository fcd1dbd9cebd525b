/** The bounds of the ASN.1 reader. */
import { assertEquals, assertThrows } from "@std/assert";
import test from "node:test";
import { Reader } from "../../lib/asn1/reader.ts";
import { NULL, OCTET_STRING } from "../../lib/asn1/tags.ts";
import { writeElement, writeSequence } from "../../lib/asn1/writer.ts";
import { concat } from "../../lib/crypto/bytes.ts";
import { KeyFileError } from "../../lib/errors.ts";

const CONSTRUCTED_OCTETS = OCTET_STRING | 0x20;
const empty = writeElement(NULL);
/** Repeats an element. */
const repeat = (element: Uint8Array, count: number) =>
  concat(Array.from({ length: count }, () => element));

test("65536 elements are read of a file, wherever they are, and no more", () => {
  const read = (count: number) => {
    const inner = writeSequence(repeat(empty, count - 2));
    const reader = new Reader(writeSequence(inner), "the file", "File").enterSequence("a");
    const fields = reader.enterSequence("b");
    let found = 2;
    while (fields.tag !== undefined) found += fields.readAny("c").raw.length / empty.length;
    return found;
  };
  assertEquals(read(65_536), 65_536);
  const { code, message } = assertThrows(() => read(65_537), KeyFileError);
  assertEquals(code, "malformed_credentials");
  assertEquals(
    message,
    "Cannot open the file: b has too many elements: the number of elements must be <= 65536",
  );
});

test("the parts of a string are elements, too", () => {
  const read = (parts: number) => {
    const string = writeElement(CONSTRUCTED_OCTETS, repeat(writeElement(OCTET_STRING), parts));
    return new Reader(string, "the file", "File").readOctets("a");
  };
  assertEquals(read(65_535).length, 0);
  assertThrows(() => read(65_536), KeyFileError, "too many elements");
});

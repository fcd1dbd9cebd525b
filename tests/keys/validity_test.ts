/** Tests the validity of certificates. */
import { assertEquals } from "@std/assert";
import test from "node:test";
import { writeElement } from "../../lib/asn1/writer.ts";
import { DAY, daysBetween, readValidity } from "../../lib/keys/validity.ts";

test("days are rounded down", () => {
  assertEquals(DAY, 86_400_000);
  const now = Date.UTC(2026, 5, 15, 12);
  const days = (ms: number) => daysBetween(new Date(now), new Date(now + ms));
  assertEquals([0, 1, DAY - 1, DAY, 2 * DAY - 1].map(days), [0, 0, 0, 1, 1]);
  assertEquals([-1, -DAY, -DAY - 1].map(days), [-1, -1, -2]);
});

test("times are read in both of their types", () => {
  const time = (tag: number, text: string) => writeElement(tag, new TextEncoder().encode(text));
  const read = (tag: number, text: string) => {
    const [start, end] = readValidity(Uint8Array.of(...time(tag, text), ...time(tag, text)));
    assertEquals(start, end);
    return start === 0 ? undefined : new Date(start).toISOString();
  };
  const [UTC, GENERALIZED] = [0x17, 0x18];
  assertEquals(read(UTC, "260102030405Z"), "2026-01-02T03:04:05.000Z");
  assertEquals(read(UTC, "491231235959Z"), "2049-12-31T23:59:59.000Z");
  assertEquals(read(UTC, "500101000000Z"), "1950-01-01T00:00:00.000Z");
  assertEquals(read(UTC, "260102030405+0130"), "2026-01-02T01:34:05.000Z");
  assertEquals(read(UTC, "260102030405-0130"), "2026-01-02T04:34:05.000Z");
  assertEquals(read(GENERALIZED, "20500102030405Z"), "2050-01-02T03:04:05.000Z");
  assertEquals(read(GENERALIZED, "20260102030405.5Z"), "2026-01-02T03:04:05.000Z");
  assertEquals(read(GENERALIZED, "20260102030405"), "2026-01-02T03:04:05.000Z");
  for (const wrong of ["", "x", "260102030405Zx", "2601020304Z0", "260102030405+01"]) {
    assertEquals(read(UTC, wrong), undefined, wrong);
  }
  assertEquals(readValidity(Uint8Array.of(0x17, 9)), [0, 0]);
  const one = time(UTC, "260102030405Z");
  assertEquals(readValidity(one), [0, 0]);
});

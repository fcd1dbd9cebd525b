/** Tests the computation of public keys on P-256 as a curve that is written out. */
import { assertEquals } from "@std/assert";
import test from "node:test";
import { writeInteger, writeOctets, writeOid, writeSequence } from "../../lib/asn1/writer.ts";
import { fromHex } from "../../lib/crypto/bytes.ts";
import { isPublicKeyOf, readCurve } from "../../lib/keys/curves.ts";

const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const B = "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b";
const X = "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296";
const Y = "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** Reads P-256 with some other numbers. */
function read({ p = P, b = B, base = `04${X}${Y}`, order = ORDER, field = "1.2.840.10045.1.1" }) {
  const body = [
    writeInteger(1),
    writeSequence(writeOid(field), writeInteger(p)),
    writeSequence(writeOctets(fromHex((p - 3n).toString(16))), writeOctets(fromHex(b))),
    writeOctets(fromHex(base)),
    writeInteger(order),
  ];
  const bytes = Uint8Array.from(body.flatMap((element) => [...element]));
  return readCurve(bytes, "the key");
}

test("the base point is read in each of its forms", () => {
  const [x, y] = [BigInt(`0x${X}`), BigInt(`0x${Y}`)];
  for (const base of [`04${X}${Y}`, `07${X}${Y}`, `06${X}${Y}`, `03${X}`]) {
    const curve = read({ base });
    assertEquals([curve?.x, curve?.y, curve?.order], [x, y, ORDER], base);
  }
  const even = read({ base: `02${X}` });
  assertEquals([even?.x, even?.y], [x, P - y]);
});

test("a curve with numbers out of range is not read", () => {
  const wrong = [
    { field: "1.2.840.10045.1.2" },
    { base: `05${X}${Y}` },
    { base: `04${X}${Y}00` },
    { base: `04${"00".repeat(256)}` },
    { b: "00".repeat(257) },
    { p: 1n << 521n },
    { order: 1n },
    { order: 2n * P + 1n },
    { p: P + 2n, base: `03${X}` }, // 1 modulo 4: the square root is not computed
  ];
  for (const numbers of wrong) {
    assertEquals(read(numbers), undefined);
  }
  assertEquals(read({ order: 2n })?.order, 2n);
  assertEquals(read({ order: 2n * P })?.order, 2n * P);
  assertEquals(read({ b: "00".repeat(256) })?.b, 0n);
});

/** Multiples of the base point, as published with the curve. */
const MULTIPLES: readonly (readonly [bigint, string, string])[] = [
  [1n, X, Y],
  [
    2n,
    "7cf27b188d034f7e8a52380304b51ac3c08969e277f21b35a60b48fc47669978",
    "07775510db8ed040293d9ac69f7430dbba7dade63ce982299e04b79d227873d1",
  ],
  [
    3n,
    "5ecbe4d1a6330a44c8f7ef951d4bf165e6c6b721efada985fb41661bc6e7fd6c",
    "8734640c4998ff7e374b06ce1a64a2ecd82ab036384fb83d9a79b127a27d5032",
  ],
  [ORDER - 1n, X, (P - BigInt(`0x${Y}`)).toString(16)],
];

test("the public key is the base point times the private key", () => {
  const curve = read({});
  if (curve === undefined) throw new Error("P-256 is not read");
  for (const [scalar, x, y] of MULTIPLES) {
    const isOdd = parseInt(y.slice(-1), 16) % 2 === 1;
    const points = [`04${x}${y}`, `06${x}${y}`, isOdd ? `03${x}` : `02${x}`];
    for (const point of points) {
      assertEquals(isPublicKeyOf(curve, scalar, fromHex(point)), true, point);
      assertEquals(isPublicKeyOf(curve, scalar === 1n ? 2n : 1n, fromHex(point)), false);
      const wrong = fromHex(point);
      wrong[32] = (wrong[32] ?? 0) ^ 1;
      assertEquals(isPublicKeyOf(curve, scalar, wrong), false);
    }
    const other = fromHex(isOdd ? `02${x}` : `03${x}`);
    assertEquals(isPublicKeyOf(curve, scalar, other), false);
  }
  const base = fromHex(`04${X}${Y}`);
  for (const scalar of [0n, -1n, ORDER, ORDER + 1n]) {
    assertEquals(isPublicKeyOf(curve, scalar, base), false);
  }
});

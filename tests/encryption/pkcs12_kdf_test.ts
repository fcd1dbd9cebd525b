import { assert, assertEquals } from "@std/assert";
import { readFileSync } from "node:fs";
import test from "node:test";
import { testExceptOn } from "../support/context.ts";
import { Reader } from "../../lib/asn1/reader.ts";
import { INTEGER, OCTET_STRING, SEQUENCE } from "../../lib/asn1/tags.ts";
import { concat, toHex } from "../../lib/crypto/bytes.ts";
import { writeElement, writeOid } from "../../lib/asn1/writer.ts";
import { DIGESTS, type Hash, SHA1, SHA256 } from "../../lib/crypto/hashes.ts";
import { ID_KEY, ID_MAC, pkcs12Kdf } from "../../lib/encryption/pkcs12_kdf.ts";
import { encodePassphrase } from "../../lib/encryption/passwords.ts";
import { readDerivation } from "../../lib/encryption/key_derivation.ts";
import { Opening } from "../../lib/encryption/opening.ts";
import { pbkdf2 } from "../../lib/encryption/pbkdf2.ts";
import { rehash } from "../../lib/crypto/rehash.ts";
import { LOOPS } from "../../scripts/unroll.ts";

function hex(digits: string): Uint8Array {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/**
 * The derivation with every step as RFC 7292 B.2 says it, and noble's hash function for each of
 * them.
 */
function byTheBook(
  hash: Hash,
  password: Uint8Array,
  salt: Uint8Array,
  r: number,
  id: number,
  n: number,
): string {
  const { blockLen: v } = hash.noble;
  const fill = (bytes: Uint8Array) =>
    Array.from({ length: v * Math.ceil(bytes.length / v) }, (_, i) => bytes[i % bytes.length]!);
  let I = [...fill(salt), ...fill(password)];
  let out = "";
  while (out.length < 2 * n) {
    let A: Uint8Array = Uint8Array.from([...Array<number>(v).fill(id), ...I]);
    for (let i = 0; i < r; i++) A = hash.noble(A);
    out += toHex(A);
    const B = BigInt("0x" + toHex(Uint8Array.from({ length: v }, (_, i) => A[i % A.length]!)));
    const blocks: number[] = [];
    for (let j = 0; j < I.length; j += v) {
      const block = BigInt("0x" + toHex(Uint8Array.from(I.slice(j, j + v))));
      const sum = BigInt.asUintN(8 * v, block + B + 1n).toString(16).padStart(2 * v, "0");
      blocks.push(...hex(sum));
    }
    I = blocks;
  }
  return out.slice(0, 2 * n);
}

test("the PKCS#12 derivation gives the published values", async () => {
  // From the PKCS#12 KDF examples that OpenSSL, BouncyCastle and others share: SHA-1, password
  // "smeg" and "queeg"
  const smeg = encodePassphrase("smeg").bmp[0]!;
  const queeg = encodePassphrase("queeg").bmp[0]!;
  for (
    const [password, salt, iterations, id, length, expected] of [
      [smeg, "0a58cf64530d823f", 1, 1, 24, "8aaae6297b6cb04642ab5b077851284eb7128f1a2a7fbca3"],
      [smeg, "0a58cf64530d823f", 1, 2, 8, "79993dfe048d3b76"],
      [smeg, "3d83c0e4546ac140", 1, 3, 20, "8d967d88f6caa9d714800ab3d48051d63f73a312"],
      [queeg, "05dec959acff72f7", 1000, 1, 24, "ed2034e36328830ff09df1e1a07dd357185dac0d4f9eb3d4"],
      [queeg, "05dec959acff72f7", 1000, 2, 8, "11dedad7758d4860"],
      [queeg, "263216fcc2fab31c", 1000, 3, 20, "5ec4c7a80df652294c3925b6489a7ab857c83476"],
    ] as const
  ) {
    assertEquals(
      toHex(await pkcs12Kdf(SHA1, password, { salt: hex(salt), iterations }, id, length)),
      expected,
    );
  }
});

test("the PKCS#12 derivation is RFC 7292 B.2 with every hash function, length and salt", async () => {
  for (const hash of DIGESTS.values()) {
    for (
      const [password, salt, length] of [["changeit", 8, 24], ["", 20, 70], [
        "a".repeat(90),
        0,
        200,
      ]] as const
    ) {
      const form = encodePassphrase(password).bmp[0]!;
      const bytes = Uint8Array.from({ length: salt }, (_, i) => 7 * i + 250);
      const derived = toHex(
        await pkcs12Kdf(hash, form, { salt: bytes, iterations: 5 }, ID_KEY, length),
      );
      assertEquals(derived, byTheBook(hash, form, bytes, 5, 1, length), hash.name);
    }
  }
});

test("a chain of hashes is what the general hash function gives", async () => {
  for (const hash of DIGESTS.values()) {
    let value = hash.noble(Uint8Array.of(1, 2, 3));
    const chained = await rehash(hash, value, 1000);
    for (let i = 0; i < 1000; i++) value = hash.noble(value);
    assertEquals(toHex(chained), toHex(value), hash.name);
  }
});

test("a long derivation lets the event loop go on", async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  await pkcs12Kdf(
    SHA256,
    encodePassphrase("changeit").bmp[0]!,
    { salt: hex("0102030405060708"), iterations: 600_000 },
    ID_MAC,
    32,
  );
  clearInterval(timer);
  // Some 170 ms of work in stretches of 40 at most. How long each is, is for the benchmark to say:
  // tests share their machine.
  assert(turns >= 3, `the event loop had ${turns} turns`);
});

test("PBKDF2 with HMAC-SHA-1: RFC 6070", async () => {
  const text = (value: string) => new TextEncoder().encode(value);
  for (
    const [password, salt, iterations, length, expected] of [
      ["password", "salt", 1, 20, "0c60c80f961f0e71f3a9b524af6012062fe037a6"],
      ["password", "salt", 2, 20, "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957"],
      ["password", "salt", 4096, 20, "4b007901b765489abead49d926f721d065a429c1"],
      ["pass\0word", "sa\0lt", 4096, 16, "56fa6aa75548099dcc37d7f03425e0c3"],
    ] as const
  ) {
    const derived = toHex(await pbkdf2(SHA1, text(password), text(salt), iterations, length));
    assertEquals(derived, expected);
  }
});

test("PBKDF2 with HMAC-SHA-256: RFC 7914 section 11", async () => {
  const text = (value: string) => new TextEncoder().encode(value);
  assertEquals(
    toHex(await pbkdf2(SHA256, text("passwd"), text("salt"), 1, 64)),
    "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc" +
      "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783",
  );
  assertEquals(
    toHex(await pbkdf2(SHA256, text("Password"), text("NaCl"), 80_000, 64)),
    "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56" +
      "a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d",
  );
});

test("scrypt: RFC 7914 section 12", async () => {
  const integer = (value: number) => writeElement(INTEGER, Uint8Array.of(value >> 8, value & 0xff));
  const text = (value: string) => new TextEncoder().encode(value);
  for (
    const [password, salt, N, r, p, expected] of [
      [
        ...["", "", 16, 1, 1] as const,
        "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442" +
        "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906",
      ],
      [
        ...["password", "NaCl", 1024, 8, 16] as const,
        "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162" +
        "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640",
      ],
    ] as const
  ) {
    const costs = [N, r, p].map(integer);
    const parameters = writeElement(SEQUENCE, writeElement(OCTET_STRING, text(salt)), ...costs);
    const identifier = concat([writeOid("1.3.6.1.4.1.11591.4.11"), parameters]);
    const reader = new Reader(identifier, "the test", "scrypt");
    const derivation = readDerivation(reader, new Opening("the test"));
    assertEquals(toHex(await derivation.derive(text(password), 64)), expected);
  }
});

test("PBKDF2 takes an empty password, and hash functions that WebCrypto lacks", async () => {
  const empty = await pbkdf2(SHA256, new Uint8Array(0), hex("73616c74"), 1, 32);
  assertEquals(toHex(empty), "f135c27993baf98773c5cdb40a5706ce6a345cde61b000a67858650cd6a324d7");
  for (const hash of DIGESTS.values()) {
    const derived = await pbkdf2(hash, hex("70"), hex("73"), 3, 40);
    const again = await pbkdf2({ ...hash, native: false }, hex("70"), hex("73"), 3, 40);
    assertEquals(toHex(derived), toHex(again), hash.name);
  }
});

const NO_SPY = { workerd: "a function of its WebCrypto is not replaced" };
testExceptOn(NO_SPY, "WebCrypto derives the keys of PBKDF2 where it can", async () => {
  let calls = 0;
  const { subtle } = crypto;
  const { deriveBits } = subtle;
  Object.defineProperty(subtle, "deriveBits", {
    configurable: true,
    value: (...args: Parameters<typeof deriveBits>) => {
      calls++;
      return deriveBits.apply(subtle, args);
    },
  });
  try {
    await pbkdf2(SHA256, hex("70"), hex("73"), 3, 32);
    assertEquals(calls, 1);
    await pbkdf2({ ...SHA256, native: false }, hex("70"), hex("73"), 3, 32);
    assertEquals(calls, 1);
  } finally {
    Reflect.deleteProperty(subtle, "deriveBits");
  }
});

const NO_FILES = { workerd: "it does not see the project's folder" };
testExceptOn(NO_FILES, "the unrolled loops are what scripts/unroll.ts writes", () => {
  for (const [name, text] of LOOPS) {
    assertEquals(readFileSync(new URL(`../../lib/crypto/${name}`, import.meta.url), "utf8"), text);
  }
});

import { assert, assertEquals } from "@std/assert";
import { createCipheriv } from "node:crypto";
import test from "node:test";
import {
  createRc2,
  createRc4,
  createTripleDes,
  findCbcCipher,
  isDamaged,
  isProven,
} from "../../lib/encryption/ciphers.ts";
import { writeOctets, writeSequence } from "../support/p12_writer.ts";

/** The names, and the lengths of key and block in bytes. */
const CIPHERS: Record<string, readonly [number, number]> = {
  "AES-128-CBC": [16, 16],
  "AES-192-CBC": [24, 16],
  "AES-256-CBC": [32, 16],
  "DES-EDE3-CBC": [24, 8],
  "DES-CBC": [8, 8],
  "Camellia-128-CBC": [16, 16],
  "Camellia-192-CBC": [24, 16],
  "Camellia-256-CBC": [32, 16],
  "SEED-CBC": [16, 16],
  "IDEA-CBC": [16, 8],
  "CAST5-CBC": [16, 8],
  "Blowfish-CBC": [16, 8],
};

test("ciphers are found by name, in any case", () => {
  for (const [name, [keyLength, blockSize]] of Object.entries(CIPHERS)) {
    for (const written of [name, name.toUpperCase(), name.toLowerCase()]) {
      const cipher = findCbcCipher(written);
      assertEquals([cipher?.name, cipher?.keyLength, cipher?.blockSize], [
        ...[name, keyLength, blockSize],
      ]);
    }
  }
  for (
    const name of ["", "AES", "AES-256", "AES-256-GCM", "AES-512-CBC", " DES-CBC", "toString"]
  ) {
    assertEquals(findCbcCipher(name), undefined, name);
  }
});

test("a file chooses the key length of some ciphers", () => {
  assertEquals(findCbcCipher("Blowfish-CBC", 56)?.keyLength, 56);
  assertEquals(findCbcCipher("CAST5-CBC", 5)?.keyLength, 5);
  // The name says it.
  assertEquals(findCbcCipher("AES-128-CBC", 32)?.keyLength, 16);
});

test("the ciphers of PKCS#12 have their names and lengths", () => {
  const shapes = [
    createRc2(40, 5),
    createRc2(128, 16),
    createTripleDes(2),
    createTripleDes(3),
    createRc4(40),
  ]
    .map(({ name, keyLength, blockSize }) => `${name} ${keyLength} ${blockSize}`);
  assertEquals(shapes, [
    "RC2-40-CBC 5 8",
    "RC2-128-CBC 16 8",
    "2-key 3DES-CBC 16 8",
    "3-key 3DES-CBC 24 8",
    "RC4-40 5 0",
  ]);
});

test("a cipher removes the padding, and says if there was none", async () => {
  const text = writeSequence(writeOctets(new Uint8Array(40)));
  for (const bits of [128, 256]) {
    const [key, iv] = [new Uint8Array(bits / 8).fill(7), new Uint8Array(16).fill(9)];
    const cipher = createCipheriv(`aes-${bits}-cbc`, key, iv);
    const ciphertext = new Uint8Array([...cipher.update(text), ...cipher.final()]);
    const found = findCbcCipher(`AES-${bits}-CBC`)!;
    const { bytes, padded } = await found.decrypt(key, iv, ciphertext);
    assertEquals([bytes, padded], [new Uint8Array(text), true]);
    assert(isProven({ bytes, padded }));
    const cut = await found.decrypt(key, iv, ciphertext.subarray(0, 32));
    assertEquals([cut.padded, isProven(cut)], [false, false]);
  }
});

test("a plaintext is proven if it is one SEQUENCE with right padding, and damaged if the end is wrong", () => {
  const whole = writeSequence(writeOctets(new Uint8Array(100)));
  const noise = Uint8Array.from({ length: 102 }, (_, i) => 7 * i + 1);
  const padded = true;
  assertEquals(isProven({ bytes: whole, padded }), true);
  assertEquals(isProven({ bytes: whole, padded: false }), false);
  assertEquals(isProven({ bytes: whole.slice(0, -1), padded }), false);
  assertEquals(isProven({ bytes: noise, padded }), false);
  assertEquals(isProven({ bytes: new Uint8Array(0), padded }), false);
  assertEquals(isDamaged({ bytes: whole, padded: false }), true);
  assertEquals(isDamaged({ bytes: whole, padded }), false);
  assertEquals(isDamaged({ bytes: noise, padded: false }), false);
});

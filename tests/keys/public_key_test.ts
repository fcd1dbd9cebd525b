/** Tests the names of public keys, and the EC keys that are written for TLS. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import test from "node:test";
import {
  writeElement,
  writeInteger,
  writeOctets,
  writeOid,
  writeSequence,
} from "../../lib/asn1/writer.ts";
import { KeyFileError } from "../../lib/errors.ts";
import {
  compressPoint,
  mergeSchemes,
  namePublicKey,
  nameRsaKey,
} from "../../lib/keys/public_key.ts";
import { readPrivateKeyInfo } from "../../lib/keys/pkcs8.ts";
import {
  readEcPrivateKey,
  readRsaPrivateKey,
  writeEcPrivateKey,
} from "../../lib/keys/structures.ts";

const RSA = "1.2.840.113549.1.1.1";
const EC = "1.2.840.10045.2.1";

test("all schemes of RSA have the same keys", () => {
  const schemes = [RSA, "1.2.840.113549.1.1.10", "1.2.840.113549.1.1.7", EC];
  assertEquals(schemes.map(mergeSchemes), [RSA, RSA, RSA, EC]);
  const key = writeSequence(writeInteger(0xabcn), writeInteger(3));
  const name = nameRsaKey({ modulus: 0xabcn, publicExponent: 3n });
  assertEquals(name, "abc 3");
  for (const scheme of schemes.slice(0, 3)) assertEquals(namePublicKey(scheme, key), name);
  // Padded numbers are the same numbers.
  const padded = writeSequence(
    writeElement(2, Uint8Array.of(0, 0, 0x0a, 0xbc)),
    writeElement(2, Uint8Array.of(0, 3)),
  );
  assertEquals(namePublicKey(RSA, padded), name);
  assertEquals(namePublicKey(RSA, Uint8Array.of(1, 0xff)), "01ff");
  assertEquals(namePublicKey("1.3.101.112", key.subarray(0, 2)), "3007");
});

test("an RSA key has at most five primes", () => {
  const key = (others: number) => {
    const prime = writeSequence(...[7, 5, 1].map((value) => writeInteger(value)));
    return writeSequence(
      ...[1, 105, 5, 5, 3, 5, 1, 1, 2].map((value) => writeInteger(value)),
      writeSequence(...Array<Uint8Array>(others).fill(prime)),
    );
  };
  assertEquals(readRsaPrivateKey(key(3), "the key").primes, [3n, 5n, 7n, 7n, 7n]);
  const { message } = assertThrows(() => readRsaPrivateKey(key(4), "the key"), KeyFileError);
  assertEquals(message, "Cannot open the key: its RSA key must have <= 5 primes");
});

test("a private key has at most 65536 bytes", async () => {
  const { message } = await assertRejects(
    () => readPrivateKeyInfo(new Uint8Array(65_537), "the key"),
    KeyFileError,
  );
  const rule = "a private key must have <= 65536 bytes: current value is 65537";
  assertEquals(message, `Cannot open the key: ${rule}`);
  const fits = await assertRejects(
    () => readPrivateKeyInfo(new Uint8Array(65_536), "the key"),
    KeyFileError,
  );
  assertEquals(fits.message.includes("must have <="), false);
});

test("a point has one name in all of its forms", () => {
  const even = [0xaa, 0xbb, 0xcc, 0x02];
  const odd = [0xaa, 0xbb, 0xcc, 0x03];
  for (const form of [4, 6, 7]) {
    assertEquals(namePublicKey(EC, Uint8Array.of(form, ...even)), "02aabb");
    assertEquals(namePublicKey(EC, Uint8Array.of(form, ...odd)), "03aabb");
  }
  const others = [[2, 0xaa, 0xbb], [5, ...even], [4, ...even, 1], []];
  for (const point of others) {
    assertEquals(compressPoint(Uint8Array.from(point)), Uint8Array.from(point));
  }
});

const CURVE = writeOid("1.2.840.10045.3.1.7");

/** An ECPrivateKey. */
function ecKey(scalar: Uint8Array, ...rest: Uint8Array[]): Uint8Array {
  return writeSequence(writeInteger(1), writeOctets(scalar), ...rest);
}

test("an EC key is written for TLS with its full length", () => {
  const point = Uint8Array.of(4, 1, 2);
  const publicKey = writeElement(0xa1, writeElement(3, Uint8Array.of(0), point));
  const expect = (scalar: Uint8Array, ...rest: Uint8Array[]) =>
    writeSequence(
      writeInteger(0),
      writeSequence(writeOid(EC), CURVE),
      writeOctets(ecKey(scalar, ...rest)),
    );
  const write = (scalar: number[], publicKey = point) =>
    writeEcPrivateKey(CURVE, Uint8Array.from(scalar), 4, publicKey);
  assertEquals(write([1, 2, 3, 4]), expect(Uint8Array.of(1, 2, 3, 4), publicKey));
  assertEquals(write([0, 0, 1, 2, 3, 4]), expect(Uint8Array.of(1, 2, 3, 4), publicKey));
  assertEquals(write([1, 2]), expect(Uint8Array.of(0, 0, 1, 2), publicKey));
  assertEquals(write([1, 2, 3, 4, 5]), undefined);
  assertEquals(write([1, 2], Uint8Array.of(2, 1)), expect(Uint8Array.of(0, 0, 1, 2)));
});

test("an EC key is read with its curve and its public key, if it has them", () => {
  const scalar = Uint8Array.of(1, 2);
  const curve = writeElement(0xa0, CURVE);
  const publicKey = writeElement(0xa1, writeElement(3, Uint8Array.of(0, 4, 5)));
  const bare = readEcPrivateKey(ecKey(scalar), "the key");
  assertEquals([bare.scalar, bare.parameters, bare.publicKey], [scalar, undefined, undefined]);
  assertEquals(bare.der, ecKey(scalar));
  const whole = readEcPrivateKey(ecKey(scalar, curve, publicKey), "the key");
  assertEquals([whole.parameters?.raw, whole.publicKey], [CURVE, Uint8Array.of(4, 5)]);
  assertEquals(whole.der, ecKey(scalar, curve, publicKey));
  const version = writeSequence(writeInteger(2), writeOctets(scalar));
  const { message } = assertThrows(() => readEcPrivateKey(version, "the key"), KeyFileError);
  const rule = "the version of ECPrivateKey must be 1: current value is 2";
  assertEquals(message, `Cannot open the key: ${rule}`);
});

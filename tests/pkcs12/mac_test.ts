/** The MAC of a PKCS#12 file: it is compared as a whole. */
import { assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import test from "node:test";
import { McFetchError } from "../../lib/errors.ts";
import { readPkcs12 } from "../../lib/identity/read_pkcs12.ts";
import { fixture } from "../support/context.ts";
import { bmp, keyBag, macData, pfx, writeCertBag, writePlainSafe } from "../support/p12_writer.ts";

const passphrase = "changeit";
const safes = [
  writePlainSafe(keyBag(fixture("client.key.der")), writeCertBag(fixture("client.cert.der"))),
];
const SHA256_OCTETS = 32;

/** Finds the digest in a MacData: the first OCTET STRING of 32 octets. */
function findDigest(mac: Uint8Array): number {
  for (let at = 0; at < mac.length; at++) {
    if (mac[at] === 0x04 && mac[at + 1] === SHA256_OCTETS) return at + 2;
  }
  throw new Error("there is no digest");
}

async function failure(file: Uint8Array): Promise<string> {
  const error = await readPkcs12(file, { passphrase }).then(
    () => undefined,
    (error) => error,
  );
  assertInstanceOf(error, McFetchError);
  return `${error.code}: ${error.message}`;
}

test("a MAC that is wrong in one bit of any octet is wrong", async () => {
  const mac = await macData(safes, bmp(passphrase), 1);
  assertEquals((await readPkcs12(pfx(safes, mac), { passphrase })).identities.length, 1);
  const start = findDigest(mac);
  for (let octet = 0; octet < SHA256_OCTETS; octet++) {
    for (const bit of [0x01, 0x80]) {
      const changed = mac.slice();
      changed[start + octet]! ^= bit;
      assertStringIncludes(await failure(pfx(safes, changed)), "wrong_passphrase: ", `${octet}`);
    }
  }
});

test("a MAC whose digest has another length than its hash is malformed", async () => {
  const mac = await macData(safes, bmp(passphrase), 1);
  const at = findDigest(mac);
  for (const length of [0, 16, 31, 33]) {
    const digest = new Uint8Array(length);
    digest.set(mac.subarray(at, at + Math.min(length, SHA256_OCTETS)));
    const changed = Uint8Array.of(...mac.subarray(0, at), ...digest, ...mac.subarray(at + 32));
    const grown = length - SHA256_OCTETS;
    changed[at - 1]! += grown; // the digest, the DigestInfo, and the MacData
    changed[3]! += grown;
    changed[1]! += grown;
    assertStringIncludes(
      await failure(pfx(safes, changed)),
      `malformed_credentials: Cannot open the PKCS#12 file: the digest of its MAC must have 32 ` +
        `bytes for SHA-256: current value is ${length}`,
    );
  }
});

/** Which keys are derived when a PKCS#12 file is opened, and how often. */
import { assertEquals, assertRejects } from "@std/assert";
import test from "node:test";
import type { ReadOptions } from "../../lib/encryption/opening.ts";
import { McFetchError } from "../../lib/errors.ts";
import { readPkcs12 } from "../../lib/identity/read_pkcs12.ts";
import { writePkcs12 } from "../../lib/identity/write_pkcs12.ts";
import { fixture } from "../support/context.ts";
import {
  bmp,
  encryptedSafe,
  keyBag,
  macData,
  pfx,
  shroudedBag,
  utf8,
  writeCertBag,
  writePlainSafe,
} from "../support/p12_writer.ts";

const passphrase = "changeit";
const key = fixture("client.key.der");
const certificate = fixture("client.cert.der");

/** The iteration counts of the keys that WebCrypto derives meanwhile. */
async function derivations(work: () => Promise<unknown>): Promise<number[]> {
  const { subtle } = crypto;
  const original = subtle.deriveBits;
  const counts: number[] = [];
  const counted: typeof original = (algorithm, ...rest) => {
    counts.push((algorithm as Pbkdf2Params).iterations);
    return original.call(subtle, algorithm, ...rest);
  };
  Object.defineProperty(subtle, "deriveBits", { value: counted, configurable: true });
  try {
    await work();
  } finally {
    delete (subtle as { deriveBits?: unknown }).deriveBits;
  }
  assertEquals(subtle.deriveBits, original);
  return counts;
}

function opens(file: Uint8Array, options: ReadOptions = { passphrase }): () => Promise<void> {
  return async () => {
    const { identities, certificates } = await readPkcs12(file, options);
    assertEquals([identities.length, certificates.length], [1, 1]);
  };
}

function rejects(file: Uint8Array, options: ReadOptions): () => Promise<void> {
  return async () => {
    const error = await assertRejects(() => readPkcs12(file, options), McFetchError);
    assertEquals(error.code, "wrong_passphrase");
  };
}

test("each key of a file that writePkcs12 wrote is derived once", async () => {
  const [cert, iterations] = [certificate, 1234];
  const file = await writePkcs12({ key, cert, passphrase, iterations });
  assertEquals(await derivations(opens(file)), [1234, 1234]);
  // They were started before the MAC showed that the passphrase is wrong.
  assertEquals(await derivations(rejects(file, { passphrase: "wrong" })), [1234, 1234]);
});

test("a derivation that costs more than the MAC waits for it", async () => {
  const safes = [
    encryptedSafe({ password: utf8(passphrase), iterations: 11 }, writeCertBag(certificate)),
    writePlainSafe(shroudedBag(key, { password: utf8(passphrase), iterations: 10 })),
  ];
  const file = pfx(safes, await macData(safes, bmp(passphrase), 10));
  assertEquals((await derivations(opens(file))).toSorted(), [10, 11]);
  assertEquals(await derivations(rejects(file, { passphrase: "wrong" })), [10]);
});

test("without a MAC nothing is derived before its turn", async () => {
  const safes = [
    encryptedSafe(
      { password: utf8(passphrase), iterations: 11 },
      keyBag(key),
      writeCertBag(certificate),
    ),
  ];
  assertEquals(await derivations(opens(pfx(safes))), [11]);
});

test("the keys' own passphrase is the one that is started with", async () => {
  const other = { password: utf8("other"), iterations: 7 };
  const safes = [writePlainSafe(shroudedBag(key, other), writeCertBag(certificate))];
  const file = pfx(safes, await macData(safes, bmp(passphrase), 10));
  assertEquals(await derivations(opens(file, { passphrase, keyPassphrase: "other" })), [7]);
});

test("where another form of the passphrase fits, the first one was not derived twice", async () => {
  const text = "pässwörd";
  const latin1 = Uint8Array.from(text, (character) => character.charCodeAt(0));
  // The BMPString without its terminator is between them. HMAC fills up with zeros, so that it is
  // the same as the one with it.
  const forms: [Uint8Array, number][] = [[utf8(text), 1], [bmp(text), 2], [latin1, 4]];
  for (const [password, attempts] of forms) {
    const safes = [
      writePlainSafe(shroudedBag(key, { password, iterations: 7 }), writeCertBag(certificate)),
    ];
    const file = pfx(safes, await macData(safes, bmp(text), 10));
    const expected = Array<number>(attempts).fill(7);
    assertEquals(await derivations(opens(file, { passphrase: text })), expected);
  }
});

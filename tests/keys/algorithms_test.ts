import { assertEquals } from "@std/assert";
import test from "node:test";
import { describeKey, isUsualRsa, type KeyKind, RSA_NAMES } from "../../lib/keys/algorithms.ts";
import { CURVE_NAMES } from "../../lib/keys/curve_names.ts";
import { OTHER_NAMES } from "../../lib/keys/other_names.ts";
import { readPrivateKey } from "../../lib/identity/read_private_key.ts";
import { fixture } from "../support/context.ts";

function rsa(change: Partial<Extract<KeyKind, { family: "RSA" }>> = {}): KeyKind {
  const usual = { scheme: "RSA", bits: 2048, primes: 2, publicExponent: 65_537n };
  return { family: "RSA", ...usual, ...change };
}

const KINDS: readonly (readonly [KeyKind, string, boolean])[] = [
  [rsa(), "RSA 2048", true],
  [rsa({ bits: 1023 }), "RSA 1023", true],
  [rsa({ scheme: "RSA-PSS" }), "RSA-PSS 2048", true],
  [rsa({ scheme: "RSAES-OAEP", bits: 4096 }), "RSAES-OAEP 4096", true],
  [rsa({ primes: 3 }), "RSA 2048 with 3 primes", false],
  [rsa({ primes: 1 }), "RSA 2048", false],
  // 3 is the smallest exponent there is, and 33 bits are the most that BoringSSL accepts.
  [rsa({ publicExponent: 3n }), "RSA 2048", true],
  [rsa({ publicExponent: 2n }), "RSA 2048 with a public exponent of 2 bits", false],
  [rsa({ publicExponent: 1n }), "RSA 2048 with a public exponent of 1 bits", false],
  [rsa({ publicExponent: (1n << 33n) - 1n }), "RSA 2048", true],
  [rsa({ publicExponent: 1n << 33n }), "RSA 2048 with a public exponent of 34 bits", false],
  [
    rsa({ primes: 4, publicExponent: (1n << 64n) + 1n }),
    "RSA 2048 with 4 primes with a public exponent of 65 bits",
    false,
  ],
  [{ family: "EC", curve: "P-256" }, "EC P-256", false],
  [{ family: "EC", curve: undefined }, "EC (explicit parameters)", false],
  [{ family: "DSA", bits: 1024 }, "DSA 1024", false],
  [{ family: "other", name: "Ed25519" }, "Ed25519", false],
];

test("kinds of key are described, and unusual RSA keys are recognized", () => {
  for (const [kind, description, isUsual] of KINDS) {
    assertEquals([describeKey(kind), isUsualRsa(kind)], [description, isUsual]);
  }
});

test("every algorithm and curve has a name of its own", () => {
  for (const names of [RSA_NAMES, OTHER_NAMES, CURVE_NAMES]) {
    assertEquals(new Set(names.values()).size, names.size);
    for (const oid of names.keys()) assertEquals(/^[0-2](\.\d+)+$/.test(oid), true, oid);
  }
});

test("the key files have the kinds that they were made with", async () => {
  const files: Record<string, string> = {
    "client.pkcs8.key": "RSA 2048",
    "client.pkcs1.key": "RSA 2048",
    "client.key.der": "RSA 2048",
    "weak.key": "RSA 1024",
    "ec.key": "EC P-256",
    "ec.sec1.key": "EC P-256",
    "ed25519.key": "Ed25519",
  };
  for (const [name, keyType] of Object.entries(files)) {
    assertEquals((await readPrivateKey(fixture(name))).keyType, keyType, name);
  }
});

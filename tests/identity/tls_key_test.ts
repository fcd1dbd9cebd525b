import { assert, assertEquals, assertRejects } from "@std/assert";
import { createPrivateKey, createPublicKey } from "node:crypto";
import test from "node:test";
import { loadIdentity } from "../../lib/identity/identity.ts";
import { describeKey } from "../../lib/keys/algorithms.ts";
import { type CertKeyCredentials, createMcFetch, mcFetch, McFetchError } from "../../mod.ts";
import { fixture, runtime, sandboxFile, server, testExceptOn } from "../support/context.ts";

const BINDINGS = { workerd: "certificates are bindings there" };
const NOWHERE = "https://localhost:65535/";

/** A PEM block's contents with one octet changed; from the end where the place is negative. */
function damage(name: string, place: number): Uint8Array {
  const text = new TextDecoder().decode(fixture(name));
  const base64 = text.replaceAll(/-----[^-]+-----|\s/g, "");
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  bytes[place < 0 ? bytes.length + place : place]! ^= 1;
  return bytes;
}

async function codeOf(call: () => Promise<unknown>): Promise<string> {
  return (await assertRejects(call, McFetchError)).code;
}

test("RSA numbers that do not fit together are malformed", async () => {
  const cert = fixture("client.pem");
  // The coefficient, the exponents and the primes of a key of 2048 bits, from its end.
  for (const place of [-5, -140, -270, -400, -530]) {
    const key = damage("client.pkcs8.key", place);
    assertEquals(await codeOf(() => loadIdentity({ cert, key })), "malformed_credentials");
  }
});

test("an EC key goes to TLS with its own public key, whatever was stored beside it", async () => {
  const key = damage("ec.key", -1);
  const identity = await loadIdentity({ cert: fixture("ec.pem"), key });
  assertEquals(describeKey(identity.keyKind), "EC P-256");
  const right = createPrivateKey(new TextDecoder().decode(fixture("ec.key")));
  const found = createPublicKey(createPrivateKey(identity.key));
  const spki = { type: "spki", format: "pem" } as const;
  assertEquals(found.export(spki), createPublicKey(right).export(spki));
});

testExceptOn(BINDINGS, "such a key is presented, and does not end the process", async () => {
  const credentials: CertKeyCredentials = {
    cert: fixture("ec.pem"),
    key: damage("ec.key", -1),
    extraCa: sandboxFile("ca.pem"),
  };
  const response = await mcFetch(`${server.origin}/petstore/pets`, undefined, credentials);
  assertEquals(response.status, 200);
  await response.text();
});

/** What each runtime's TLS takes: measured, and see `lib/runtime`. */
const TAKES: Record<string, readonly (typeof runtime)[]> = {
  // Their certificates are of version 1, which Deno's TLS does not take.
  "openssl-p384.p12": ["node", "bun"],
  "openssl-p521.p12": ["node", "bun"],
  "openssl-ed25519.p12": ["node", "deno", "bun"],
  "openssl-rsa-pss.p12": ["node"],
};
for (const [name, runtimes] of Object.entries(TAKES)) {
  testExceptOn(BINDINGS, `${name} is presented, or refused by the name of its key`, async () => {
    const pfx = fixture(`producers/${name}`);
    await using fetch = createMcFetch({ pfx, passphrase: "changeit" });
    const error = await assertRejects(() => fetch(NOWHERE), McFetchError);
    if (runtimes.includes(runtime)) {
      assertEquals(error.code, "connection_failed", error.message);
    } else {
      assertEquals(error.code, "unsupported_algorithm");
      assert(/\((RSA-PSS 2048|EC P-384|EC P-521)\)/.test(error.message), error.message);
    }
  });
}

testExceptOn(BINDINGS, "limits reach the decoder", async () => {
  const common = { pfx: fixture("openssl3.p12"), passphrase: "changeit" };
  const limits = { maxIterations: 2047 };
  const error = await assertRejects(
    () => mcFetch(NOWHERE, {}, { ...common, limits }),
    McFetchError,
  );
  assertEquals(error.code, "limit_exceeded");
  assert(error.message.includes("maxIterations"));
});

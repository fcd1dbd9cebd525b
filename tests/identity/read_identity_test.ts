import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { X509Certificate } from "node:crypto";
import test from "node:test";
import { McFetchError, readIdentity } from "../../mod.ts";
import { fixture } from "../support/context.ts";

test("a .p12, a bundle and a function give the leaf, then its issuers, and the key", async () => {
  const bundle = fixture("bundle.pem");
  const forms = [
    { pfx: fixture("openssl-legacy.p12"), passphrase: "changeit" },
    { cert: bundle, key: bundle },
  ];
  for (const credentials of forms) {
    const { cert, key } = await readIdentity(credentials);
    const [leaf = "", ...issuers] = cert.match(/-----BEGIN[^]*?-----END.*\n/g) ?? [];
    assertStringIncludes(new X509Certificate(leaf).subject, "CN=client");
    assert(issuers.length > 0);
    assertEquals(new X509Certificate(leaf).issuer, new X509Certificate(issuers[0]!).subject);
    assertStringIncludes(key, "-----BEGIN PRIVATE KEY-----");
    assertEquals(await readIdentity(() => Promise.resolve(credentials)), { cert, key });
  }
});

test("a fetcher and a wrong passphrase are errors", async () => {
  const fetcher = { fetch: () => Promise.resolve(new Response()) };
  const error = await assertRejects(() => readIdentity({ fetcher }), McFetchError);
  assertEquals((error as McFetchError).code, "no_certificate");
  const pfx = fixture("openssl-legacy.p12");
  const wrong = await assertRejects(() => readIdentity({ pfx, passphrase: "no" }), McFetchError);
  assertEquals((wrong as McFetchError).code, "wrong_passphrase");
});

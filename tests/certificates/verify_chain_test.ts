/**
 * The path length of a CA (RFC 5280, section 4.2.1.9): the number of CAs between it and the leaf.
 *
 * @module
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { generateKeyPairSync, sign } from "node:crypto";
import { BOOLEAN } from "../../lib/asn1/tags.ts";
import { writeElement, writeInteger, writeSequence } from "../../lib/asn1/writer.ts";
import { verifyChain } from "../../lib/certificates/verify_chain.ts";
import { type Certificate, readCertificate } from "../../lib/keys/x509.ts";
import { writeCertificate, writeExtension, writeName } from "../support/certificates.ts";
import { testExceptOn } from "../support/context.ts";

/** Issues a chain, the root first: a CA for each path length, then the leaf. */
function issueChain(...limits: (number | undefined)[]): Certificate[] {
  const names = [...limits.keys(), limits.length].map((i) => writeName(`${i}`));
  const keys = names.map(() => generateKeyPairSync("ec", { namedCurve: "P-256" }));
  return names.map((subject, i) => {
    const issuer = Math.max(0, i - 1);
    const limit = limits[i];
    const constraints = writeSequence(
      writeElement(BOOLEAN, Uint8Array.of(0xff)),
      ...limit === undefined ? [] : [writeInteger(limit)],
    );
    const der = writeCertificate({
      publicKeyInfo: new Uint8Array(keys[i]!.publicKey.export({ type: "spki", format: "der" })),
      subject,
      issuer: names[issuer]!,
      extensions: i < limits.length ? [writeExtension("2.5.29.19", constraints, true)] : [],
      sign: (tbs) => new Uint8Array(sign("sha256", tbs, keys[issuer]!.privateKey)),
    });
    return readCertificate(der, "the certificate");
  });
}

async function verify(...limits: (number | undefined)[]): Promise<string> {
  const [root, ...others] = issueChain(...limits);
  const leaf = others.pop()!;
  return (await verifyChain(leaf, others, [root!], new Date())).problem ?? "";
}

testExceptOn(
  { workerd: "it makes no keys with node:crypto" },
  "a CA has no more CAs below it than it allows",
  async () => {
    assertEquals(await verify(undefined, undefined), "");
    assertEquals(await verify(0), "");
    assertEquals(await verify(1, 0), "");
    assertEquals(await verify(2, 1, 0), "");
    assertStringIncludes(await verify(0, undefined), "CN=0 allows no more than 0 CAs below it");
    assertStringIncludes(await verify(2, 0, 0), "CN=1 allows no more than 0 CAs below it");
  },
);

import { assert, assertEquals, assertRejects } from "@std/assert";
import { contextTag, SET } from "../../../lib/asn1/tags.ts";
import { writeElement } from "../../../lib/asn1/writer.ts";
import { mcFetch, McFetchError } from "../../../mod.ts";
import {
  countConnections,
  sandboxCredentials,
  sandboxFile,
  sandboxFiles,
  server,
  testExceptOn,
} from "../../support/context.ts";
import {
  DATA,
  oid,
  writeContentInfo,
  writeInteger,
  writeSequence,
} from "../../support/p12_writer.ts";

const WORKERD = { workerd: "a binding brings its own trust" };

async function status(origin: string, credentials = sandboxCredentials()): Promise<number> {
  const response = await mcFetch(`${origin}/petstore/pets`, undefined, credentials);
  await response.text();
  return response.status;
}

testExceptOn(WORKERD, "`extraCa` is trusted in addition to what the runtime trusts", async () => {
  assertEquals(await status(server.origin), 200); // from `extraCa`
  assertEquals(await status(server.trustedOrigin), 200); // from NODE_EXTRA_CA_CERTS, DENO_CERT
  const { extraCa: _, ...bare } = sandboxFiles();
  assertEquals(await status(server.trustedOrigin, bare), 200);
});

testExceptOn(WORKERD, "a server of any other authority is not trusted", async () => {
  const { extraCa: _, ...bare } = sandboxFiles();
  const before = await countConnections();
  for (const attempt of [() => status(server.otherOrigin), () => status(server.origin, bare)]) {
    assertEquals((await assertRejects(attempt, McFetchError)).code, "server_untrusted");
  }
  const after = await countConnections();
  assertEquals([after.main.tls, after.other.tls], [before.main.tls, before.other.tls]);
});

testExceptOn(WORKERD, "`extraCa` may be PEM, DER, PKCS#7 or several files", async () => {
  const pem = new TextDecoder().decode(sandboxFile("ca.pem"));
  const der = Uint8Array.from(
    atob(pem.replaceAll(/-----[^-]+-----|\s/g, "")),
    (character) => character.charCodeAt(0),
  );
  const p7b = certificatesOnly(der);
  const armored = `-----BEGIN PKCS7-----\n${
    btoa(String.fromCharCode(...p7b))
  }\n-----END PKCS7-----\n`;
  for (const extraCa of [pem, der, p7b, armored, [der, pem]]) {
    assertEquals(await status(server.origin, { ...sandboxFiles(), extraCa }), 200);
  }
});

/**
 * RFC 5652, section 5.1: SignedData that nobody signed, which is how authorities hand out chains.
 */
function certificatesOnly(certificate: Uint8Array): Uint8Array {
  const algorithms = writeElement(SET);
  const content = writeSequence(oid(DATA));
  const certificates = writeElement(contextTag(0), certificate);
  const signers = writeElement(SET);
  const signedData = writeSequence(writeInteger(1), algorithms, content, certificates, signers);
  return writeContentInfo("1.2.840.113549.1.7.2", signedData);
}

testExceptOn(WORKERD, "with `extraCa`, calls share their connection", async () => {
  const credentials = { ...sandboxFiles(), extraCa: Array(3).fill(sandboxFile("ca.pem")) };
  await status(server.origin, credentials);
  const before = await countConnections();
  for (let call = 0; call < 50; call++) await status(server.origin, credentials);
  const opened = (await countConnections()).main.tcp - before.main.tcp;
  assert(opened <= 1, `${opened} more`); // Deno was seen to open one more, now and then
});

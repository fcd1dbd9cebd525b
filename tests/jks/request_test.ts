/** A request with what Java programs have: a trust store, and a keystore with two identities. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { mcFetch, readPkcs12 } from "../../mod.ts";
import { readPem } from "../../lib/keys/pem.ts";
import {
  fixture,
  runtime,
  sandboxFile,
  sandboxFiles,
  server,
  testExceptOn,
} from "../support/context.ts";
import {
  protectKey,
  writeCertificate,
  writeKeystore,
  writePrivateKey,
  writeTrusted,
} from "../support/jks_writer.ts";

const EXCEPT = runtime === "workerd" ? { workerd: "Workers present bindings, not files" } : {};
const PETS = `${server.origin}/petstore/pets`;

const first = (pem: string) => readPem(pem, "the fixture")[0]!.bytes;

testExceptOn(EXCEPT, "the server accepts an identity of a keystore, and is trusted", async () => {
  const { pfx, passphrase } = sandboxFiles();
  const { identities: [identity] } = await readPkcs12(pfx as Uint8Array, {
    passphrase: passphrase!,
  });
  const other = first(new TextDecoder().decode(fixture("ec.pem")));
  const chain = [identity!.cert!, ...identity!.chain].map((pem) => writeCertificate(first(pem)));
  const keystore = writeKeystore({
    passphrase: "store",
    entries: [
      writePrivateKey("client", protectKey(first(identity!.key), "key"), chain),
      writePrivateKey("other", protectKey(fixture("client.key.der"), "another"), [
        writeCertificate(other),
      ]),
    ],
  });
  const root = first(new TextDecoder().decode(sandboxFile("ca.pem")));
  const extraCa = writeKeystore({ entries: [writeTrusted("root", writeCertificate(root))] });
  const response = await mcFetch(PETS, undefined, {
    pfx: keystore,
    passphrase: "store",
    keyPassphrase: "key",
    alias: "client",
    extraCa,
  });
  assertEquals(response.status, 200, await response.text());
  const subject = response.headers.get("x-client-certificate-subject") ?? "";
  assertStringIncludes(subject, "-Client-MTF-");
});

/**
 * Client certificates with ML-DSA keys (RFC 9881). Node 24 has them from OpenSSL 3.5. The servers
 * of the other tests run on any Node, so this test has a server of its own.
 */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import * as crypto from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import test from "node:test";
import { Reader } from "../../../lib/asn1/reader.ts";
import { writeElement, writeOctets, writeSequence } from "../../../lib/asn1/writer.ts";
import { writePem } from "../../../lib/keys/pem.ts";
import { certificatePem, issue, keyPem } from "../../../lib/sandbox/pki.ts";
import {
  inspectCredentials,
  mcFetch,
  McFetchError,
  readPkcs12,
  writePkcs12,
} from "../../../mod.ts";
import { writeCertificate } from "../../support/certificates.ts";
import { fixture, runtime } from "../../support/context.ts";

/** Makes a key pair; `undefined` if this runtime has no ML-DSA. */
function makeKeys(size: string): crypto.KeyPairKeyObjectResult | undefined {
  try {
    const generate = crypto.generateKeyPairSync as unknown as (
      type: string,
    ) => crypto.KeyPairKeyObjectResult;
    return generate(`ml-dsa-${size}`);
  } catch {
    return undefined;
  }
}

const name = "a client certificate with an ML-DSA key is presented, verified and inspected";
const isThere = runtime === "node" && makeKeys("44") !== undefined;

if (!isThere) {
  const reason = "only Node from 24 has ML-DSA";
  test(`${name} (skipped: ${reason})`, { skip: reason }, () => {});
} else {
  for (const size of [44, 65, 87] as const) {
    test(`${name}: ML-DSA-${size}`, async () => await presents(size));
  }
}

async function presents(size: number): Promise<void> {
  const { publicKey, privateKey } = makeKeys(`${size}`)!;
  const publicKeyInfo = new Uint8Array(publicKey.export({ type: "spki", format: "der" }));
  const info = new Uint8Array(privateKey.export({ type: "pkcs8", format: "der" }));
  const cert = writePem("CERTIFICATE", writeCertificate({ publicKeyInfo }));
  const ca = await issue({ commonName: "the server's CA", use: "ca" });
  const own = await issue({ commonName: "localhost", use: "server" }, ca);
  const options = {
    ...{ cert: certificatePem(own), key: await keyPem(own) },
    ...{ ca: new TextDecoder().decode(fixture("ca.pem")) },
    ...{ requestCert: true, rejectUnauthorized: true },
  };
  const httpsServer = createServer(options, (request, response) => {
    const { authorized } = request.socket as TLSSocket;
    const { subject } = (request.socket as TLSSocket).getPeerCertificate();
    response.end(JSON.stringify([authorized, subject.CN]));
  }).listen(0, "127.0.0.1");
  await once(httpsServer, "listening");
  const url = `https://127.0.0.1:${(httpsServer.address() as AddressInfo).port}/`;
  try {
    for (const [encoding, der] of encode(info)) {
      const key = writePem("PRIVATE KEY", der);
      const extraCa = certificatePem(ca);
      if (encoding === "expandedKey") {
        // WebCrypto needs the seed, so nothing proves that the key is the certificate's.
        const error = await assertRejects(
          () => mcFetch(url, undefined, { cert, key }),
          McFetchError,
        );
        assertEquals(error.code, "unsupported_algorithm");
        assertStringIncludes(error.message, `ML-DSA-${size}`);
        continue;
      }
      const response = await mcFetch(url, undefined, { cert, key, extraCa });
      assertEquals(await response.json(), [true, "client of a test"], encoding);
      const pfx = await writePkcs12({ cert, key, passphrase: "keystorepassword" });
      const { identities } = await readPkcs12(pfx, { passphrase: "keystorepassword" });
      assertEquals(identities[0]?.keyType, `ML-DSA-${size}`);
      const { leaf, problems } = await inspectCredentials({ cert, key });
      assertEquals(leaf.keyType, `ML-DSA-${size}`);
      assertEquals(problems.map(({ code }) => code), ["incomplete_chain"]);
    }
    const other = makeKeys(`${size}`)!.privateKey.export({ type: "pkcs8", format: "der" });
    const error = await assertRejects(
      () => mcFetch(url, undefined, { cert, key: new Uint8Array(other) }),
      McFetchError,
    );
    assertEquals(error.code, "key_mismatch");
    assertStringIncludes(error.message, `ML-DSA-${size}`);
  } finally {
    httpsServer.closeAllConnections();
    httpsServer.close();
  }
}

/**
 * Returns the private key in every encoding that this Node can write. Node 24 writes both parts,
 * and Node 26 the seed.
 *
 *     ML-DSA-PrivateKey ::= CHOICE {
 *         seed         [0] OCTET STRING,
 *         expandedKey  OCTET STRING,
 *         both         SEQUENCE { seed OCTET STRING, expandedKey OCTET STRING }
 *     }
 */
function encode(info: Uint8Array): Map<string, Uint8Array> {
  const fields = new Reader(info, "", "").enterSequence("");
  const [version, algorithm] = [fields.readAny("").raw, fields.readAny("").raw];
  const contents = new Reader(fields.readOctets(""), "", "");
  const wrap = (key: Uint8Array) => writeSequence(version, algorithm, writeOctets(key));
  if (contents.tag === 0x80) return new Map([["seed", info]]);
  const both = contents.enterSequence("");
  const [seed, expanded] = [both.readOctets(""), both.readOctets("")];
  return new Map([
    ["both", info],
    ["seed", wrap(writeElement(0x80, seed))],
    ["expandedKey", wrap(writeOctets(expanded))],
  ]);
}

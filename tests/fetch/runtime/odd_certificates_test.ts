/**
 * Certificates that a runtime's TLS rejects. Deno before 2.9.6 ends the whole process on them, and
 * Bun reports that no connection was opened. The call rejects before a connection, and says why.
 */
import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { createSecureContext } from "node:tls";
import { BOOLEAN, contextTag, OCTET_STRING } from "../../../lib/asn1/tags.ts";
import { writeElement, writeOid, writeSequence } from "../../../lib/asn1/writer.ts";
import { findFault } from "../../../lib/keys/webpki.ts";
import { readPem, writePem } from "../../../lib/keys/pem.ts";
import { mcFetch, McFetchError } from "../../../mod.ts";
import { makeMutant } from "../../../scripts/certificate_mutants.ts";
import {
  type CertificateParts,
  readPublicKeyInfo,
  writeCertificate,
  writeExtension,
  writeKeyUsage,
} from "../../support/certificates.ts";
import { fixture, runtime, sandboxFile, server, testExceptOn } from "../../support/context.ts";

const BINDINGS = { workerd: "certificates are bindings there" };
/** Nothing listens there. */
const NOWHERE = "https://localhost:65535/";

const key = new TextDecoder().decode(fixture("ec.key"));
const publicKeyInfo = readPublicKeyInfo("ec.pem");
const KEY_USAGE = "2.5.29.15";
const BASIC_CONSTRAINTS = "2.5.29.19";
const EXTENDED_KEY_USAGE = "2.5.29.37";

const usage = writeKeyUsage(0x80);
const purposes = writeSequence(writeOid("1.3.6.1.5.5.7.3.2"));
const other = writeSequence(writeOid("1.2.840.10045.4.3.3"));
const extensions = (...list: Uint8Array[]) => writeElement(contextTag(3), writeSequence(...list));
const flag = (byte: number) =>
  writeSequence(
    writeOid(KEY_USAGE),
    writeElement(BOOLEAN, Uint8Array.of(byte)),
    writeElement(OCTET_STRING, Uint8Array.of(3, 2, 7, 0x80)),
  );

/** Certificates, and the words of the demand that they do not meet; "" if they meet all. */
const CASES: Record<string, readonly [Partial<CertificateParts>, string]> = {
  "nothing odd": [{ extensions: [usage] }, ""],
  "no extensions": [{}, ""],
  "another signature algorithm outside": [{ outer: other }, "signature algorithms must be equal"],
  "version 1": [{ version: new Uint8Array(0) }, "version must be 3"],
  "version 2": [{ version: Uint8Array.of(2, 1, 1) }, "version must be 3"],
  "version 4": [{ version: Uint8Array.of(2, 1, 3) }, "version must be 3"],
  "a padded version": [{ version: Uint8Array.of(2, 2, 0, 2) }, "version must be 3"],
  "an issuerUniqueID": [
    { rest: [writeElement(0x81, Uint8Array.of(0, 1)), extensions(usage)] },
    "no unique identifiers",
  ],
  "an unknown critical extension": [
    { extensions: [writeExtension("1.2.3.4", Uint8Array.of(5, 0), true)] },
    "no critical extension",
  ],
  "critical certificatePolicies": [
    {
      extensions: [
        writeExtension("2.5.29.32", writeSequence(writeSequence(writeOid("1.2.3"))), true),
      ],
    },
    "no critical extension",
  ],
  "an extension twice": [{ extensions: [usage, usage] }, "no extension may occur twice"],
  "basicConstraints that are no SEQUENCE": [
    { extensions: [writeExtension(BASIC_CONSTRAINTS, Uint8Array.of(5, 0))] },
    "values of its extensions",
  ],
  "bytes behind an extension's value": [
    {
      extensions: [
        writeExtension(EXTENDED_KEY_USAGE, new Uint8Array([...purposes, 5, 0])),
      ],
    },
    "values of its extensions",
  ],
  "a critical flag of 1": [{ extensions: [flag(1)] }, "TRUE or FALSE"],
  "bytes behind the extensions": [
    { rest: [writeElement(contextTag(3), writeSequence(usage), Uint8Array.of(5, 0))] },
    "DER",
  ],
  "70,000 bytes": [
    { extensions: [writeExtension("1.2.3.4", new Uint8Array(70_000))] },
    "less than 65,535 bytes",
  ],
  "65,600 bytes": [
    { extensions: [writeExtension("1.2.3.4", new Uint8Array(65_230))] },
    "less than 65,535 bytes",
  ],
  // The rest is odd, and Deno presents it.
  "65,000 bytes": [{ extensions: [writeExtension("1.2.3.4", new Uint8Array(64_700))] }, ""],
  "a critical flag of FALSE": [{ extensions: [flag(0)] }, ""],
  "an empty list of extensions": [{ rest: [extensions()] }, ""],
  "an unknown extension twice": [
    {
      extensions: [1, 2].map(() => writeExtension("1.2.3.4", Uint8Array.of(5, 0))),
    },
    "",
  ],
  "a serial number of 40 octets": [{ serial: writeElement(2, new Uint8Array(40).fill(0x11)) }, ""],
  "a negative serial number": [{ serial: Uint8Array.of(2, 1, 0x80) }, ""],
  "a keyUsage without contents": [
    { extensions: [writeExtension(KEY_USAGE, new Uint8Array(0))] },
    "",
  ],
  "a damaged subjectKeyIdentifier": [
    { extensions: [writeExtension("2.5.29.14", Uint8Array.of(5, 0))] },
    "",
  ],
};

/** Asserts that a call answers as the runtime's TLS does, before a connection if it rejects. */
async function answers(
  cert: string,
  key: string,
  url: string = NOWHERE,
): Promise<McFetchError> {
  const error = await mcFetch(url, undefined, { cert, key }).then(() => undefined, (it) => it);
  assertInstanceOf(error, McFetchError);
  // Node says ECONNREFUSED, Bun ConnectionRefused, Deno "Connection refused".
  if (error.code === "connection_failed") {
    assert(!/FailedToOpenSocket/.test(`${(error.cause as { code?: string }).code}`), error.message);
  } else {
    assert(
      /^(unsupported_algorithm|malformed_credentials|key_mismatch)$/.test(error.code),
      error.message,
    );
  }
  return error;
}

/** True if the TLS of Node or Bun reads the files. */
function isReadable(files: { cert: string; key: string }): boolean {
  try {
    createSecureContext(files);
    return true;
  } catch {
    return false;
  }
}

for (const [what, [parts, words]] of Object.entries(CASES)) {
  testExceptOn(BINDINGS, `a certificate with ${what} is presented or named`, async () => {
    const der = writeCertificate({ publicKeyInfo, ...parts });
    const cert = writePem("CERTIFICATE", der);
    assertStringIncludes(findFault(der) ?? "", words);
    assertEquals(findFault(der) === undefined, words === "");
    const error = await answers(cert, key);
    if (runtime === "deno") {
      assertEquals(error.code, words === "" ? "connection_failed" : "unsupported_algorithm");
      assertStringIncludes(error.message, words);
    } else {
      const code = isReadable({ cert, key }) ? "connection_failed" : "unsupported_algorithm";
      assertEquals(error.code, code, error.message);
    }
  });
}

testExceptOn(BINDINGS, "damaged certificates end no process, and each is answered", async () => {
  const codes = new Map<string, number>();
  // A few here; `npm run fuzz:tls` tries as many as one wants.
  for (let number = 5_000_000; number < 5_000_120; number++) {
    const { cert, key } = makeMutant(number);
    const { code } = await answers(cert, key);
    codes.set(code, (codes.get(code) ?? 0) + 1);
  }
  for (const code of ["connection_failed", "unsupported_algorithm", "malformed_credentials"]) {
    assert((codes.get(code) ?? 0) > 1, `${code}: ${codes.get(code)}`);
  }
});

testExceptOn(BINDINGS, "a CA that the runtime's TLS cannot read is named", async () => {
  const der = readPem(new TextDecoder().decode(sandboxFile("ca.pem")), "the CA")[0]!.bytes;
  let refused = 0;
  for (let place = 0; place < der.length; place += 5) {
    const damaged = der.slice();
    damaged[place]! ^= 0x1f;
    const credentials = { cert: fixture("ec.pem"), key, extraCa: writePem("CERTIFICATE", damaged) };
    const error = await mcFetch(`${server.origin}/`, undefined, credentials)
      .then(() => undefined, (it) => it);
    if (error === undefined) continue; // nobody reads that field
    assertInstanceOf(error, McFetchError);
    if (/^Cannot use `extraCa`: the TLS of/.test(error.message)) refused++;
    const text = `${error.message} ${String(error.cause)}`;
    assert(!/FailedToOpenSocket|does not support it or its key/.test(text), text);
  }
  assert(refused > 0, `${refused}`);
});

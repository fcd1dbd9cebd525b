/**
 * Why a server's certificate is not trusted: the whole message of each reason, for certificates
 * that are made here.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import test from "node:test";
import { writeElement, writeInteger, writeOid, writeSequence } from "../../lib/asn1/writer.ts";
import { NULL } from "../../lib/asn1/tags.ts";
import { explainDistrust } from "../../lib/fetch/server_trust.ts";
import { writePem } from "../../lib/keys/pem.ts";
import {
  type CertificateParts,
  DAY,
  readPublicKeyInfo,
  writeCertificate,
  writeExtension,
  writeKeyUsage,
  writeName,
} from "../support/certificates.ts";

const publicKeyInfo = readPublicKeyInfo("client.pem");
const subject = writeName("localhost");
const issuer = writeName("Private CA");
const algorithm = (oid: string) => writeSequence(writeOid(oid), writeElement(NULL));

/** A certificate of the private CA for a server. */
function certificate(parts: Partial<CertificateParts> = {}): Uint8Array {
  return writeCertificate({ publicKeyInfo, subject, issuer, ...parts });
}

/** subjectAltName with DNS names and an IP address. */
function names(dns: readonly string[], address?: Uint8Array): Uint8Array {
  const encode = (name: string) => writeElement(0x82, new TextEncoder().encode(name));
  const ip = address === undefined ? [] : [writeElement(0x87, address)];
  return writeExtension("2.5.29.17", writeSequence(...dns.map(encode), ...ip));
}

const purpose = (oid: string) => writeExtension("2.5.29.37", writeSequence(writeOid(oid)));

interface Given {
  readonly texts: readonly string[];
  readonly chain?: readonly Uint8Array[];
  readonly extraCa?: readonly Uint8Array[];
  readonly runtime?: string;
  readonly host?: string;
}

function explain({ texts, chain = [], extraCa = [], runtime = "Node", host = "localhost" }: Given) {
  const pems = extraCa.map((der) => writePem("CERTIFICATE", der));
  return explainDistrust(texts, chain, pems, { runtime, host });
}

/** Replaces the times, which are those of the test. */
const withoutTimes = (text: string | undefined) =>
  text?.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d UTC/g, "TIME");

const NAME = "; call the server by the name that its certificate has, or ask its operator to add " +
  "this one";
const PURPOSE = "; ask the server's operator for one with the extended key usage serverAuth and " +
  "the key usage digitalSignature";
const CLOCK = ", and this machine's clock says TIME; ";
const ca = certificate({ subject: issuer });
const intermediate = certificate({ subject: writeName("Intermediate"), issuer });
const SHA1_RSA = algorithm("1.2.840.113549.1.1.5");

/** Made in each test: Workers have no clock before. */
const makeCases = (): readonly (readonly [string, Given, string | undefined])[] => [
  [
    "the name, without a chain",
    { texts: ["ERR_TLS_CERT_ALTNAME_INVALID x"] },
    `another name${NAME}`,
  ],
  [
    "the name, with other names",
    {
      texts: ["HOSTNAME_MISMATCH"],
      chain: [certificate({ extensions: [names(["a.example", "b"])] })],
    },
    `another name: DNS:a.example, DNS:b${NAME}`,
  ],
  [
    "the name, with no names",
    { texts: ["x not valid for name"], chain: [certificate()] },
    `another name: it names no host (subjectAltName)${NAME}`,
  ],
  [
    "an IPv6 address that the runtime does not recognize",
    {
      texts: ["ERR_TLS_CERT_ALTNAME_INVALID"],
      chain: [certificate({ extensions: [names([], Uint8Array.of(...new Uint8Array(15), 1))] })],
      host: "[::1]",
    },
    "is for this address, but this version of Node does not recognize IPv6 addresses in " +
    "certificates; call the server by a name, or update the runtime",
  ],
  [
    "not yet valid",
    {
      texts: ["CERT_NOT_YET_VALID"],
      chain: [certificate({ from: new Date(Date.now() + 2 * DAY) })],
    },
    `is not valid before TIME${CLOCK}set the clock if it is wrong, or ask the server's operator`,
  ],
  [
    "not yet valid, without a chain",
    { texts: ["certificate not valid yet"] },
    `is not valid yet${CLOCK}set the clock if it is wrong, or ask the server's operator`,
  ],
  [
    "expired",
    { texts: ["CERT_HAS_EXPIRED"], chain: [certificate({ to: new Date(Date.now() - 1000) })] },
    `has expired on TIME${CLOCK}ask the server's operator to renew it, or set the clock if it is wrong`,
  ],
  [
    "an expired CA",
    {
      texts: ["certificate expired: verification time"],
      chain: [certificate(), certificate({ subject: issuer, to: new Date(Date.now() - 1000) })],
    },
    "the CA certificate CN=Private CA of its chain has expired on TIME" +
    `${CLOCK}ask the server's operator to renew it, or set the clock if it is wrong`,
  ],
  [
    "expired, without a chain",
    { texts: ["CERT_HAS_EXPIRED"] },
    `has expired${CLOCK}ask the server's operator to renew it, or set the clock if it is wrong`,
  ],
  [
    "the purpose",
    {
      texts: ["INVALID_PURPOSE"],
      chain: [certificate({ extensions: [purpose("1.3.6.1.5.5.7.3.2"), writeKeyUsage(0x80)] })],
    },
    "is not meant for a server (extended key usage: clientAuth; key usage: digitalSignature)" +
    PURPOSE,
  ],
  [
    "the purpose, without a chain",
    { texts: ["KEY_USAGE_BIT_INCORRECT"] },
    `for a server${PURPOSE}`,
  ],
  [
    "version 1",
    {
      texts: ["UnsupportedCertVersion"],
      chain: [certificate({ version: new Uint8Array(0) })],
      runtime: "Deno",
    },
    "has version 1, and Deno supports version 3 only; ask the server's operator for a new one " +
    "(X.509 version 3, with the host as subjectAltName)",
  ],
  [
    "version 2",
    {
      texts: ["UnsupportedCertVersion"],
      chain: [certificate({ version: writeInteger(1) })],
      runtime: "Deno",
    },
    "has version 2, and Deno supports version 3 only",
  ],
  [
    "a version that is not known",
    { texts: ["UnsupportedCertVersion"], runtime: "Deno" },
    "has a version before 3, and Deno supports version 3 only",
  ],
  [
    "a CA as the server",
    { texts: ["CaUsedAsEndEntity"], chain: [certificate()], runtime: "Deno" },
    "the server presents the certificate of a CA (basicConstraints CA:TRUE) as its own, which Deno " +
    "does not accept, also not as `extraCa`; make one with CA:FALSE for the server",
  ],
  [
    "a self-signed CA as the server",
    { texts: ["CaUsedAsEndEntity"], chain: [certificate({ issuer: subject })], runtime: "Deno" },
    "make one with CA:FALSE (openssl req -x509 -addext basicConstraints=critical,CA:FALSE), and " +
    "pass that as `extraCa`",
  ],
  [
    "a short key",
    {
      texts: ["ee key too small"],
      chain: [certificate({ publicKeyInfo: readPublicKeyInfo("weak.pem") })],
    },
    "the server's certificate has a key (RSA 1024) that is too short for Node; ask the server's " +
    "operator for one with RSA 2048 or EC P-256",
  ],
  [
    "a short key of a CA, which Deno reports as a bad signature",
    {
      texts: ["invalid peer certificate: BadSignature"],
      chain: [
        certificate(),
        certificate({ subject: issuer, publicKeyInfo: readPublicKeyInfo("weak.pem") }),
      ],
      runtime: "Deno",
    },
    "the CA certificate CN=Private CA of its chain has a key (RSA 1024) that is too short for Deno",
  ],
  [
    "a short key, without a chain",
    { texts: ["EE_KEY_TOO_SMALL"] },
    "certificate has a key that is too short",
  ],
  [
    "a weak signature",
    {
      texts: ["CA signature digest algorithm too weak"],
      chain: [certificate({ inner: SHA1_RSA })],
    },
    "the server's certificate is signed with an algorithm (SHA-1 with RSA) that Node does not " +
    "accept; ask the server's operator for one that is signed with SHA-256",
  ],
  [
    "a weak signature of an intermediate CA",
    {
      texts: ["ca md too weak"],
      chain: [certificate(), certificate({ subject: writeName("Intermediate"), inner: SHA1_RSA })],
    },
    "the CA certificate CN=Intermediate of its chain is signed with an algorithm (SHA-1 with RSA)",
  ],
  [
    "a weak signature, without a chain",
    { texts: ["UnsupportedSignatureAlgorithmContext"] },
    "the server's certificate is signed with an algorithm that Node does not accept",
  ],
  [
    "another CA of the same name",
    { texts: ["CERT_SIGNATURE_FAILURE"], chain: [certificate()], extraCa: [ca] },
    "is not signed by the trusted CA of that name; perhaps the CA has a new key: pass its current " +
    "certificate as `extraCa`",
  ],
  [
    "an intermediate CA without its root",
    {
      texts: ["UNABLE_TO_GET_ISSUER_CERT x"],
      chain: [certificate({ issuer: writeName("Intermediate") })],
      extraCa: [intermediate],
    },
    "`extraCa` has the intermediate CA CN=Intermediate, but not the root that issued it, " +
    "CN=Private CA; Node needs the root: pass it as `extraCa` too",
  ],
  [
    "self-signed",
    { texts: ["DEPTH_ZERO_SELF_SIGNED_CERT"], chain: [certificate({ issuer: subject })] },
    "is self-signed (CN=localhost); if you know that it is the server's, pass it as `extraCa`",
  ],
  [
    "self-signed, without a chain",
    { texts: ["DEPTH_ZERO_SELF_SIGNED_CERT"] },
    "is self-signed; if you know that it is the server's, pass it as `extraCa`",
  ],
  [
    "an unknown issuer, and its chain",
    { texts: ["SELF_SIGNED_CERT_IN_CHAIN"], chain: [certificate(), ca] },
    "no trusted CA issued the server's certificate: its issuer CN=Private CA is not known " +
    "here; if CN=Private CA is a private CA, pass its certificate as `extraCa`",
  ],
  [
    "an unknown issuer, and the leaf only",
    { texts: ["UNABLE_TO_VERIFY_LEAF_SIGNATURE"], chain: [certificate()] },
    "pass its certificate as `extraCa`. If that is an intermediate CA, the server should send its " +
    "certificate: ask its operator",
  ],
  [
    "an unknown issuer, and another CA",
    { texts: ["UnknownIssuer"], chain: [certificate()], extraCa: [intermediate] },
    "its issuer CN=Private CA is not known here, and `extraCa` has another one (CN=Intermediate); " +
    "if CN=Private CA is a private CA",
  ],
  [
    "an unknown issuer, without a chain",
    { texts: ["CERT_UNTRUSTED"] },
    "is not trusted; if a private CA issued it, pass that CA's certificate as `extraCa`",
  ],
  ["no known reason", { texts: ["PATH_LENGTH_EXCEEDED"], chain: [certificate()] }, undefined],
];

for (const [index, [name]] of makeCases().entries()) {
  test(`a server that is not trusted: ${name}`, async () => {
    const [, given, expected] = makeCases()[index]!;
    const words = withoutTimes(await explain(given));
    if (expected === undefined) return assertEquals(words, undefined);
    const at = words?.indexOf(expected) ?? -1;
    assertEquals(at === -1 ? words : words?.slice(at, at + expected.length), expected);
  });
}

test("each message begins with whose certificate it is", async () => {
  for (const [name, given, expected] of makeCases()) {
    if (expected === undefined) continue;
    const words = await explain(given);
    const begin =
      /^(the server('s certificate| presents)|the CA certificate |`extraCa` has |no trusted CA)/;
    assertEquals(begin.test(words ?? ""), true, name);
  }
});

test("a wrong signature of a certificate with a long key is not laid to the key", async () => {
  const given = { texts: ["BadSignature"], chain: [certificate()], runtime: "Deno" };
  assertEquals(
    await explain(given),
    "the server's certificate is not signed by the trusted CA of that name; perhaps the CA has a " +
      "new key: pass its current certificate as `extraCa`",
  );
});

test("the root is missing if no CA that was passed issued the intermediate one", async () => {
  const ca = (subject: string, issuer: string) =>
    writeCertificate({
      publicKeyInfo,
      subject: writeName(subject),
      issuer: writeName(issuer),
      extensions: [writeKeyUsage(4)],
    });
  const texts = ["UNABLE_TO_GET_ISSUER_CERT"];
  const [issuing, root, foreign] = [
    ...[ca("Private CA", "Root"), ca("Root", "Root"), ca("Other", "Other")] as const,
  ];
  const chain = [certificate()];
  assertEquals(
    await explain({ texts, chain, extraCa: [issuing, foreign] }),
    "`extraCa` has the intermediate CA CN=Private CA, but not the root that issued it, CN=Root; " +
      "Node needs the root: pass it as `extraCa` too",
  );
  const whole = await explain({ texts, chain, extraCa: [issuing, root, foreign] });
  assertEquals(whole?.includes("not the root"), false);
});

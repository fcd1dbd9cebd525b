/** Which client certificates are sent, by the signatures that a server accepts. */
import { assertEquals } from "@std/assert";
import test from "node:test";
import { openFiles } from "../../lib/fetch/settings.ts";
import { readCredentials } from "../../lib/identity/credentials.ts";
import {
  describeHandshake,
  describeRequest,
  isCertificateSent,
} from "../../lib/fetch/handshake.ts";
import type { KeyKind } from "../../lib/keys/algorithms.ts";
import { readPem } from "../../lib/keys/pem.ts";
import { readCertificate } from "../../lib/keys/x509.ts";
import { fixture, sandboxCredentials, server, testExceptOn } from "../support/context.ts";

const rsa = (scheme: string): KeyKind => ({
  ...{ family: "RSA", scheme, bits: 2048, primes: 2, publicExponent: 65537n } as const,
});
const ec = (curve: string | undefined) => ({ family: "EC", curve }) as KeyKind;
const other = (name: string) => ({ family: "other", name }) as KeyKind;

/** The signature schemes that each key can have: in TLS 1.3, and in TLS 1.2 besides (RFC 8446). */
const KEYS: readonly (readonly [string, KeyKind, readonly number[], readonly number[]])[] = [
  ["RSA", rsa("RSA"), [0x0804, 0x0805, 0x0806], [0x0401, 0x0501, 0x0601, 0x0201]],
  ["RSA-PSS", rsa("RSA-PSS"), [0x0809, 0x080a, 0x080b], []],
  ["P-256", ec("P-256"), [0x0403], [0x0503, 0x0603, 0x0203]],
  ["P-384", ec("P-384"), [0x0503], [0x0403, 0x0603, 0x0203]],
  ["P-521", ec("P-521"), [0x0603], [0x0403, 0x0503, 0x0203]],
  ["an unknown curve", ec(undefined), [], [0x0403, 0x0503, 0x0603, 0x0203]],
  ["Ed25519", other("Ed25519"), [0x0807], []],
  ["Ed448", other("Ed448"), [0x0808], []],
  ["DSA", { family: "DSA", bits: 2048 } as KeyKind, [], []],
];

const ALL = [
  ...[0x0201, 0x0203, 0x0401, 0x0403, 0x0501, 0x0503, 0x0601, 0x0603],
  ...[0x0804, 0x0805, 0x0806, 0x0807, 0x0808, 0x0809, 0x080a, 0x080b],
];

test("a certificate is sent if the server accepts one signature of its key", () => {
  const sent = (key: KeyKind, version: string) =>
    ALL.filter((scheme) =>
      isCertificateSent({ version, request: { authorities: [], signatures: [scheme] } }, key)
    );
  const sorted = (schemes: readonly number[]) => schemes.toSorted((a, b) => a - b);
  for (const [name, key, in13, in12] of KEYS) {
    assertEquals(sent(key, "TLS 1.3"), sorted(in13), `${name} in TLS 1.3`);
    assertEquals(sent(key, "TLS 1.2"), sorted([...in13, ...in12]), `${name} in TLS 1.2`);
    // Earlier versions name no signatures.
    const request = { authorities: [], signatures: [] };
    assertEquals(isCertificateSent({ version: "TLS 1.1", request }, key), true);
    assertEquals(isCertificateSent({ version: "TLS 1.2", request }, key), false);
    assertEquals(isCertificateSent({ version: "TLS 1.3", request: null }, key), false);
    assertEquals(isCertificateSent({ version: "TLS 1.3" }, key), undefined);
  }
});

test("what a server asks for is described by names", () => {
  const cert = new TextDecoder().decode(fixture("client.pem"));
  const [leaf, ...issuers] = readPem(cert, "x").map(({ bytes }) => readCertificate(bytes, "x"));
  const foreign = Uint8Array.from(leaf!.subject);
  const describe = (authorities: Uint8Array[], signatures: number[] = []) =>
    describeRequest({ authorities, signatures }, cert);
  assertEquals(describe([]), { authorities: [], signatures: [], namesOthers: false });
  assertEquals(describe([leaf!.issuer]).namesOthers, false);
  assertEquals(describe([foreign, leaf!.issuer]).namesOthers, false);
  assertEquals(describe([foreign]), {
    authorities: ["CN=client, O=mc-mtls"],
    signatures: [],
    namesOthers: true,
  });
  for (const issuer of issuers) assertEquals(describe([issuer.issuer]).namesOthers, false);
  assertEquals(describe([Uint8Array.of(1, 2, 3)]).authorities, ["(a name that cannot be read)"]);
  assertEquals(describe([], [0x0804, 0x0403]).signatures, [
    ...["rsa_pss_rsae_sha256", "ecdsa_secp256r1_sha256"],
  ]);
});

testExceptOn({ workerd: "it opens no connections" }, "a handshake is described", async () => {
  const settings = await openFiles(readCredentials(sandboxCredentials()).files!);
  const found = await describeHandshake(new URL(server.origin), settings);
  assertEquals([found.version, found.isSent], ["TLS 1.3", true]);
  assertEquals(found.cipher?.startsWith("TLS_"), true);
  assertEquals(found.chain.length > 0, true);
  assertEquals(found.request?.namesOthers, false);
  const silent = await describeHandshake(new URL(server.plainOrigin), settings);
  assertEquals(silent, { chain: [] });
});

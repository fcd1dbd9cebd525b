/** Certificates with the same name as issuer and subject: which of them signed themselves. */
import { assertEquals } from "@std/assert";
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { writeElement, writeOid, writeSequence } from "../../lib/asn1/writer.ts";
import { NULL } from "../../lib/asn1/tags.ts";
import { isSelfSigned } from "../../lib/identity/self_signed.ts";
import { readCertificate } from "../../lib/keys/x509.ts";
import {
  type CertificateParts,
  writeCertificate,
  writeExtension,
  writeName,
} from "../support/certificates.ts";
import { testExceptOn } from "../support/context.ts";
import { writeOctets } from "../support/p12_writer.ts";

/** `[0] IMPLICIT KeyIdentifier` of an AuthorityKeyIdentifier (RFC 5280, section 4.2.1.1). */
const KEY_IDENTIFIER = 0x80;

const NO_KEYS = { workerd: "its node:crypto makes no keys" };
const NO_P521 = { deno: "its WebCrypto has no P-521" };

interface Pair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const makeRsa = (): Pair => generateKeyPairSync("rsa", { modulusLength: 2048 });
const makeEc = (namedCurve: string): Pair => generateKeyPairSync("ec", { namedCurve });

/** Signature algorithms: the identifier, the hash, and a key. */
const ALGORITHMS: Record<string, readonly [string, string | null, () => Pair]> = {
  "RSA with SHA-1": ["1.2.840.113549.1.1.5", "sha1", makeRsa],
  "RSA with SHA-256": ["1.2.840.113549.1.1.11", "sha256", makeRsa],
  "RSA with SHA-384": ["1.2.840.113549.1.1.12", "sha384", makeRsa],
  "RSA with SHA-512": ["1.2.840.113549.1.1.13", "sha512", makeRsa],
  "P-256 with SHA-256": ["1.2.840.10045.4.3.2", "sha256", () => makeEc("P-256")],
  "P-384 with SHA-384": ["1.2.840.10045.4.3.3", "sha384", () => makeEc("P-384")],
  "P-384 with SHA-256": ["1.2.840.10045.4.3.2", "sha256", () => makeEc("P-384")],
  "P-521 with SHA-512": ["1.2.840.10045.4.3.4", "sha512", () => makeEc("P-521")],
  "Ed25519": ["1.3.101.112", null, () => generateKeyPairSync("ed25519")],
};

const name = writeName("the same name");

/** Writes a certificate of the first key, signed with the second one. */
function write(
  { publicKey }: Pair,
  { privateKey }: Pair,
  [oid, hash]: readonly [string, string | null, unknown],
  parts: Partial<CertificateParts> = {},
) {
  const isRsa = oid.startsWith("1.2.840.113549.");
  const der = writeCertificate({
    publicKeyInfo: new Uint8Array(publicKey.export({ type: "spki", format: "der" })),
    inner: writeSequence(writeOid(oid), ...isRsa ? [writeElement(NULL)] : []),
    subject: name,
    issuer: name,
    sign: (tbs) => new Uint8Array(sign(hash, tbs, privateKey)),
    ...parts,
  });
  return readCertificate(der, "the certificate");
}

for (const [algorithm, row] of Object.entries(ALGORITHMS)) {
  const except = algorithm.startsWith("P-521") ? { ...NO_KEYS, ...NO_P521 } : NO_KEYS;
  testExceptOn(except, `only the own key's signature counts: ${algorithm}`, async () => {
    const [own, other] = [row[2](), row[2]()];
    const identifiers = (authority: number) => [
      writeExtension("2.5.29.14", writeOctets(Uint8Array.of(1))),
      writeExtension(
        "2.5.29.35",
        writeSequence(writeElement(KEY_IDENTIFIER, Uint8Array.of(authority))),
      ),
    ];
    // The signature counts, whatever the key identifiers say.
    assertEquals(await isSelfSigned(write(own, own, row, { extensions: identifiers(2) })), true);
    assertEquals(await isSelfSigned(write(own, other, row, { extensions: identifiers(1) })), false);
    const issuer = writeName("another name");
    assertEquals(await isSelfSigned(write(own, own, row, { issuer })), false);
  });
}

testExceptOn(NO_KEYS, "a key of another kind than the signature's is not the signer", async () => {
  const [rsa, ec] = [makeRsa(), makeEc("P-256")];
  assertEquals(await isSelfSigned(write(rsa, ec, ALGORITHMS["P-256 with SHA-256"]!)), false);
  assertEquals(await isSelfSigned(write(ec, rsa, ALGORITHMS["RSA with SHA-256"]!)), false);
});

testExceptOn(
  NO_KEYS,
  "without a known signature the key identifiers decide, then the names",
  async () => {
    const rsa = makeRsa();
    const unknown = ["1.2.3.4", "sha256", undefined] as const;
    const key = writeExtension("2.5.29.14", writeOctets(Uint8Array.of(1, 2)));
    const authority = (...id: number[]) =>
      writeExtension(
        "2.5.29.35",
        writeSequence(writeElement(KEY_IDENTIFIER, Uint8Array.from(id))),
      );
    const check = async (...extensions: Uint8Array[]) =>
      await isSelfSigned(write(rsa, rsa, unknown, { extensions }));
    assertEquals(await check(key, authority(1, 2)), true);
    assertEquals(await check(key, authority(1, 3)), false);
    assertEquals(await check(key), true);
    assertEquals(await check(authority(1, 3)), true);
    assertEquals(await check(), true);
  },
);

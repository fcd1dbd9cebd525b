/** Tests the spellings of PEM labels, and the kinds of file behind them. */
import { assertEquals } from "@std/assert";
import test from "node:test";
import { findLabelKind, type Kind } from "../../lib/identity/foreign.ts";
import { findLabel } from "../../lib/identity/labels.ts";

/** The labels of files that are not used, as their programs write them. */
const FOREIGN: Record<string, Kind> = {
  "PUBLIC KEY": "public key",
  "RSA PUBLIC KEY": "public key",
  "EC PUBLIC KEY": "public key",
  "DSA PUBLIC KEY": "public key",
  "CERTIFICATE REQUEST": "certificate request",
  "NEW CERTIFICATE REQUEST": "certificate request",
  "X509 CRL": "revocation list",
  "ATTRIBUTE CERTIFICATE": "attribute certificate",
  "DSA PARAMETERS": "DSA parameters",
  "EC PARAMETERS": "EC parameters",
  "DH PARAMETERS": "DH parameters",
  "X9.42 DH PARAMETERS": "DH parameters",
  "OpenVPN Static key V1": "OpenVPN static key",
  "OPENSSH PRIVATE KEY": "OpenSSH private key",
  "SSH2 PUBLIC KEY": "SSH2 public key",
  "SSH2 ENCRYPTED PRIVATE KEY": "SSH2 private key",
  "PGP PRIVATE KEY BLOCK": "PGP key",
  "PGP PUBLIC KEY BLOCK": "PGP key",
  "PGP MESSAGE": "PGP key",
  "AGE ENCRYPTED FILE": "encrypted file",
};

/** The labels of files that are used. */
const OWN = [
  "CERTIFICATE",
  "X509 CERTIFICATE",
  "TRUSTED CERTIFICATE",
  "PKCS7",
  "CMS",
  "PKCS12",
  "PRIVATE KEY",
  "ENCRYPTED PRIVATE KEY",
  "RSA PRIVATE KEY",
  "EC PRIVATE KEY",
  "DSA PRIVATE KEY",
  "ANY PRIVATE KEY",
];

test("each label is found in other spellings, and no other text is one", () => {
  for (const label of [...OWN, ...Object.keys(FOREIGN)]) {
    const usual = label.toUpperCase();
    assertEquals(findLabel(label), usual);
    assertEquals(findLabel(label.toLowerCase()), usual);
    assertEquals(findLabel(label.replaceAll(" ", "")), usual);
    assertEquals(findLabel(label.replaceAll(" ", "_")), usual);
    assertEquals(findLabel(` ${label.replaceAll(" ", "\u00a0- ")}: `), usual);
    assertEquals(findLabel(`${label}X`), undefined);
  }
  assertEquals([findLabel(""), findLabel("KEY"), findLabel("PKCS 7")], [
    ...[undefined, undefined, "PKCS7"],
  ]);
});

test("each label of another kind of file has its kind, in any case", () => {
  for (const [label, kind] of Object.entries(FOREIGN)) {
    for (const text of [label, label.toLowerCase(), label.toUpperCase()]) {
      assertEquals(findLabelKind(text), kind);
    }
  }
  for (const label of [...OWN, "", "SOMETHING"]) assertEquals(findLabelKind(label), undefined);
});

/** The spellings of PEM labels, and the kinds of file behind them. */
import { assertEquals } from "@std/assert";
import test from "node:test";
import { addArticle, detectKind, findLabelKind, type Kind } from "../../lib/identity/foreign.ts";
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
    assertEquals([findLabelKind(label), findLabelKind(label.toLowerCase())], [kind, kind]);
  }
  for (const label of [...OWN, "", "SOMETHING"]) assertEquals(findLabelKind(label), undefined);
});

/** Texts, and the kind of each. */
const TEXTS: readonly (readonly [string, Kind])[] = [
  ["-----BEGIN X-----", "PEM text"],
  ["x\n-----BEGIN X-----", "PEM text"],
  ["-----BEGIN", "text"],
  ["<RSAKeyValue><Modulus>AQAB</Modulus><D>AQ==</D></RSAKeyValue>", "XML private key"],
  ["  <RSAKeyValue><D>", "XML private key"],
  ['<?xml version="1.0"?>\n<RSAKeyValue>\n<D>', "XML private key"],
  ["<RSAKeyValue><Modulus>AQAB</Modulus></RSAKeyValue>", "XML public key"],
  [' <?xml version="1.0"?> <RSAKeyValue>', "XML public key"],
  ["x<RSAKeyValue>", "text"],
  ["<!DOCTYPE html>", "HTML page"],
  [" \n<html>", "HTML page"],
  ["<HEAD>", "HTML page"],
  ["<body>", "HTML page"],
  ['<?xml version="1.0"?><a>', "HTML page"],
  ["x <html>", "text"],
  ["ssh-rsa AAAA", "OpenSSH public key"],
  ["ssh-ed25519 AAAA", "OpenSSH public key"],
  ["ecdsa-sha2-nistp256 AAAA", "OpenSSH public key"],
  ["sk-ssh-ed25519@openssh.com AAAA", "OpenSSH public key"],
  [" ssh-rsa", "OpenSSH public key"],
  ["PuTTY-User-Key-File-3: ssh-rsa", "PuTTY private key"],
  ["x PuTTY-User-Key-File-3", "text"],
  ["$ANSIBLE_VAULT;1.1;AES256", "encrypted file"],
  ["age-encryption.org/v1", "encrypted file"],
  ["\nENC[AES256_GCM,data:x]", "encrypted file"],
  ["x ENC[", "text"],
  ["undefined", "placeholder"],
  [" null\n", "placeholder"],
  ["None", "placeholder"],
  ["NaN", "placeholder"],
  ["[object Promise]", "placeholder"],
  ["[object ArrayBuffer] ", "placeholder"],
  ["$CERT", "placeholder"],
  ["${CERT_FILE}", "placeholder"],
  ["%CERT%", "placeholder"],
  ["undefined.", "text"],
  ["is null", "text"],
  ["48,130,5,1", "list of numbers"],
  ["[48, 130, 5, 1]", "list of numbers"],
  ['{"type":"Buffer","data":[48,130,5,1]}', "list of numbers"],
  ["48,130,5", "text"],
  ["x 48,130,5,1", "text"],
  ['{"kty":"RSA"}', "JSON Web Key"],
  [' {"n":"x",\n"kty":"EC"}', "JSON Web Key"],
  ['{"cert":""}', "JSON text"],
  [" []", "JSON text"],
  ["x {}", "text"],
  ["/etc/ssl/client", "path"],
  ["./client", "path"],
  ["../client\n", "path"],
  ["~/client", "path"],
  ["@/client", "path"],
  ["C:\\client", "path"],
  ["c:/client", "path"],
  ["\\\\host\\client", "path"],
  ["file:client", "path"],
  ["https://a.example/client", "path"],
  ["client.pem", "path"],
  ["my client.P12 ", "path"],
  ["client.pfx", "path"],
  ["client.crt", "path"],
  ["client.cer", "path"],
  ["client.cert", "path"],
  ["client.key", "path"],
  ["client.der", "path"],
  ["client.jks", "path"],
  ["client.p7b", "path"],
  ["client.p7c", "path"],
  ["client.p8", "path"],
  ["client.txt", "text"],
  ["client.pem is the file", "text"],
  ["/etc/ssl\nclient", "text"],
  ["one\nclient.pem", "text"],
  ["hunter2", "text"],
  ["", "text"],
];

test("each kind of text is recognized by its beginning, or as a whole", () => {
  const found = TEXTS.map(([text]) => [text, detectKind(text)]);
  assertEquals(found, TEXTS.map(([text, kind]) => [text, kind]));
});

/** The first bytes of files, and the kind of each. */
const BYTES: readonly (readonly [string, Kind | undefined])[] = [
  ["feedfeed", "Java keystore (JKS)"],
  ["cececece", "Java keystore (JCEKS)"],
  ["1ef1b5b0", "PVK private key"],
  ["0702000000a40000", "MSBLOB private key"],
  ["0702000000240000", "MSBLOB private key"],
  ["0602000000a40000", "MSBLOB public key"],
  ["0602000000240000", "MSBLOB public key"],
  ["53514c69746520666f726d6174203300", "NSS database"],
  ["53616c7465645f5f", "encrypted file"],
  ["6167652d656e6372797074696f6e2e6f72672f", "encrypted file"],
  ["504b0304", "ZIP archive"],
  ["1f8b", "compressed file"],
  ["425a68", "compressed file"],
  ["fd377a585a", "compressed file"],
  ["28b52ffd", "compressed file"],
  ["377abcaf", "compressed file"],
  ["95", "PGP key"],
  ["99", "PGP key"],
  ["c5", "PGP key"],
  ["c6", "PGP key"],
  ["94", undefined],
  ["", undefined],
];

test("each kind of binary file is recognized by all of its first bytes", () => {
  for (const [hex, kind] of BYTES) {
    const bytes = Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
    const rest = new Uint8Array(40).fill(0x41);
    assertEquals(detectKind(Uint8Array.of(...bytes, ...rest)), kind, hex);
    for (const at of bytes.keys()) {
      const changed = Uint8Array.of(...bytes, ...rest);
      changed[at]! ^= 0x10; // of no other kind
      assertEquals(detectKind(changed), undefined, `${hex}, changed at ${at}`);
    }
  }
});

test("the article of each kind", () => {
  const kinds: Kind[] = ["OpenSSH public key", "HTML page", "XML private key", "NSS database"];
  assertEquals(kinds.map((kind) => addArticle(kind).split(" ")[0]), ["an", "an", "an", "an"]);
  const others: Kind[] = ["PGP key", "ZIP archive", "PVK private key", "public key"];
  assertEquals(others.map((kind) => addArticle(kind).split(" ")[0]), ["a", "a", "a", "a"]);
  assertEquals(addArticle("DH parameters"), "DH parameters");
});

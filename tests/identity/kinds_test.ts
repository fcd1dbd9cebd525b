/** Tests the kinds of foreign files and arguments, one by one. */
import { assertEquals } from "@std/assert";
import test from "node:test";
import { describeType } from "../../lib/identity/arguments.ts";
import { addArticle, detectKind, type Kind, wrongKind } from "../../lib/identity/foreign.ts";

const ascii = (text: string) => [...new TextEncoder().encode(text)];

/** The first bytes of binary files. */
const BINARY: readonly (readonly [Kind, number[]])[] = [
  ["Java keystore (JKS)", [0xfe, 0xed, 0xfe, 0xed]],
  ["Java keystore (JCEKS)", [0xce, 0xce, 0xce, 0xce]],
  ["Bouncy Castle keystore (UBER)", [0, 0, 0, 1, 0, 0, 0, 20]],
  ["Bouncy Castle keystore (UBER)", [0, 0, 0, 2, 0, 0, 0, 20]],
  ["PVK private key", [0x1e, 0xf1, 0xb5, 0xb0]],
  ["MSBLOB private key", [7, 2, 0, 0, 0, 0xa4, 0, 0]],
  ["MSBLOB private key", [7, 2, 0, 0, 0, 0x24, 0, 0]],
  ["MSBLOB public key", [6, 2, 0, 0, 0, 0xa4, 0, 0]],
  ["MSBLOB public key", [6, 2, 0, 0, 0, 0x24, 0, 0]],
  ["NSS database", ascii("SQLite format 3\0")],
  ["encrypted file", ascii("Salted__")],
  ["encrypted file", ascii("age-encryption.org/")],
  ["ZIP archive", [0x50, 0x4b, 3, 4]],
  ["compressed file", [0x1f, 0x8b]],
  ["compressed file", ascii("BZh")],
  ["compressed file", [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ["compressed file", [0x28, 0xb5, 0x2f, 0xfd]],
  ["compressed file", [0x37, 0x7a, 0xbc, 0xaf]],
  ["PGP key", [0x95]],
  ["PGP key", [0x99]],
  ["PGP key", [0xc5]],
  ["PGP key", [0xc6]],
];

test("a binary file is recognized by all of its first bytes", () => {
  for (const [kind, magic] of BINARY) {
    const bytes = Uint8Array.from([...magic, 1, 2, 3]);
    assertEquals(detectKind(bytes), kind);
    for (const bit of [0x10, 0x40]) {
      for (const i of magic.keys()) {
        const wrong = bytes.slice();
        wrong[i] = (wrong[i] ?? 0) ^ bit;
        assertEquals(detectKind(wrong), undefined, `${kind}, byte ${i}`);
      }
    }
  }
  assertEquals(detectKind(new Uint8Array(0)), undefined);
  assertEquals(detectKind(Uint8Array.of(0x94, 1, 2, 3)), undefined);
});

test("a BKS keystore has entries where a UBER keystore has ciphertext", () => {
  const start = [0, 0, 0, 2, 0, 0, 0, 20, ...Array<number>(20).fill(9), 0, 0, 4, 0];
  const of = (...rest: number[]) => detectKind(Uint8Array.from([...start, ...rest]));
  const [BKS, UBER] = ["Bouncy Castle keystore (BKS)", "Bouncy Castle keystore (UBER)"] as const;
  const mac = Array<number>(20).fill(7);
  assertEquals([of(0, ...mac), of(0, ...mac, 1), of(0, 1)], [BKS, UBER, UBER]);
  const entry = (type: number, ...time: number[]) => of(type, 0, 2, 0x61, 0x62, ...time, 1, 2);
  for (const type of [1, 2, 3, 4]) assertEquals(entry(type, 0, 0), BKS);
  assertEquals([entry(5, 0, 0), entry(1, 1, 0), entry(1, 0, 1)], [UBER, UBER, UBER]);
  const long = of(1, 1, 0, ...Array<number>(256).fill(0x61), 0, 0, 5);
  assertEquals(long, BKS);
});

const RSA = "<RSAKeyValue><Modulus>AA==</Modulus>";

/** Texts by their kind. */
const TEXTS: readonly (readonly [Kind, readonly string[]])[] = [
  ["PEM text", ["-----BEGIN X-----", `${"a\n".repeat(9)}-----BEGIN CERTIFICATE-----`]],
  [
    "XML private key",
    [`${RSA}<D>`, ` \n ${RSA}<D>`, `<?xml version="1.0"?>${RSA}<D>`, `<?xml?> \n${RSA}<D>`],
  ],
  ["XML public key", [RSA, ` \n ${RSA}`, `<?xml version="1.0"?>${RSA}`, `<?xml?> \n${RSA}`]],
  ["HTML page", ["<!doctype html>", "  \n<HTML>", "<head>", "<body>", "<?xml?><a>"]],
  ["OpenSSH public key", ["ssh-rsa AAAA", "ecdsa-sha2-nistp256 AAAA", "sk-ssh-ed25519 AAAA"]],
  ["PuTTY private key", ["PuTTY-User-Key-File-3: ssh-rsa"]],
  ["encrypted file", ["$ANSIBLE_VAULT;1.1", "\n age-encryption.org/v1", "ENC[AES256_GCM"]],
  [
    "placeholder",
    [
      ...["undefined", "null", " None\n", "NaN", "[object Object]", "$KEY", "${KEY}", "%KEY%"],
      ...["${KEY", "$KEY}"],
    ],
  ],
  [
    "list of numbers",
    ["48,130,1,2", "[48, 130, 1, 2]", '{"type":"Buffer","data":[48,130,1,2]}', " 4 , 5 , 6 , 7"],
  ],
  ["JSON Web Key", ['{"kty":"RSA"}', ' \n{"a":1,"kty":"EC"}']],
  ["JSON text", ["{}", " [1]", '{"key":1}']],
  [
    "path",
    [
      ...["/etc/key", "./a", "../a", "~/a", "@/a", "@./a", "C:\\a", "c:/a", "\\\\host\\a"],
      ...["file:a", "https://a", "http:a", "  /a  \n", "a b.pem", "a.P12", "a.pfx", "a.crt"],
      ...["a.cer", "a.cert", "a.key", "a.der", "a.jks", "a.p7b", "a.p7c", "a.p8 \n"],
    ],
  ],
  [
    "text",
    [
      ...["", "a", "a ssh-rsa", "a PuTTY-User-Key-File-", "a undefined", "undefined a", "$a b"],
      ...["1,2,3", "a 1,2,3,4", 'a {"kty"', "a []", "a /b", "/a\nb", "a.pem b", "a\nb.pem"],
      ...["a.pemx", "pem", ".pem\n.pem", "a <html>", "a ENC[", `a${RSA}`],
    ],
  ],
  ["PEM text", ["x\n-----BEGIN X-----"]],
  ["text", [
    "-----BEGIN",
    "x<RSAKeyValue>",
    "x <html>",
    "x PuTTY-User-Key-File-3",
    "x ENC[",
    "undefined.",
    "is null",
    "48,130,5",
    "x 48,130,5,1",
    "x {}",
    "client.txt",
    "client.pem is the file",
    "/etc/ssl\nclient",
    "one\nclient.pem",
    "hunter2",
  ]],
  ["XML private key", [
    "<RSAKeyValue><Modulus>AQAB</Modulus><D>AQ==</D></RSAKeyValue>",
    "  <RSAKeyValue><D>",
    '<?xml version="1.0"?>\n<RSAKeyValue>\n<D>',
  ]],
  ["XML public key", [
    "<RSAKeyValue><Modulus>AQAB</Modulus></RSAKeyValue>",
    ' <?xml version="1.0"?> <RSAKeyValue>',
  ]],
  ["HTML page", ["<!DOCTYPE html>", " \n<html>", "<HEAD>", '<?xml version="1.0"?><a>']],
  ["OpenSSH public key", ["ssh-ed25519 AAAA", "sk-ssh-ed25519@openssh.com AAAA", " ssh-rsa"]],
  ["encrypted file", [
    "$ANSIBLE_VAULT;1.1;AES256",
    "age-encryption.org/v1",
    "\nENC[AES256_GCM,data:x]",
  ]],
  ["placeholder", [
    " null\n",
    "None",
    "[object Promise]",
    "[object ArrayBuffer] ",
    "$CERT",
    "${CERT_FILE}",
    "%CERT%",
  ]],
  ["list of numbers", ["48,130,5,1", "[48, 130, 5, 1]", '{"type":"Buffer","data":[48,130,5,1]}']],
  ["JSON Web Key", [' {"n":"x",\n"kty":"EC"}']],
  ["JSON text", ['{"cert":""}', " []"]],
  ["path", [
    "/etc/ssl/client",
    "./client",
    "../client\n",
    "~/client",
    "@/client",
    "C:\\client",
    "c:/client",
    "\\\\host\\client",
    "file:client",
    "https://a.example/client",
    "client.pem",
    "my client.P12 ",
    "client.pfx",
    "client.crt",
    "client.cer",
    "client.cert",
    "client.key",
    "client.der",
    "client.jks",
    "client.p7b",
    "client.p7c",
    "client.p8",
  ]],
];

test("a text is recognized by its beginning", () => {
  for (const [kind, texts] of TEXTS) {
    for (const text of texts) assertEquals(detectKind(text), kind, JSON.stringify(text));
  }
});

test("a kind has its article, and parameters have none", () => {
  const words = {
    "EC parameters": "EC parameters",
    "certificate": "a certificate",
    "attribute certificate": "an attribute certificate",
    "encrypted file": "an encrypted file",
    "OpenSSH private key": "an OpenSSH private key",
    "HTML page": "an HTML page",
    "MSBLOB public key": "an MSBLOB public key",
    "SSH2 public key": "an SSH2 public key",
    "XML public key": "an XML public key",
    "NSS database": "an NSS database",
    "JSON text": "a JSON text",
    "PGP key": "a PGP key",
    "OpenSSH public key": "an OpenSSH public key",
    "XML private key": "an XML private key",
    "ZIP archive": "a ZIP archive",
    "PVK private key": "a PVK private key",
    "public key": "a public key",
    "DH parameters": "DH parameters",
  };
  for (const [kind, text] of Object.entries(words)) assertEquals(addArticle(kind as Kind), text);
  const { message, reason, detail } = wrongKind("the key", "private key", "PGP key");
  assertEquals(message, "Cannot open the key: it is a PGP key, not a private key");
  assertEquals([reason, detail], ["foreign", "PGP key"]);
  assertEquals(
    wrongKind("the key", "private key", undefined).message,
    "Cannot open the key: not a private key file, and no other format this library recognizes",
  );
});

test("a wrong argument is described with what to do instead", () => {
  const named = (name: string) => ({ [Symbol.toStringTag]: name });
  const instead: Record<string, string> = {
    Promise: "a Promise; await it",
    Blob: "a Blob; await its arrayBuffer()",
    File: "a File; await its arrayBuffer()",
    Response: "a Response; await its arrayBuffer()",
    Request: "a Request; await its arrayBuffer()",
    URL: "a URL; read it and pass its contents",
    ReadableStream: "a ReadableStream; read it and pass its contents",
    CryptoKey: "a CryptoKey; export it as PEM",
    KeyObject: "a KeyObject; export it as PEM",
    PrivateKeyObject: "a PrivateKeyObject; export it as PEM",
    X509Certificate: "an X509Certificate; export it as PEM",
    Keyboard: "object",
    Arrays: "object",
    APromise: "object",
    Blobs: "object",
    URLs: "object",
    X509Certificates: "object",
  };
  for (const [name, text] of Object.entries(instead)) {
    assertEquals(describeType(named(name)), text, name);
  }
  assertEquals(describeType([]), 'an Array; join its texts with "\\n", or its bytes');
  class KeyObject {}
  assertEquals(describeType(new KeyObject()), "a KeyObject; export it as PEM");
  assertEquals(describeType({ then: 1 }), "a Promise; await it");
  assertEquals([null, undefined, 1, {}].map(describeType), [
    ...["null", "undefined", "number", "object"],
  ]);
  assertEquals(describeType(Object.create(null)), "object");
});

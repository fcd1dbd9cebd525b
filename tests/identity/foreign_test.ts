/** Files of other kinds are named by their contents, with advice that works. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { execFileSync } from "node:child_process";
import { createPrivateKey } from "node:crypto";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { encodeBase64 } from "../../lib/crypto/base64.ts";
import { McFetchError } from "../../lib/errors.ts";
import { loadIdentity } from "../../lib/identity/identity.ts";
import { readPkcs12 } from "../../lib/identity/read_pkcs12.ts";
import { readPrivateKey } from "../../lib/identity/read_private_key.ts";
import { fixture, runtime, testExceptOn } from "../support/context.ts";

const ascii = (text: string) => new TextEncoder().encode(text);
const textOf = (name: string) => new TextDecoder().decode(fixture(name));

/** Asserts that a file is named, wherever it is passed. Returns the advice. */
async function names(file: string | Uint8Array<ArrayBuffer>, kind: string): Promise<string> {
  const key = fixture("client.pkcs8.key");
  let advice = "";
  for (
    const open of [
      () => loadIdentity({ pfx: file }),
      () => loadIdentity({ cert: file, key }),
      () => loadIdentity({ cert: fixture("client.pem"), key: file }),
      () => readPrivateKey(file),
      () => readPkcs12(file as Uint8Array<ArrayBuffer>),
    ]
  ) {
    const error = await assertRejects(open, McFetchError);
    assertEquals(error.code, "malformed_credentials");
    const [, problem, found] = /^Cannot open the [\w #]+: ([^;]+); (.+)$/.exec(error.message) ?? [];
    // A block of PEM is no PKCS#12 file, whatever it holds.
    if (problem?.endsWith("not a PKCS#12") && problem.includes("PEM text")) continue;
    assertStringIncludes(problem ?? error.message, `it is ${kind}, not a `);
    advice = found ?? "";
  }
  return advice;
}

/** Names of the fixtures, with a kind. */
const FILES: Record<string, string> = {
  "ec.bks": "a Bouncy Castle keystore (BKS)",
  "empty.bks": "a Bouncy Castle keystore (BKS)",
  "ec.uber": "a Bouncy Castle keystore (UBER)",
  "ec.bcfks": "a Bouncy Castle keystore (BCFKS)",
  "plain.pvk": "a PVK private key",
  "strong.pvk": "a PVK private key",
  "private.msblob": "an MSBLOB private key",
  "public.msblob": "an MSBLOB public key",
};

for (const [name, kind] of Object.entries(FILES)) {
  test(`a file is named by its bytes: ${name}`, async () => {
    const file = fixture(`foreign/${name}`);
    await names(file, kind);
    await names(encodeBase64(file), kind);
    let binary = "";
    for (const byte of file) binary += String.fromCharCode(byte);
    await names(binary, kind);
  });
}

test("a text is named by its beginning", async () => {
  const jwk = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
  ]).then(({ privateKey }) => crypto.subtle.exportKey("jwk", privateKey));
  const xml = "<RSAKeyValue><Modulus>AQAB</Modulus><Exponent>AQAB</Exponent>";
  const p12 = [...fixture("ec.p12")];
  const texts: [string, string][] = [
    [`${xml}<D>AQAB</D></RSAKeyValue>`, "an XML private key"],
    [`<?xml version="1.0"?>\n${xml}<D>AQAB</D></RSAKeyValue>`, "an XML private key"],
    [`${xml}</RSAKeyValue>`, "an XML public key"],
    ['<?xml version="1.0"?><error/>', "an HTML page"],
    [JSON.stringify(jwk), "a JSON Web Key"],
    [JSON.stringify({ pfx: "MIIB" }), "a JSON text"],
    [textOf("foreign/private.ssh2"), "an SSH2 private key"],
    [textOf("foreign/public.ssh2"), "an SSH2 public key"],
    [textOf("foreign/client.ppk"), "a PuTTY private key"],
    ["$ANSIBLE_VAULT;1.1;AES256\n3061", "an encrypted file"],
    ["U2FsdGVkX18zQ3Jrb2pGSDJk", "an encrypted file"],
    [
      "-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n-----END AGE ENCRYPTED FILE-----",
      "an encrypted file",
    ],
    [p12.join(), "a list of numbers"],
    [JSON.stringify(p12), "a list of numbers"],
    [JSON.stringify({ type: "Buffer", data: p12 }), "a list of numbers"],
    ["undefined", "a placeholder"],
    ["null\n", "a placeholder"],
    ["[object Object]", "a placeholder"],
    ["[object Promise]", "a placeholder"],
    ["${TLS_CERT}", "a placeholder"],
    ["/etc/ssl/client", "a path"],
    ["./client.p12", "a path"],
    ["../keys/client", "a path"],
    ["~/client.key", "a path"],
    ["client.pem", "a path"],
    ["C:\\keys\\client.p12", "a path"],
    ["C:/keys/client.p12", "a path"],
    ["\\\\server\\keys\\client.pfx", "a path"],
    ["file:///etc/ssl/client.pem", "a path"],
    ["@client.pem", "a path"],
    ["hello", "a text"],
  ];
  for (const [text, kind] of texts) {
    const isPem = /BEGIN/.test(text);
    if (isPem) {
      const error = await assertRejects(() => loadIdentity({ pfx: text }), McFetchError);
      assertStringIncludes(error.message, `it is ${kind}, not a `);
    } else {
      await names(text, kind);
      await names(ascii(text), kind);
    }
  }
});

test("binary files are named by their first bytes", async () => {
  const files: [string, string][] = [
    ["SQLite format 3\0\x10", "an NSS database"],
    ["Salted__\x01\x02", "an encrypted file"],
    ["\x1f\x8b\x08\0", "a compressed file"],
    ["\xfd7zXZ\0", "a compressed file"],
    ["7z\xbc\xaf\x27\x1c", "a compressed file"],
    ["PK\x03\x04", "a ZIP archive"],
  ];
  for (const [text, kind] of files) {
    const file = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
    await names(file, kind);
    await names(text, kind);
  }
});

/** Runs the command between the backticks of an advice, in a folder with the file as FILE. */
function follow(advice: string, file: string, input = ""): Uint8Array<ArrayBuffer> {
  const folder = mkdtempSync(join(tmpdir(), "mc-mtls-"));
  try {
    copyFileSync(new URL(`../fixtures/${file}`, import.meta.url), join(folder, "FILE"));
    if (existsSync(BCPROV)) copyFileSync(BCPROV, join(folder, "bcprov.jar"));
    const command = /`([^`]+)`/.exec(advice)?.[1] ?? "";
    execFileSync("sh", ["-c", command], { cwd: folder, input, stdio: ["pipe", "pipe", "pipe"] });
    const output = ["client.p12", "client.key", "FILE"].find((name) =>
      existsSync(join(folder, name))
    );
    return new Uint8Array(readFileSync(join(folder, output ?? "")));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Bouncy Castle, as Debian's libbcprov-java installs it. */
const BCPROV = "/usr/share/java/bcprov.jar";

function hasProgram(name: string): boolean {
  if (runtime === "workerd") return false;
  try {
    execFileSync("sh", ["-c", `command -v ${name}`], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Registers a test that runs a program. Skips it if the program is not installed. */
function testWith(program: string, isThere: boolean, name: string, body: () => Promise<void>) {
  const reason = `${program} is not installed`;
  const skipped = { ...!isThere && { [runtime]: reason }, workerd: "it runs no programs" };
  testExceptOn(skipped, name, body);
}

testWith("openssl", hasProgram("openssl"), "the advice for PVK and MSBLOB works", async () => {
  for (const name of ["plain.pvk", "private.msblob"]) {
    const advice = await names(fixture(`foreign/${name}`), FILES[name] ?? "");
    const { key } = await readPrivateKey(follow(advice, `foreign/${name}`));
    assertEquals(key, textOf("client.pkcs8.key"));
  }
  const advice = await names(fixture("foreign/strong.pvk"), "a PVK private key");
  const command = advice.replace("-in FILE", "-passin pass:changeit -in FILE");
  const { key } = await readPrivateKey(follow(command, "foreign/strong.pvk"));
  assertEquals(key, textOf("client.pkcs8.key"));
});

testWith(
  "keytool, or Bouncy Castle,",
  hasProgram("keytool") && existsSync(BCPROV),
  "the advice for Bouncy Castle's keystores works",
  async () => {
    for (const name of ["ec.bks", "ec.uber", "ec.bcfks"]) {
      const advice = await names(fixture(`foreign/${name}`), FILES[name] ?? "");
      const passwords = "changeit\n".repeat(3);
      const { identities } = await readPkcs12(follow(advice, `foreign/${name}`, passwords), {
        passphrase: "changeit",
      });
      // keytool writes the curve a second time.
      const pair = { cert: textOf("ec.pem"), key: identities[0]?.key ?? "" };
      assertEquals((await loadIdentity(pair)).key, textOf("ec.key"));
      assertEquals(identities[0]?.chain.length, 2);
    }
  },
);

testWith("puttygen", hasProgram("puttygen"), "the advice for SSH2 works", async () => {
  const advice = await names(textOf("foreign/private.ssh2"), "an SSH2 private key");
  const { key } = await readPrivateKey(follow(advice, "foreign/private.ssh2"));
  assertEquals(key, textOf("client.pkcs8.key"));
});

testExceptOn(
  { workerd: "it has no createPrivateKey" },
  "the advice for JSON Web Keys works",
  async () => {
    const jwk = createPrivateKey(textOf("client.pkcs8.key")).export({ format: "jwk" });
    const advice = await names(JSON.stringify(jwk), "a JSON Web Key");
    assert(advice.includes('crypto.createPrivateKey({ key: jwk, format: "jwk" })'));
    assert(advice.includes('.export({ type: "pkcs8", format: "pem" })'));
    const key = createPrivateKey({ key: jwk, format: "jwk" });
    assertEquals(key.export({ type: "pkcs8", format: "pem" }), textOf("client.pkcs8.key"));
  },
);

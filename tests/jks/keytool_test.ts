/** Java's keytool is the judge: it writes keystores, and reads the same files in another format. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { loadIdentity } from "../../lib/identity/identity.ts";
import { writePkcs12 } from "../../lib/identity/write_pkcs12.ts";
import { readPem } from "../../lib/keys/pem.ts";
import { fixture, runtime, testExceptOn } from "../support/context.ts";
import { fixturePath } from "../support/command_line.ts";
import {
  protectKey,
  writeCertificate,
  writeKeystore,
  writePrivateKey,
  writeTrusted,
} from "../support/jks_writer.ts";

const PASSPHRASE = "changeit";

/** Runs keytool with passphrases in its environment, where arguments say `:env`. */
function keytool(args: readonly string[], keyPassphrase = PASSPHRASE): string {
  // In English, in UTF-8, and without the compiler that takes half of the time.
  const java = ["-Duser.language=en", "-Dfile.encoding=UTF-8", "-XX:TieredStopAtLevel=1"];
  return execFileSync("keytool", [...java.map((option) => `-J${option}`), ...args], {
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C.UTF-8", PASSPHRASE, KEY_PASSPHRASE: keyPassphrase },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

function isHere(): boolean {
  if (runtime === "workerd") return false;
  try {
    execFileSync("sh", ["-c", "command -v keytool"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const NO_KEYTOOL = isHere() ? {} : { [runtime]: "there is no keytool here" };

/** Registers a test that gets a folder of its own. */
function testWithKeytool(title: string, work: (at: (name: string) => string) => Promise<void>) {
  testExceptOn(NO_KEYTOOL, title, async () => {
    const folder = mkdtempSync(join(tmpdir(), "mc-mtls-"));
    try {
      await work((name) => join(folder, name));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

const STORE = ["-storepass:env", "PASSPHRASE"];

/** Copies a keystore with keytool into a PKCS#12 file, and returns that. */
function importAsPkcs12(path: string, copy: string): Uint8Array {
  keytool([
    ...["-importkeystore", "-noprompt", "-srckeystore", path, "-srcstorepass:env", "PASSPHRASE"],
    ...["-destkeystore", copy, "-deststoretype", "PKCS12", "-deststorepass:env", "PASSPHRASE"],
  ]);
  return readFileSync(copy);
}

for (const type of ["JKS", "JCEKS"]) {
  testWithKeytool(`what keytool writes as ${type} is what it reads as PKCS#12`, async (at) => {
    const path = at("client.jks");
    for (const [alias, algorithm] of [["rsa", "RSA"], ["ec", "EC"]] as const) {
      keytool([
        ...["-genkeypair", "-keystore", path, "-storetype", type, "-alias", alias, ...STORE],
        ...["-keypass:env", "PASSPHRASE", "-keyalg", algorithm, "-dname", `CN=${alias}`],
      ]);
    }
    if (type === "JCEKS") {
      const secret = ["-genseckey", "-alias", "aes", "-keyalg", "AES", "-keysize", "256"];
      keytool([...secret, "-keystore", path, "-storetype", type, ...STORE]);
    }
    const copy = importAsPkcs12(path, at("copy.p12"));
    const file = readFileSync(path);
    for (const alias of ["rsa", "ec"]) {
      const options = { passphrase: PASSPHRASE, alias };
      const expected = await loadIdentity({ pfx: copy, ...options });
      assertEquals(await loadIdentity({ pfx: file, ...options }), expected);
    }
  });

  testWithKeytool(`keytool imports a .p12 into ${type}, with a key passphrase`, async (at) => {
    const key = fixture("client.pkcs8.key");
    const cert = fixture("client.pem");
    const p12 = await writePkcs12({ key, cert, passphrase: PASSPHRASE, friendlyName: "Client" });
    writeFileSync(at("client.p12"), p12);
    keytool([
      ...["-importkeystore", "-noprompt", "-srckeystore", at("client.p12")],
      ...["-srcstorepass:env", "PASSPHRASE", "-destkeystore", at("client.jks")],
      ...["-deststoretype", type, "-deststorepass:env", "PASSPHRASE"],
      ...["-srcalias", "Client", "-destkeypass:env", "KEY_PASSPHRASE"],
    ], "key passphrase");
    const pfx = readFileSync(at("client.jks"));
    const options = { passphrase: PASSPHRASE, keyPassphrase: "key passphrase" };
    const expected = await loadIdentity({ cert, key });
    assertEquals(await loadIdentity({ pfx, ...options, alias: "Client" }), expected);
  });

  testWithKeytool(`each fixture of the type ${type} is the same to keytool`, async (at) => {
    const ending = type.toLowerCase();
    for (const name of ["rsa", "alias"]) {
      const path = fixturePath(`jks/${name}.${ending}`);
      const copy = importAsPkcs12(path, at(`${name}.p12`));
      const options = { passphrase: PASSPHRASE };
      assertEquals(
        await loadIdentity({ pfx: readFileSync(path), ...options }),
        await loadIdentity({ pfx: copy, ...options }),
        name,
      );
    }
  });
}

testWithKeytool("keytool reads what the tests write, in both versions", async (at) => {
  const bytes = (name: string) =>
    readPem(new TextDecoder().decode(fixture(name)), name).map((block) => block.bytes);
  const [key] = bytes("ec.key");
  for (const version of [1, 2]) {
    const chain = bytes("ec.pem").map((der) => writeCertificate(der, version));
    const entries = [
      writePrivateKey("ec", protectKey(key!), chain),
      writeTrusted("root", writeCertificate(bytes("ca.pem")[0]!, version)),
    ];
    const file = writeKeystore({ version, entries });
    writeFileSync(at("own.jks"), file);
    const list = keytool(["-list", "-keystore", at("own.jks"), ...STORE]);
    assertStringIncludes(list, "Your keystore contains 2 entries");
    const copy = importAsPkcs12(at("own.jks"), at(`${version}.p12`));
    const { cert, key: pem } = await loadIdentity({ pfx: copy, passphrase: PASSPHRASE });
    const own = await loadIdentity({ pfx: file, passphrase: PASSPHRASE });
    assertEquals(own.key, pem);
    assertStringIncludes(own.cert, cert); // the trusted root is at the end of ours
  }
});

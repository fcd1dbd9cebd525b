/** Errors about files end with advice that is true for the function that was called. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import test from "node:test";
import { BIT_STRING } from "../../lib/asn1/tags.ts";
import { writeElement } from "../../lib/asn1/writer.ts";
import { KeyFileError, type KeyFileReason, McFetchError } from "../../lib/errors.ts";
import { openFiles } from "../../lib/fetch/settings.ts";
import { addAdvice, type Entry } from "../../lib/identity/advice.ts";
import { withAdvice } from "../../lib/identity/entry.ts";
import { type KeyFiles, loadIdentity } from "../../lib/identity/identity.ts";
import { readPkcs12 } from "../../lib/identity/read_pkcs12.ts";
import { readPrivateKey } from "../../lib/identity/read_private_key.ts";
import { writePkcs12, type WritePkcs12Options } from "../../lib/identity/write_pkcs12.ts";
import { DSA } from "../../lib/keys/algorithms.ts";
import { writePem } from "../../lib/keys/pem.ts";
import { fixture } from "../support/context.ts";
import {
  bmp,
  encryptedSafe,
  keyBag,
  macData,
  oid,
  pfx as writePfx,
  utf8,
  writeAttribute,
  writeCertBag,
  writeInteger,
  writeOctets,
  writePlainSafe,
  writeSequence,
} from "../support/p12_writer.ts";

const LIMITS = ["maxBytes", "maxBags", "maxIterations", "maxRounds", "maxScryptMemory"];

/** The options of each function, and the other functions that its advice may name. */
const OPTIONS: Record<Entry, readonly string[]> = {
  fetch: ["cert", "key", "pfx", "passphrase", "keyPassphrase", "alias", ...LIMITS],
  extraCa: LIMITS,
  readPkcs12: ["passphrase", "keyPassphrase", ...LIMITS],
  readPrivateKey: ["passphrase", ...LIMITS],
  writePkcs12: ["key", "cert", "chain", "alias"],
  "command line": ["--passphrase-file", "--key-passphrase-file", "--key", "--alias"],
};

/** What can be wrong in every function. */
const EVERYWHERE: readonly (readonly [KeyFileReason, ...string[]])[] = [
  ["damaged"],
  ["empty"],
  ["read_as_text"],
  ["unread"],
  ["unsupported_encryption"],
  ["unsupported_key"],
  ["limit", ...LIMITS],
  ["passphrase_missing"],
  [
    ...["foreign", "revocation list", "DSA parameters", "EC parameters"] as const,
    ...["Bouncy Castle keystore (BKS)"],
    ...["Bouncy Castle keystore (UBER)", "Bouncy Castle keystore (BCFKS)", "PVK private key"],
    ...["MSBLOB private key", "MSBLOB public key", "XML private key", "XML public key"],
    ...["JSON Web Key", "SSH2 private key", "SSH2 public key", "NSS database", "compressed file"],
    ...["encrypted file", "list of numbers", "placeholder", "path", "DH parameters"],
    ...["attribute certificate", "OpenVPN static key"],
    ...["PGP key", "OpenSSH private key", "OpenSSH public key", "PuTTY private key"],
    ...["HTML page", "ZIP archive", "JSON text", "text"],
  ],
];

const PROBLEMS: Record<Entry, readonly (readonly [KeyFileReason, ...string[]])[]> = {
  fetch: [
    ...EVERYWHERE,
    ["passphrase_wrong", "", "file changed", "other key passphrase", "several key passphrases"],
    ["foreign", "PKCS#12", "certificate", "private key", "public key", "certificate request"],
    ["unsupported_content"],
    ["unusable_key"],
    ["no_private_key"],
    ["no_certificate"],
    ["key_mismatch"],
    ["ambiguous_key"],
  ],
  extraCa: [...EVERYWHERE, ["no_ca_certificate"]],
  readPkcs12: [
    ...EVERYWHERE,
    ["passphrase_wrong", "", "file changed", "other key passphrase"],
    [
      ...["foreign", "PEM text", "PKCS#7", "certificate", "private key"] as const,
      ...["encrypted private key", "RSA private key", "EC private key", "DSA private key"],
      ...["public key", "certificate request", "Java keystore (JKS)", "Java keystore (JCEKS)"],
    ],
    ["unsupported_content"],
  ],
  readPrivateKey: [
    ...EVERYWHERE,
    ["passphrase_wrong", ""],
    ["foreign", "PKCS#12", "Java keystore (JKS)", "Java keystore (JCEKS)"],
    ["no_private_key"],
  ],
  writePkcs12: [
    ...EVERYWHERE,
    ["foreign", "public key", "certificate request"],
    ["unusable_key"],
    ["no_private_key"],
    ["no_certificate"],
    ["key_mismatch"],
    ["ambiguous_key"],
  ],
  "command line": [
    ...EVERYWHERE,
    ["passphrase_wrong", "", "file changed", "other key passphrase", "several key passphrases"],
    ["foreign", "public key", "certificate request"],
    ["unsupported_content"],
    ["unusable_key"],
    ["no_private_key"],
    ["no_certificate"],
    ["key_mismatch"],
    ["ambiguous_key"],
  ],
};

for (const [entry, problems] of Object.entries(PROBLEMS) as [Entry, typeof EVERYWHERE][]) {
  test(`the advice names only options that there are: ${entry}`, () => {
    for (const [reason, ...details] of problems) {
      for (const detail of details.length > 0 ? details : [""]) {
        const error = new KeyFileError("malformed_credentials", "Cannot", reason, detail);
        const { message } = addAdvice(error, entry);
        const named = message.match(/(?<=`)\w+(?=`)|(?<= )--[a-z][\w-]*/g) ?? [];
        for (const name of named) assert(OPTIONS[entry].includes(name), `${reason}: ${message}`);
        assert(/^Cannot; [a-zP]/.test(message) && !message.includes("undefined"), message);
        if (detail === "" || reason === "limit") continue;
        const other = addAdvice(new KeyFileError(error.code, "Cannot", "damaged"), entry);
        assert(message !== other.message, `${detail} has no advice of its own`);
      }
    }
  });
}

const PAIR = { cert: fixture("ec.pem"), key: fixture("ec.key") };
const NONE = {
  ...{ pfx: undefined, passphrase: undefined, keyPassphrase: undefined, alias: undefined },
  ...{ limits: undefined, proxy: undefined },
};

/** Calls a function by the name of its entry, with the file in every place where it may be. */
const CALLS: Record<Entry, (file: KeyFiles) => Promise<unknown>> = {
  fetch: (files) => loadIdentity(files),
  extraCa: ({ pfx }) => openFiles({ ...NONE, ...PAIR, extraCa: [pfx as Uint8Array<ArrayBuffer>] }),
  "command line": (files) => loadIdentity(files, "command line"),
  readPkcs12: ({ pfx, key, passphrase }) => readPkcs12((pfx ?? key) as Uint8Array, { passphrase }),
  readPrivateKey: ({ pfx, key, passphrase }) => readPrivateKey((pfx ?? key)!, { passphrase }),
  writePkcs12: ({ pfx, cert = pfx, key = pfx, alias }) =>
    writePkcs12({ cert, key, alias, passphrase: "new" } as WritePkcs12Options),
};

/** Asserts the whole message of each function. */
async function rejects(
  code: string,
  files: KeyFiles,
  messages: Partial<Record<Entry, string>>,
): Promise<void> {
  for (const [entry, message] of Object.entries(messages) as [Entry, string][]) {
    const error = await assertRejects(() => CALLS[entry](files), McFetchError);
    assertEquals([entry, error.message, error.code], [entry, message, code]);
    assert(!(error instanceof KeyFileError), "it did not go through withAdvice");
  }
}

const MISSING = "it is protected with a passphrase and none was given";
const WRONG = "the passphrase does not open it; " +
  "check the passphrase for typing errors and spaces around it";
const PASS = `${MISSING}; pass it as \`passphrase\``;
const ASK =
  `${MISSING}; name a file that holds it with --passphrase-file, or set MC_MTLS_PASSPHRASE`;
const DECRYPT = `${MISSING}; decrypt it first, with readPrivateKey, readPkcs12 or the command ` +
  "`mc-mtls convert`";

test("a passphrase that is missing", async () => {
  for (const name of ["openssl3.p12", "nomac.p12"]) {
    await rejects("wrong_passphrase", { pfx: fixture(name) }, {
      fetch: `Cannot open the PKCS#12 file: ${PASS}`,
      extraCa: `Cannot open the file of CA certificates, \`extraCa\`: ${MISSING}; ` +
        "export its certificates as PEM, which needs none",
      "command line": `Cannot open the PKCS#12 file: ${ASK}`,
      readPkcs12: `Cannot open the PKCS#12 file: ${PASS}`,
      writePkcs12: `Cannot open the certificate file: ${DECRYPT}`,
    });
  }
  for (const name of ["client.encrypted.key", "client.3des.key", "client.dek-info.key"]) {
    const files = { cert: fixture("client.pem"), key: fixture(name) };
    await rejects("wrong_passphrase", files, {
      fetch: `Cannot open the key file: ${PASS}`,
      "command line": `Cannot open the key file: ${ASK}`,
      readPrivateKey: `Cannot open the private key: ${PASS}`,
      writePkcs12: `Cannot open the key file: ${DECRYPT}`,
    });
  }
});

test("a passphrase that is wrong, and what else it may be", async () => {
  const passphrase = "changeme";
  const changed = `Cannot open the PKCS#12 file: ${WRONG}; ` +
    "or the file was changed after it was written";
  for (const name of ["openssl3.p12", "openssl-legacy.p12", "keytool.p12"]) {
    await rejects("wrong_passphrase", { pfx: fixture(name), passphrase }, {
      fetch: changed,
      "command line": changed,
      readPkcs12: changed,
    });
  }
  // Without a MAC nothing shows that a file was changed.
  const plain = `Cannot open the PKCS#12 file: ${WRONG}`;
  await rejects("wrong_passphrase", { pfx: fixture("nomac.p12"), passphrase }, {
    fetch: plain,
    "command line": plain,
    readPkcs12: plain,
  });
  for (const name of ["client.encrypted.key", "client.3des.key", "client.dek-info.key"]) {
    await rejects("wrong_passphrase", {
      cert: fixture("client.pem"),
      key: fixture(name),
      passphrase,
    }, {
      fetch: `Cannot open the key file: ${WRONG}`,
      "command line": `Cannot open the key file: ${WRONG}`,
      readPrivateKey: `Cannot open the private key: ${WRONG}`,
    });
  }
});

test("a right passphrase for the file, and another one for its keys", async () => {
  const bags = [keyBag(fixture("client.key.der")), writeCertBag(fixture("client.cert.der"))];
  const safes = [encryptedSafe({ password: utf8("other"), iterations: 10 }, ...bags)];
  const pfx = writePfx(safes, await macData(safes, bmp("changeit"), 10));
  const cause = `Cannot open the PKCS#12 file: ${WRONG}; ` +
    "or its private keys have another passphrase, which";
  await rejects("wrong_passphrase", { pfx, passphrase: "changeit" }, {
    fetch: `${cause} is passed as \`keyPassphrase\``,
    readPkcs12: `${cause} is passed as \`keyPassphrase\``,
    "command line": `${cause} is passed with --key-passphrase-file`,
  });
  // Once it was passed, it is not advised again.
  const both = { passphrase: "changeit", keyPassphrase: "wrong" };
  const error = await assertRejects(() => readPkcs12(pfx, both), McFetchError);
  assertEquals(error.message, `Cannot open the PKCS#12 file: ${WRONG}`);
});

test("limits", async () => {
  const large = "#".repeat(2 * 1024 * 1024 + 1);
  const size = "its size must be <= 2097152 bytes: current value is 2097153";
  const raise = "if you trust the file, raise the limit `maxBytes`";
  const check = "check that it is a key file from a source that you trust";
  await rejects("limit_exceeded", { cert: large, key: large }, {
    fetch: `Cannot open the certificate file: ${size}; ${raise}`,
    "command line": `Cannot open the certificate file: ${size}; ${check}`,
    readPkcs12: `Cannot open the PKCS#12 file: ${size}; ${raise}`,
    readPrivateKey: `Cannot open the private key: ${size}; ${raise}`,
    writePkcs12: `Cannot open the certificate file: ${size}; ${check}`,
  });
});

test("files of other kinds", async () => {
  const keystore = fixture("java.jks");
  const convert = "convert it with the command `mc-mtls convert FILE -o client";
  await rejects("malformed_credentials", { pfx: keystore }, {
    readPkcs12:
      `Cannot open the PKCS#12 file: it is a Java keystore (JKS), not a PKCS#12; ${convert}.p12\``,
    readPrivateKey:
      `Cannot open the private key: it is a Java keystore (JKS), not a private key; ${convert}.key\``,
  });
  const notPkcs12 = (name: string, message: string) =>
    rejects("malformed_credentials", { pfx: fixture(name) }, {
      readPkcs12: `Cannot open the PKCS#12 file: ${message}`,
    });
  await notPkcs12(
    "client.pem",
    "it is a PEM text, not a PKCS#12; read its private key with readPrivateKey",
  );
  await notPkcs12(
    "client.cert.der",
    "it is a certificate, not a PKCS#12; pass the .p12 file that holds it",
  );
  await notPkcs12(
    "client.key.der",
    "it is a private key, not a PKCS#12; read it with readPrivateKey",
  );
  await rejects("malformed_credentials", { pfx: fixture("ec.p12") }, {
    readPrivateKey:
      "Cannot open the private key: it is a PKCS#12, not a private key; open it with readPkcs12",
  });
  await rejects("no_private_key", { pfx: fixture("client.pem") }, {
    readPrivateKey: "Cannot open the private key: it holds no private key but CERTIFICATE; " +
      "pass the file that says PRIVATE KEY",
  });
  await rejects("no_private_key", { pfx: fixture("client.cert.der") }, {
    readPrivateKey: "Cannot open the private key: it holds no private key but a certificate; " +
      "pass the file that says PRIVATE KEY",
  });
  const unknown = "no other format this library recognizes; " +
    "export or download it again, since it is damaged or incomplete";
  await rejects("malformed_credentials", { pfx: Uint8Array.of(1, 2, 3) }, {
    fetch: `Cannot open the PKCS#12 file: not a certificate or private key file, and ${unknown}`,
  });
});

test("keys and certificates that do not make one identity", async () => {
  const cert = fixture("client.pem");
  const mismatch = "Cannot use the credentials: no certificate belongs to the private key " +
    "(RSA 2048): the certificates are for CN=client, O=mc-mtls; CN=mc-mtls test issuing CA; " +
    "pass the key that the certificate was requested with";
  await rejects("key_mismatch", { cert, key: fixture("other.key") }, {
    fetch: mismatch,
    "command line": mismatch,
    writePkcs12: mismatch,
  });
  const noKey = "Cannot use the credentials: it holds no private key; ";
  await rejects("no_private_key", { cert, key: cert }, {
    fetch: `${noKey}export it together with its private key, which was made for the certificate`,
    "command line": `${noKey}name the file that holds the private key with --key`,
    writePkcs12:
      `${noKey}export it together with its private key, which was made for the certificate`,
  });
  const key = fixture("client.pkcs8.key");
  const noCertificate = "Cannot use the credentials: it holds no certificate; " +
    "export it together with the certificate that the CA issued for this key";
  await rejects("no_certificate", { cert: key, key }, {
    fetch: noCertificate,
    "command line": noCertificate,
    writePkcs12: noCertificate,
  });
});

test("several identities", async () => {
  const pfx = fixture("two.p12");
  const several = async (entry: Entry, files: KeyFiles): Promise<string> => {
    const { code, message } = await assertRejects(() => CALLS[entry](files), McFetchError);
    assertEquals(code, "ambiguous_key");
    return message.replaceAll(/[0-9A-F]{2}(:[0-9A-F]{2}){31}/g, "HEX");
  };
  const hold = '"client" (CN=client of keytool, O=mc-mtls, SHA-256 HEX), ' +
    '"ec" (CN=client on P-256, O=mc-mtls, SHA-256 HEX)';
  const none = `Cannot use the PKCS#12 file: it holds 2 private keys and none was chosen: ${hold}`;
  const other = `Cannot use the PKCS#12 file: 0 of its private keys have the alias "x": ${hold}`;
  const option = "choose one by its name or fingerprint with `alias`";
  const flag = "choose one by its name or fingerprint with --alias";
  const files = { pfx, passphrase: "changeit" };
  assertEquals(await several("fetch", files), `${none}; ${option}`);
  assertEquals(await several("fetch", { ...files, alias: "x" }), `${other}; ${option}`);
  assertEquals(await several("command line", files), `${none}; ${flag}`);
  assertEquals(await several("command line", { ...files, alias: "x" }), `${other}; ${flag}`);
});

/** A certificate as far as it is read here, and a DSA key that it may belong to. */
function dsaPair(): { key: Uint8Array; certificate: Uint8Array } {
  const [name, empty] = [writeSequence(), writeSequence()];
  const prime = (1n << 1024n) - 105n;
  const algorithm = writeSequence(
    oid(DSA),
    writeSequence(...[prime, 7n, 2n].map((it) => writeInteger(it))),
  );
  const bits = (content: Uint8Array) => writeElement(BIT_STRING, Uint8Array.of(0), content);
  const publicKeyInfo = writeSequence(algorithm, bits(writeInteger(5)));
  const tbs = writeSequence(writeInteger(1), empty, name, empty, name, publicKeyInfo);
  return {
    key: writeSequence(writeInteger(0), algorithm, writeOctets(writeInteger(3))),
    certificate: writeSequence(tbs, empty, bits(new Uint8Array(8))),
  };
}

test("a DSA key: localKeyID says which certificate is its own, and TLS refuses it by name", async () => {
  const { key, certificate } = dsaPair();
  const id = (value: number) =>
    writeAttribute("1.2.840.113549.1.9.21", writeOctets(Uint8Array.of(value)));
  const identityOf = async (...bags: Uint8Array[]) =>
    (await readPkcs12(writePfx([writePlainSafe(...bags)]))).identities[0]!;
  const pem = writePem("CERTIFICATE", certificate);
  const other = fixture("client.cert.der");
  const named = await identityOf(
    writeCertBag(other, id(2)),
    keyBag(key, id(1)),
    writeCertBag(certificate, id(1)),
  );
  assertEquals(named.cert, pem);
  assertEquals((await readPrivateKey(named.key)).keyType, "DSA 1024");
  const unnamed = await identityOf(keyBag(key), writeCertBag(certificate));
  assertEquals("cert" in unnamed, false);
  const misnamed = await identityOf(keyBag(key, id(1)), writeCertBag(certificate, id(2)));
  assertEquals("cert" in misnamed, false);
  const foreign = await identityOf(keyBag(key, id(1)), writeCertBag(other, id(1)));
  assertEquals("cert" in foreign, false);

  const pfx = writePfx([writePlainSafe(keyBag(key, id(1)), writeCertBag(certificate, id(1)))]);
  const refused = "Cannot open the PKCS#12 file: TLS with a key of the type DSA 1024 in this " +
    "runtime is not supported; use an RSA or EC P-256 key";
  await rejects("unsupported_algorithm", { pfx }, { fetch: refused, "command line": refused });
});

test("errors that are not about a file pass through as they are", async () => {
  for (const error of [new RangeError("other"), new McFetchError("closed", "closed")]) {
    const found = await withAdvice("fetch", () => Promise.reject(error)).catch((it) => it);
    assert(found === error);
  }
  assertEquals(await withAdvice("fetch", () => Promise.resolve(5)), 5);
});

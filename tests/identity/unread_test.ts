/** No part of a file is passed over in silence. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import test from "node:test";
import { McFetchError } from "../../lib/errors.ts";
import { openFiles } from "../../lib/fetch/settings.ts";
import { readCredentials } from "../../lib/identity/credentials.ts";
import { type KeyFiles, loadIdentity } from "../../lib/identity/identity.ts";
import { readPrivateKey } from "../../lib/identity/read_private_key.ts";
import { writePkcs12 } from "../../lib/identity/write_pkcs12.ts";
import { inspectCredentials } from "../../mod.ts";
import { fixture } from "../support/context.ts";

const textOf = (name: string) => new TextDecoder().decode(fixture(name));

const [leaf = "", issuer = ""] = textOf("client.pem").split(/(?<=END CERTIFICATE-----\n)/);
const key = textOf("client.pkcs8.key");
const base64 = issuer.replaceAll(/-----.*\n/g, "");
/** The line behind the first certificate. */
const next = leaf.split("\n").length;
const comment = issuer.trimEnd().replaceAll(/^/gm, "# ");

/** Texts with a part that is not understood, and what is said of the part. */
const PARTS: [string, string, string][] = [
  [
    "an unknown label",
    issuer.replaceAll("CERTIFICATE", "SECRET").replaceAll(/\nM/g, "\nA"),
    "the block SECRET has an unknown label",
  ],
  ["a comment", comment, `the BEGIN CERTIFICATE in line ${next} is in a comment`],
  [
    "a comment of JSON",
    comment.replaceAll("# ", "// "),
    `the BEGIN CERTIFICATE in line ${next} is in a comment`,
  ],
  [
    "an END without BEGIN",
    `${base64}-----END CERTIFICATE-----\n`,
    `the END CERTIFICATE in line ${next + base64.split("\n").length - 1} has no BEGIN`,
  ],
  [
    "a BEGIN in a line without END",
    `see -----BEGIN CERTIFICATE----- here\n`,
    `the BEGIN CERTIFICATE in line ${next} has no END`,
  ],
  [
    "a remark",
    "from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----\n",
    `the BEGIN CERTIFICATE in line ${next} has no base64 behind it`,
  ],
  [
    "a label with other letters",
    issuer.replaceAll("CERTIFICATE", "\u202eA\x07").replaceAll(/\nM/g, "\nA"),
    "the block ?A? has an unknown label",
  ],
];

async function refuses(work: () => Promise<unknown>, code: string, text: string): Promise<string> {
  const error = await assertRejects(work, McFetchError);
  assertStringIncludes(error.message, text);
  assertEquals(error.code, code);
  return error.message;
}

async function findUnread(files: KeyFiles): Promise<string[]> {
  const credentials = files as Parameters<typeof inspectCredentials>[0];
  const { problems } = await inspectCredentials(credentials);
  return problems.filter(({ code }) => code === "unread_part").map(({ message }) => message);
}

for (const [name, part, problem] of PARTS) {
  test(`a part that is not understood is reported: ${name}`, async () => {
    const cert = leaf + part;
    const message = `a part of its file is not understood: ${problem}`;
    assertEquals(await findUnread({ cert, key }), [message]);
    assertEquals(await findUnread({ pfx: cert + key }), [message]);
    assertEquals(await findUnread({ cert: cert + key, key: cert + key }), [message]);
    const inKey = await findUnread({ cert: leaf, key: key + part });
    assertEquals(inKey.length, 1);
    // The rest of the file is used.
    assertEquals((await loadIdentity({ cert, key })).cert, leaf);
    const wrong = [
      [{ cert, key: textOf("other.key") }, "key_mismatch"],
      [{ cert, key: cert }, "no_private_key"],
      [{ cert: key + part, key: key + part }, "no_certificate"],
    ] as const;
    for (const [files, code] of wrong) {
      const text = `not understood in the files: ${problem.replace(/ in line \d+.*/, "")}`;
      await refuses(() => loadIdentity(files), code, text);
    }
    // If a CA is missing, a connection fails later, and nothing says why.
    const files = readCredentials({ cert: leaf, key, extraCa: cert }).files;
    assert(files);
    await refuses(
      () => openFiles(files),
      "malformed_credentials",
      `a part of it is not understood: ${problem}`,
    );
    await refuses(
      () => writePkcs12({ cert, key, passphrase: "changeit" }),
      "malformed_credentials",
      `a part of it is not understood: ${problem}`,
    );
  });
}

test("a file of which nothing is understood says why", async () => {
  const problem = "the BEGIN CERTIFICATE in line 1 is in a comment";
  await refuses(
    () => loadIdentity({ cert: comment, key }),
    "malformed_credentials",
    `no certificate or private key in it is understood: ${problem}; write each block as -----BEGIN`,
  );
  await refuses(
    () => readPrivateKey(comment),
    "malformed_credentials",
    `no private key in it is understood: ${problem}; `,
  );
});

test("a BEGIN that cannot be read is not advised to be PEM", async () => {
  for (const text of ["-----BEGIN", "-----BEGIN -----", `see BEGIN CERTIFICATE ${base64}`]) {
    await refuses(
      () => loadIdentity({ cert: text, key }),
      "malformed_credentials",
      "its BEGIN is not understood; write each block as -----BEGIN",
    );
  }
});

test("many parts that are not understood do not flood a message", async () => {
  const cert = leaf + "# -----BEGIN CERTIFICATE-----\n".repeat(15_000);
  const message = await refuses(
    () => loadIdentity({ cert, key: textOf("other.key") }),
    "key_mismatch",
    "others",
  );
  assert(message.length < 1000, message);
  // Equal blocks are looked at once.
  const unknown = Array.from({ length: 1000 }, (_, i) => btoa(String(i).padStart(3, "0")));
  const blocks = leaf +
    unknown.map((body) => `-----BEGIN A-----\n${body}\n-----END A-----\n`).join("");
  const other = await refuses(
    () => loadIdentity({ cert: blocks, key: textOf("other.key") }),
    "key_mismatch",
    "and 995 more",
  );
  assert(other.length < 1000, other);
});

test("a block that stands alone and is damaged is an error", async () => {
  const cut = issuer.replace(/-----END.*\n/, "");
  for (
    const [cert, problem] of [
      [leaf + cut, 'the line "-----END CERTIFICATE-----" is missing'],
      [cut + leaf, 'the line "-----END CERTIFICATE-----" is missing'],
      [leaf + issuer.replace("MII", "M*I"), "the text of its CERTIFICATE block is not base64"],
      [leaf + issuer.replace("MII", "\ufffd"), "the text of its CERTIFICATE block is not base64"],
    ] as const
  ) {
    for (const text of [cert, cert.replaceAll("\n", "\\n")]) {
      await refuses(() => loadIdentity({ cert: text, key }), "malformed_credentials", problem);
    }
  }
});

test("contents that are understood and not needed are no problem", async () => {
  const others = [
    "EC PARAMETERS",
    "DH PARAMETERS",
    "CERTIFICATE REQUEST",
    "X509 CRL",
    "PUBLIC KEY",
    "ATTRIBUTE CERTIFICATE",
    "OpenVPN Static key V1",
  ].map((label) => `-----BEGIN ${label}-----\nAAAA\n-----END ${label}-----\n`).join("");
  for (
    const text of [others + leaf + issuer, `Begin of the chain\n${leaf}${issuer}-- END of it --`]
  ) {
    assertEquals(await findUnread({ cert: text, key }), []);
  }
});

test("a key of another format is named if it is the only one", async () => {
  const ssh = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjE=\n" +
    "-----END OPENSSH PRIVATE KEY-----\n";
  await refuses(
    () => loadIdentity({ pfx: leaf + ssh }),
    "no_private_key",
    "it holds no private key but an OpenSSH private key; convert a copy of it with `ssh-keygen",
  );
  assertEquals((await loadIdentity({ pfx: ssh + leaf + key })).cert, leaf);
});

test("labels in another spelling are read by their contents", async () => {
  for (
    const label of ["X.509 CERTIFICATE", "CERT", "certificate", "MY-CERT"]
  ) {
    const cert = leaf.replaceAll("CERTIFICATE", label) + issuer;
    assertEquals((await loadIdentity({ cert, key })).cert, leaf + issuer);
    assertEquals(await findUnread({ cert, key }), []);
  }
  const named = key.replaceAll("PRIVATE KEY", "MY KEY");
  assertEquals((await loadIdentity({ cert: leaf, key: named })).cert, leaf);
});

test("an encrypted key is read without line ends, and with blanks for them", async () => {
  const encrypted = textOf("client.dek-info.key");
  for (const end of ["\\n", " ", "", "\\r\\n", "\r"]) {
    const files = { cert: leaf, key: encrypted.replaceAll("\n", end), passphrase: "changeit" };
    assertEquals((await loadIdentity(files)).key, key);
    await refuses(() => loadIdentity({ ...files, passphrase: "wrong" }), "wrong_passphrase", "");
  }
});

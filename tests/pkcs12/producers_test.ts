/** Files as real producers write them. `fixtures/producers/make.sh` has the command of each. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import test from "node:test";
import { McFetchError } from "../../lib/errors.ts";
import { loadIdentity } from "../../lib/identity/identity.ts";
import { type Pkcs12Identity, readPkcs12 } from "../../lib/identity/read_pkcs12.ts";
import { fixture, testExceptOn } from "../support/context.ts";

/** What a file is protected with, and what is in it. */
interface Expected {
  readonly passphrase: string | undefined;
  /** The subject's common name in the certificate of each key, in the order of the file. */
  readonly subjects: readonly string[];
  /** The number of certificates. */
  readonly certificates: number;
}

const GREEK = "Zoë κωδικός";
const ASTRAL = "key 🔑 𝒶";
const USUAL: Expected = {
  passphrase: "changeit",
  subjects: ["client on P-256"],
  certificates: 3,
};
const P384: Partial<Expected> = { subjects: ["client on p384"], certificates: 2 };

const FILES: Readonly<Record<string, Partial<Expected>>> = {
  "bc-builder-2des": {},
  "bc-builder-plain": {},
  "bc-builder-plain-nomac": {},
  "bc-builder-rc2-128": {},
  "bc-builder-rc4-128": {},
  "bc-pbes2-3des": {},
  "bc-pbes2-sha224": {},
  "bc-pbes2-sha256": {},
  "bc-pbes2-sha3-256": {},
  "bc-pbes2-sha384": {},
  "bc-pbes2-sha512": {},
  "bc-scrypt": {},
  "bc-store-3des-3des-ber": {},
  "bc-store-3des-3des-der": {},
  "bc-store-3des-40rc2-ber": {},
  "bc-store-3des-40rc2-der": {},
  "bc-store-astral": { passphrase: ASTRAL },
  "bc-store-ber": {},
  "bc-store-def-3des-3des-ber": {},
  "bc-store-def-3des-3des-der": {},
  "bc-store-def-3des-40rc2-ber": {},
  "bc-store-def-3des-40rc2-der": {},
  "bc-store-def-ber": {},
  "bc-store-def-der": {},
  "bc-store-der": {},
  "bc-store-empty": { passphrase: "" },
  "bc-store-greek": { passphrase: GREEK },
  "gnutls-3des": {},
  "gnutls-3des-pkcs12": {},
  "gnutls-aes-192": {},
  "gnutls-aes-256": {},
  "gnutls-arcfour": {},
  "gnutls-astral": { passphrase: ASTRAL },
  "gnutls-default": {},
  "gnutls-empty": { passphrase: "" },
  "gnutls-greek": { passphrase: GREEK },
  "gnutls-mac-sha512": {},
  "gnutls-null": { passphrase: undefined },
  "gnutls-odd-order": {},
  "gnutls-rsa-pss": { subjects: ["client on rsa-pss"], certificates: 2 },
  "gnutls-two": { subjects: ["client on P-256", "client on p384"], certificates: 5 },
  "keytool-aes-128-sha512": {},
  "keytool-default": {},
  "keytool-legacy": {},
  "keytool-mac-sha1": {},
  "keytool-mac-sha512": {},
  "keytool-nomac": {},
  "keytool-plain-certs": {},
  "keytool-rc2-128": {},
  "keytool-rc4-128": {},
  "keytool-rc4-40": {},
  "keytool-trust": { subjects: [], certificates: 1 },
  "keytool-two": { subjects: ["client on P-256", "client on p384"], certificates: 6 },
  "nss-3des": {},
  "nss-aes-256": {},
  "nss-astral": { passphrase: ASTRAL },
  "nss-default": {},
  "nss-greek": { passphrase: GREEK },
  "nss-p384": P384,
  "nss-plain-certs": {},
  "nss-rc2-40": {},
  "nss-rc4-128": {},
  "nss-rsa": { subjects: ["client"] },
  "openssl-PBE-SHA1-2DES": {},
  "openssl-PBE-SHA1-3DES": {},
  "openssl-PBE-SHA1-RC2-128": {},
  "openssl-PBE-SHA1-RC2-40": {},
  "openssl-PBE-SHA1-RC4-128": {},
  "openssl-PBE-SHA1-RC4-40": {},
  "openssl-aes-128-cbc": {},
  "openssl-aes-192-cbc": {},
  "openssl-aes-256-cbc": {},
  "openssl-astral": { passphrase: ASTRAL },
  "openssl-astral-legacy": { passphrase: ASTRAL },
  "openssl-camellia": {},
  "openssl-des-ede3-cbc": {},
  "openssl-ed25519": { subjects: ["client on Ed25519"] },
  "openssl-empty": { passphrase: "" },
  "openssl-empty-legacy": { passphrase: "" },
  "openssl-empty-nomac": { passphrase: "" },
  "openssl-greek": { passphrase: GREEK },
  "openssl-greek-legacy": { passphrase: GREEK },
  "openssl-md5-mac": {},
  "openssl-odd-order": {},
  "openssl-one-iteration": {},
  "openssl-p384": P384,
  "openssl-p521": { subjects: ["client on p521"], certificates: 2 },
  "openssl-plain": {},
  "openssl-plain-certs": {},
  "openssl-plain-key": {},
  "openssl-plain-nomac": {},
  "openssl-rc2-cbc": {},
  "openssl-rsa-pss": { subjects: ["client on rsa-pss"], certificates: 2 },
  "openssl-rsa-pss-sha256": { subjects: ["client on rsa-pss-sha256"], certificates: 2 },
  "openssl-sha3-mac": {},
  "openssl-twice": { certificates: 6 },
};

function read(name: string): Uint8Array<ArrayBuffer> {
  return fixture(`producers/${name}.p12`);
}

function spki(key: KeyObject): string {
  return key.export({ type: "spki", format: "pem" }).toString();
}

/** The certificate is the key's, and the chain leads from it to the root. */
function isWhole({ key, cert, chain }: Pkcs12Identity, subject: string): void {
  const path = [cert!, ...chain].map((pem) => new X509Certificate(pem));
  assertEquals(path[0]!.subject.split("\n").find((it) => it.startsWith("CN=")), `CN=${subject}`);
  assertEquals(spki(createPublicKey(key)), spki(path[0]!.publicKey));
  for (let i = 1; i < path.length; i++) assert(path[i - 1]!.checkIssued(path[i]!));
  assertStringIncludes(path.at(-1)!.subject, "CN=mc-mtls test CA");
}

/** node:crypto is the judge, and not everywhere is it OpenSSL. */
const NO_PSS = "node:crypto here knows no RSA-PSS keys";

for (const [name, difference] of Object.entries(FILES)) {
  const reasons = name.includes("rsa-pss") ? { deno: NO_PSS, bun: NO_PSS, workerd: NO_PSS } : {};
  testExceptOn(reasons, `${name}.p12`, async () => {
    const { passphrase, subjects, certificates } = { ...USUAL, ...difference };
    const contents = await readPkcs12(read(name), { passphrase });
    assertEquals(contents.certificates.length, certificates);
    assertEquals(contents.identities.length, subjects.length);
    contents.identities.forEach((identity, i) => isWhole(identity, subjects[i]!));
  });
}

test("of a keytool store with two identities, the alias picks one", async () => {
  const pfx = read("keytool-two");
  const { cert } = await loadIdentity({ pfx, passphrase: "changeit", alias: "p384" });
  assertStringIncludes(new X509Certificate(cert).subject, "CN=client on p384");
  const error = await assertRejects(
    () => loadIdentity({ pfx, passphrase: "changeit" }),
    McFetchError,
    '"ec" (CN=client on P-256',
  );
  assertEquals(error.code, "ambiguous_key");
});

test("a store of trusted certificates alone has no private key", async () => {
  const source = { pfx: read("keytool-trust"), passphrase: "changeit" };
  const error = await assertRejects(() => loadIdentity(source), McFetchError);
  assertEquals(error.code, "no_private_key");
});

// Workers refuse some of WebCrypto while a module loads
const opened = await readPkcs12(read("openssl-one-iteration"), { passphrase: "changeit" });

test("a file that is opened while the module loads has its certificate too", () => {
  assertEquals(opened.identities.length, 1);
  isWhole(opened.identities[0]!, "client on P-256");
});

/**
 * What the machine's OpenSSL writes, opens to the same key: with any algorithm, passphrase, name
 * and type of key. MC_MTLS_RUNS is the number of files of each kind; where one fails, its seed is
 * shown.
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { readPkcs12 } from "../../lib/identity/read_pkcs12.ts";
import { readPrivateKey } from "../../lib/identity/read_private_key.ts";
import { runtime, testExceptOn } from "../support/context.ts";
import { listAlgorithms, openssl } from "../support/openssl.ts";

const numRuns = Number(process.env.MC_MTLS_RUNS ?? 60);

/** How `openssl genpkey` makes each type of key, and what we call it. */
const KEYS = {
  "RSA 2048": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
  "RSA-PSS 2048": ["-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"],
  "EC P-256": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
  "EC P-384": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
  "EC P-521": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
  "Ed25519": ["-algorithm", "Ed25519"],
} as const;
type KeyType = keyof typeof KEYS;

const digests = listAlgorithms("digest");
const ciphers = listAlgorithms("cipher");
/** Without openssl all of them: the properties are then named and skipped. */
const here = (names: readonly string[], there: Set<string>) =>
  names.filter((name) => there.size === 0 || there.has(name.toLowerCase()));

const PBES2 = here([
  ...["aes-128-cbc", "aes-192-cbc", "aes-256-cbc", "des-ede3-cbc", "des-cbc", "rc2-cbc"],
  ...[
    "camellia-128-cbc",
    "camellia-192-cbc",
    "camellia-256-cbc",
    "seed-cbc",
    "cast5-cbc",
    "bf-cbc",
  ],
], ciphers);
const PKCS12_PBE = [
  ...["PBE-SHA1-RC4-128", "PBE-SHA1-RC4-40", "PBE-SHA1-3DES", "PBE-SHA1-2DES"],
  ...["PBE-SHA1-RC2-128", "PBE-SHA1-RC2-40"],
];
const PKCS5_PBE = ["PBE-MD5-DES", "PBE-SHA1-DES", "PBE-MD5-RC2-64", "PBE-SHA1-RC2-64"];
const MACS = here([
  ...["md5", "sha1", "sha2-224", "sha2-256", "sha2-384", "sha2-512", "sha2-512/256"],
  ...["sha3-224", "sha3-256", "sha3-384", "sha3-512"],
], digests).map((name) => name.replace("sha2-", "sha"));
const PRFS = ["SHA1", "SHA224", "SHA256", "SHA384", "SHA512"].map((name) => `hmacWith${name}`);

/** Any text that an environment variable can carry: Unicode but NUL and lone surrogates. */
const text = fc.string({ unit: "binary", maxLength: 24 }).filter((it) => !it.includes("\0"));
const anyKey = fc.constantFrom(...Object.keys(KEYS) as KeyType[]);
const iterations = fc.integer({ min: 1, max: 4096 });
/** OpenSSL writes names as BMPStrings, and refuses what does not fit. */
const name = fc.string({ unit: "binary", minLength: 1, maxLength: 24 })
  .filter((it) => !/[\0\u{10000}-\u{10ffff}]/u.test(it));

const folder = digests.size > 0 ? mkdtempSync(join(tmpdir(), "mc-mtls-")) : "";
const made = new Set<KeyType>();

/** The files of a key and its certificate, which are made when they are first asked for. */
function pair(type: KeyType): { key: string; cert: string } {
  const [key, cert] = ["key", "pem"].map((end) => join(folder, `${type.replace(" ", "-")}.${end}`));
  if (!made.has(type)) {
    writeFileSync(key!, openssl(["genpkey", ...KEYS[type]]));
    writeFileSync(cert!, openssl(["req", "-x509", "-key", key!, "-subj", `/CN=${type}`]));
    made.add(type);
  }
  return { key: key!, cert: cert! };
}

function property(title: string, check: () => fc.IAsyncProperty<unknown>): void {
  const reason: Parameters<typeof testExceptOn>[0] = digests.size > 0
    ? {}
    : { [runtime]: "there is no openssl here" };
  testExceptOn(reason, title, () => fc.assert(check(), { numRuns, includeErrorInReport: true }));
}

property(
  "PKCS#12",
  () =>
    fc.asyncProperty(
      anyKey,
      text,
      name,
      fc.constantFrom("NONE", ...PKCS12_PBE, ...PBES2),
      fc.constantFrom("NONE", ...PKCS12_PBE, ...PBES2),
      fc.constantFrom("", ...MACS),
      iterations,
      async (type, passphrase, friendlyName, keyPbe, certPbe, mac, iter) => {
        const { key, cert } = pair(type);
        const file = openssl([
          ...["pkcs12", "-export", "-inkey", key, "-in", cert, "-name", friendlyName],
          ...["-keypbe", keyPbe, "-certpbe", certPbe, "-iter", `${iter}`],
          ...(mac === "" ? ["-nomac"] : ["-macalg", mac]),
          ...["-passout", "env:PASSPHRASE"],
        ], passphrase);
        const { identities: [identity, ...others], certificates } = await readPkcs12(
          file,
          { passphrase },
        );
        assertEquals(others.length, 0);
        assertEquals(certificates.length, 1);
        assertEquals(identity!.key, readFileSync(key, "utf8"));
        assertEquals(identity!.cert, readFileSync(cert, "utf8"));
        assertEquals(identity!.friendlyName, friendlyName);
      },
    ),
);

/** How `openssl pkcs8` encrypts. */
const schemes = () =>
  fc.oneof(
    fc.tuple(fc.constantFrom(...PBES2), fc.constantFrom(...PRFS), iterations)
      .map(([cipher, prf, iter]) => ["-v2", cipher, "-v2prf", prf, "-iter", `${iter}`]),
    fc.tuple(fc.constantFrom(...PKCS12_PBE, ...PKCS5_PBE), iterations)
      .map(([scheme, iter]) => ["-v1", scheme, "-iter", `${iter}`]),
    fc.tuple(fc.constantFrom(...PBES2), fc.constantFrom("2", "256", "4096"))
      .map(([cipher, n]) => ["-v2", cipher, "-scrypt", "-scrypt_N", n]),
  );

property(
  "encrypted PKCS#8",
  () =>
    fc.asyncProperty(
      anyKey,
      text,
      schemes(),
      fc.constantFrom("PEM", "DER"),
      async (type, passphrase, scheme, form) => {
        const { key } = pair(type);
        const file = openssl([
          ...["pkcs8", "-topk8", "-in", key, ...scheme, "-outform", form],
          ...["-passout", "env:PASSPHRASE"],
        ], passphrase);
        const read = await readPrivateKey(file, { passphrase });
        assertEquals(read, { key: readFileSync(key, "utf8"), keyType: type });
      },
    ),
);

property(
  "the traditional form with a DEK-Info line",
  () =>
    fc.asyncProperty(
      fc.constantFrom<KeyType>("RSA 2048", "EC P-256", "EC P-384", "EC P-521"),
      text.filter((it) => it !== ""), // OpenSSL refuses the empty one
      fc.constantFrom("aes-128-cbc", "aes-192-cbc", "aes-256-cbc", "des-ede3-cbc", "des-cbc"),
      async (type, passphrase, cipher) => {
        const { key } = pair(type);
        const file = openssl([
          ...["pkey", "-in", key, "-traditional", `-${cipher}`, "-passout", "env:PASSPHRASE"],
        ], passphrase);
        assert(new TextDecoder().decode(file).includes("DEK-Info: "));
        const read = await readPrivateKey(file, { passphrase });
        assertEquals(read.keyType, type);
        // SEC 1 names the curve inside of the key, where OpenSSL's PKCS#8 does not name it once
        // more
        const opened = join(folder, "opened.key");
        writeFileSync(opened, read.key);
        assertEquals(openssl(["pkey", "-in", opened]), new Uint8Array(readFileSync(key)));
      },
    ),
);

if (folder !== "") process.once("exit", () => rmSync(folder, { recursive: true }));

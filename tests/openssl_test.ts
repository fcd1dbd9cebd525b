/** What OpenSSL writes, with any algorithm, passphrase and kind of key, opens to the same key. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import test from "node:test";
import { loadIdentity } from "../lib/identity.ts";
import { readPrivateKey } from "../lib/private_key.ts";

const PROVIDERS = ["-provider", "legacy", "-provider", "default"];

function openssl(folder: string, args: string[], passphrase = ""): void {
  execFileSync("openssl", args, {
    cwd: folder,
    stdio: "pipe",
    env: { ...process.env, PASSPHRASE: passphrase },
  });
}

function isThere(): boolean {
  try {
    execFileSync("openssl", ["list", "-cipher-algorithms", ...PROVIDERS], { stdio: "pipe" });
    return true;
  } catch {
    return false;
  }
}

/** How to make each kind of key, with `-out` to follow. */
const KEYS = {
  rsa: ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
  "rsa-three-primes": [
    "genpkey",
    "-algorithm",
    "RSA",
    "-pkeyopt",
    "rsa_keygen_bits:2048",
    "-pkeyopt",
    "rsa_keygen_primes:3",
  ],
  "rsa-pss": ["genpkey", "-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"],
  "p-256": ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
  "p-384": ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
  "p-521": ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
  brainpool: ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:brainpoolP384r1"],
  ed25519: ["genpkey", "-algorithm", "ED25519"],
} as const;

// deno-fmt-ignore
const SCHEMES = [
  "PBE-SHA1-3DES", "PBE-SHA1-2DES", "PBE-SHA1-RC2-128", "PBE-SHA1-RC2-40", "PBE-SHA1-RC4-128", "PBE-SHA1-RC4-40",
  "PBE-MD5-DES", "PBE-MD5-RC2-64", "PBE-SHA1-DES", "PBE-SHA1-RC2-64",
];
// deno-fmt-ignore
const CIPHERS = [
  "aes-128-cbc", "aes-192-cbc", "aes-256-cbc", "des-ede3-cbc", "des-cbc", "rc2-cbc", "rc2-40-cbc", "rc2-64-cbc",
  "camellia-128-cbc", "camellia-192-cbc", "camellia-256-cbc", "seed-cbc", "bf-cbc", "cast5-cbc",
];
// deno-fmt-ignore
const MACS = [
  "md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha512-224", "sha512-256", "sha3-224", "sha3-256", "sha3-512",
];
// deno-fmt-ignore
const PRFS = [
  "hmacWithMD5", "hmacWithSHA1", "hmacWithSHA224", "hmacWithSHA256", "hmacWithSHA384", "hmacWithSHA512",
  "hmacWithSHA512-224", "hmacWithSHA512-256",
];

const key = fc.constantFrom(...Object.keys(KEYS));
const encryption = fc.constantFrom(...SCHEMES, ...CIPHERS);
/** Any characters, but for the ones that an environment cannot hold. */
const passphrase = fc.string({ unit: "binary", maxLength: 40 }).map((text) =>
  text.replaceAll("\0", "0")
);
const iterations = fc.integer({ min: 1, max: 3000 });

if (isThere()) {
  test("OpenSSL's files open to the same key", { timeout: 300_000 }, async (context) => {
    const folder = mkdtempSync(join(tmpdir(), "mc-mtls-openssl-"));
    const read = (name: string) => new Uint8Array(readFileSync(join(folder, name)));
    const text = (name: string) => readFileSync(join(folder, name), "utf8");
    const options = { numRuns: Number(process.env["MC_MTLS_RUNS"] ?? 25) };
    try {
      for (const [name, args] of Object.entries(KEYS)) {
        openssl(folder, [...args, "-out", `${name}.key`]);
        openssl(folder, [
          "pkcs8",
          "-topk8",
          "-nocrypt",
          "-in",
          `${name}.key`,
          "-out",
          `${name}.pkcs8`,
        ]);
        const request = [
          "req",
          "-x509",
          "-new",
          "-key",
          `${name}.key`,
          "-subj",
          `/CN=${name}`,
          "-out",
          `${name}.pem`,
        ];
        openssl(folder, request);
      }

      await context.test("PKCS#12", () =>
        fc.assert(
          fc.asyncProperty(
            fc.record({
              key,
              passphrase,
              iterations,
              forKey: encryption,
              forCert: encryption,
              mac: fc.constantFrom(...MACS, undefined),
            }),
            async ({ key, passphrase, iterations, forKey, forCert, mac }) => {
              const integrity = mac ? ["-macalg", mac] : ["-nomac"];
              const input = [
                "-inkey",
                `${key}.key`,
                "-in",
                `${key}.pem`,
                "-passout",
                "env:PASSPHRASE",
                "-out",
                "out.p12",
              ];
              const privacy = ["-keypbe", forKey, "-certpbe", forCert, "-iter", String(iterations)];
              openssl(folder, [
                "pkcs12",
                "-export",
                ...PROVIDERS,
                ...input,
                ...privacy,
                ...integrity,
              ], passphrase);
              const identity = await loadIdentity({ pfx: read("out.p12"), passphrase });
              assertEquals(identity.key, text(`${key}.pkcs8`));
              assertEquals(identity.cert, text(`${key}.pem`));
            },
          ),
          options,
        ));

      await context.test("PKCS#8", () =>
        fc.assert(
          fc.asyncProperty(
            fc.record({
              key,
              passphrase,
              iterations,
              encryption,
              prf: fc.constantFrom(...PRFS),
              der: fc.boolean(),
            }),
            async ({ key, passphrase, iterations, encryption, prf, der }) => {
              const scheme = SCHEMES.includes(encryption)
                ? ["-v1", encryption]
                : ["-v2", encryption, "-v2prf", prf];
              const output = [
                "-passout",
                "env:PASSPHRASE",
                "-outform",
                der ? "DER" : "PEM",
                "-out",
                "out.key",
              ];
              const input = ["-in", `${key}.key`, "-iter", String(iterations)];
              openssl(
                folder,
                ["pkcs8", "-topk8", ...PROVIDERS, ...input, ...scheme, ...output],
                passphrase,
              );
              assertEquals(
                (await readPrivateKey(read("out.key"), passphrase)).pem,
                text(`${key}.pkcs8`),
              );
            },
          ),
          options,
        ));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
} else {
  test("OpenSSL's files open to the same key", {
    skip: "openssl with its legacy provider is not there",
  }, () => {});
}

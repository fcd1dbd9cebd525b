/**
 * Every file of a collection of real key files, where that is there: ../shared/p12-corpus beside
 * the project, or the folder that MC_MTLS_CORPUS names. MANIFEST.tsv says what each file holds and
 * what is expected of us.
 */
import { assert, assertEquals } from "@std/assert";
import { createPrivateKey } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { Reader } from "../../lib/asn1/reader.ts";
import { INTEGER, OCTET_STRING, SEQUENCE } from "../../lib/asn1/tags.ts";
import { toHex } from "../../lib/crypto/bytes.ts";
import { writeElement, writeOid } from "../../lib/asn1/writer.ts";
import { McFetchError, type McFetchErrorCode } from "../../lib/errors.ts";
import { loadIdentity } from "../../lib/identity/identity.ts";
import { HMACS } from "../../lib/crypto/hashes.ts";
import { Opening, type ReadOptions } from "../../lib/encryption/opening.ts";
import { readScheme } from "../../lib/encryption/schemes.ts";
import { pbkdf2 } from "../../lib/encryption/pbkdf2.ts";
import { readPkcs12 } from "../../lib/identity/read_pkcs12.ts";
import { readPrivateKey } from "../../lib/identity/read_private_key.ts";

const folder = process.env["MC_MTLS_CORPUS"] ??
  fileURLToPath(new URL("../../../shared/p12-corpus", import.meta.url));

type Row = Record<
  | "path"
  | "password_json"
  | "expected"
  | "n_certs"
  | "key_types"
  | "leaf_index_per_key"
  | "key_password_json"
  | "kind",
  string
>;

/**
 * How long a file may take that asks for more than its bounds, or is nothing but noise, in
 * milliseconds.
 */
const SOON = 1000;

/** What the first words of `expected` ask for. */
const CODES: readonly (readonly [string, McFetchErrorCode])[] = [
  ["wrong password", "wrong_passphrase"],
  ["malformed", "malformed_credentials"],
  ["unsupported", "unsupported_algorithm"],
  ["limit", "limit_exceeded"],
  ["public key, no private key", "no_private_key"],
];

/** Rows whose expectation is wrong, and why. */
const ARGUED: ReadonlyMap<string, { code: McFetchErrorCode; because: string }> = new Map([
  ["gnupg/edward.tester_demo.gnupg.com.p12", {
    code: "wrong_passphrase",
    because:
      "the key decrypts to noise from its first block on, in OpenSSL too. That is what a key under " +
      "another passphrase than its file's looks like, and the message says so",
  }],
  ["openssl/pbmac1_256_256.negative-len.p12", {
    code: "wrong_passphrase",
    because:
      "the key length in the file is not negative: it is 00FF, 255, which is a length that a key may " +
      "have. The MAC of that key does not verify, as in pbmac1_256_256.bad-len.p12",
  }],
]);

function readManifest(): Row[] {
  const [header, ...lines] = readFileSync(`${folder}/MANIFEST.tsv`, "utf8").trimEnd().split("\n");
  const names = header!.split("\t");
  return lines.map((line) =>
    Object.fromEntries(line.split("\t").map((value, i) => [names[i]!, value])) as Row
  );
}

function password(json: string): string | undefined {
  return json === "" ? undefined : JSON.parse(json) ?? undefined;
}

function passphrasesOf(row: Row): ReadOptions {
  return {
    passphrase: password(row.password_json),
    keyPassphrase: password(row.key_password_json),
  };
}

function open(row: Row, bytes: Uint8Array): Promise<unknown> {
  const { passphrase, keyPassphrase } = passphrasesOf(row);
  return row.kind === "key"
    ? readPrivateKey(bytes, { passphrase })
    : readPkcs12(bytes, { passphrase, keyPassphrase });
}

/** The manifest's name of a key type as a pattern for ours. */
function typePattern(name: string): RegExp {
  const bits = /^Private-Key: \((\d+) bit(, 2 primes)?\)$/.exec(name);
  if (bits) {
    return new RegExp(
      bits[2]
        ? `^RSA ${bits[1]}$`
        : `^(DSA ${bits[1]}|EC P-${bits[1]}|EC (secp|brainpoolP)${bits[1]}[kr]1)$`,
    );
  }
  if (name === "DSA") return /^DSA \d+$/;
  if (name === "EC-explicit") return /^EC /;
  if (name === "EC-1.3.132.0.24") return /^EC sect193r1$/;
  return new RegExp(`^${name.replace(/^(RSA-PSS|RSA|EC)-/, "$1 ")}$`);
}

async function checkPkcs12(row: Row, bytes: Uint8Array): Promise<void> {
  const passphrases = passphrasesOf(row);
  const { identities, certificates } = await readPkcs12(bytes, passphrases);
  assertEquals(certificates.length, Number(row.n_certs), "certificates");
  const types = row.key_types ? row.key_types.split(",") : [];
  assertEquals(identities.length, types.length, "keys");
  for (const [i, name] of types.entries()) {
    const { keyType } = await readPrivateKey(identities[i]!.key);
    assert(typePattern(name).test(keyType), `key ${i} should be ${name}: is ${keyType}`);
  }
  if (row.leaf_index_per_key) {
    const leaves = row.leaf_index_per_key.split(",").map((index) =>
      certificates[Number(index)]?.cert
    );
    assertEquals(identities.map(({ cert }) => cert), leaves, "leaves");
  }
  await checkIdentity(
    identities,
    certificates.length,
    () => loadIdentity({ pfx: bytes, ...passphrases }),
  );
}

/** Kinds of key that a runtime may be unable to check, and therefore to present. */
const UNPROVABLE = /^(EC sect|Ed448|DSA)/;

function jwk(pem: string): unknown {
  return createPrivateKey(pem).export({ format: "jwk" });
}

async function checkIdentity(
  identities: readonly { readonly key: string; readonly cert?: string }[],
  certificates: number,
  load: () => Promise<{ cert: string; key: string }>,
): Promise<void> {
  const leaves = new Set(identities.map(({ cert }) => cert).filter((cert) => cert !== undefined));
  const code = await load().then(({ cert, key }) => {
    assert(cert.startsWith(identities[0]!.cert!), "the leaf comes first");
    // EC keys are rewritten for TLS, without what else the file may have stored beside them.
    if (key !== identities[0]!.key) assertEquals(jwk(key), jwk(identities[0]!.key));
    return "ok";
  }, (error) => (error as McFetchError).code);
  const { keyType } = identities[0] ? await readPrivateKey(identities[0].key) : { keyType: "" };
  if (code === "unsupported_algorithm") {
    assert(UNPROVABLE.test(keyType), `${keyType} must be usable`);
  } else if (identities.length === 0) assertEquals(code, "no_private_key");
  else if (certificates === 0) assertEquals(code, "no_certificate");
  else if (leaves.size === 0) assertEquals(code, "key_mismatch");
  else assertEquals(code, leaves.size > 1 ? "ambiguous_key" : "ok");
}

async function checkKey(row: Row, bytes: Uint8Array): Promise<void> {
  const passphrase = password(row.password_json);
  const { key, keyType } = await readPrivateKey(bytes, { passphrase });
  assert(typePattern(row.key_types).test(keyType), `should be ${row.key_types}: is ${keyType}`);
  // what comes out is a plain PKCS#8 of the same key
  assertEquals(await readPrivateKey(key), { key, keyType });
}

async function check(row: Row): Promise<void> {
  const bytes = new Uint8Array(readFileSync(`${folder}/${row.path}`));
  if (row.expected.startsWith("ok")) {
    return row.kind === "key" ? await checkKey(row, bytes) : await checkPkcs12(row, bytes);
  }
  const since = performance.now();
  const code = await open(row, bytes).then(() => "ok", (error) => {
    assert(error instanceof McFetchError, `not one of our errors: ${error?.stack}`);
    return error.code;
  });
  const took = performance.now() - since;
  if (code === "ok" && row.kind === "key" && row.expected.startsWith("unsupported")) {
    // A key of an unknown algorithm or curve is read and named. Only TLS refuses it.
    const { keyType } = await readPrivateKey(bytes, { passphrase: password(row.password_json) });
    return assert(/^(EC )?\d+(\.\d+)+$/.test(keyType), keyType);
  }
  const argued = ARGUED.get(row.path);
  if (row.kind === "fuzz") assert(took < SOON, `took ${took} ms`);
  else if (argued) assertEquals(code, argued.code, argued.because);
  else if (!(code === "ok" && row.expected.includes("-or-ok"))) {
    assertEquals(code, CODES.find(([words]) => row.expected.startsWith(words))?.[1]);
  }
  if (row.expected.startsWith("limit")) assert(took < SOON, `took ${took} ms`);
}

/** Project Wycheproof's vectors for PBKDF2 and PBES2. */
interface Vectors {
  readonly algorithm: string;
  readonly testGroups: readonly {
    readonly tests: readonly {
      readonly tcId: number;
      readonly password: string;
      readonly salt: string;
      readonly iterationCount: number;
      readonly result: string;
      readonly dkLen?: number;
      readonly dk?: string;
      readonly iv?: string;
      readonly msg?: string;
      readonly ct?: string;
    }[];
  }[];
}

/**
 * What a test may take; the vectors with millions of iterations would take minutes without
 * WebCrypto.
 */
const MAX_VECTOR_ITERATIONS = 100_000;

function hex(digits: string): Uint8Array {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

function int(value: number): Uint8Array {
  return writeElement(INTEGER, hex(value.toString(16).padStart(8, "0")));
}

async function checkVectors(row: Row): Promise<void> {
  const { algorithm, testGroups }: Vectors = JSON.parse(
    readFileSync(`${folder}/${row.path}`, "utf8"),
  );
  const [, name, bits] = /Hmac(?:Sha)?-?(?:SHA)?(\d+)(?:AndAes_(\d+))?/i.exec(algorithm)!;
  const [prf, hash] = [...HMACS].find(([oid, { name: hash }]) =>
    hash === `SHA-${name}` && oid.startsWith("1.2.840")
  )!;
  for (const { tests } of testGroups) {
    for (const vector of tests) {
      if (vector.iterationCount > MAX_VECTOR_ITERATIONS) continue;
      const id = `${algorithm} ${vector.tcId}`;
      const [password, salt] = [hex(vector.password), hex(vector.salt)];
      if (vector.dk !== undefined) {
        const derived = await pbkdf2(hash, password, salt, vector.iterationCount, vector.dkLen!);
        assertEquals(toHex(derived) === vector.dk, vector.result === "valid", id);
        continue;
      }
      const cipher = { 128: 2, 192: 22, 256: 42 }[bits!];
      const scheme = readScheme(
        new Reader(
          writeElement(
            SEQUENCE,
            writeOid("1.2.840.113549.1.5.13"),
            writeElement(
              SEQUENCE,
              writeElement(
                SEQUENCE,
                writeOid("1.2.840.113549.1.5.12"),
                writeElement(
                  SEQUENCE,
                  writeElement(OCTET_STRING, salt),
                  int(vector.iterationCount),
                  writeElement(SEQUENCE, writeOid(prf)),
                ),
              ),
              writeElement(
                SEQUENCE,
                writeOid(`2.16.840.1.101.3.4.1.${cipher}`),
                writeElement(OCTET_STRING, hex(vector.iv!)),
              ),
            ),
          ),
          "the vector",
          "the vector",
        ).enterSequence("AlgorithmIdentifier"),
        new Opening("the vector"),
      );
      const key = await scheme.derive(password);
      const { bytes, padded } = await scheme.decrypt(key, hex(vector.ct!));
      assertEquals(padded && toHex(bytes) === vector.msg, vector.result === "valid", id);
    }
  }
}

if (existsSync(`${folder}/MANIFEST.tsv`)) {
  for (const row of readManifest()) {
    test(
      `${row.path}: ${row.expected}`,
      { timeout: 120_000 },
      () => row.kind === "json" ? checkVectors(row) : check(row),
    );
  }
} else {
  const reason = "it is not beside this clone; MC_MTLS_CORPUS names its folder";
  test(`the collection of real key files (skipped: ${reason})`, { skip: reason }, () => {});
}

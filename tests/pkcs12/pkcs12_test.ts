import { assert, assertEquals, assertRejects } from "@std/assert";
import { createCipheriv } from "node:crypto";
import { readFileSync } from "node:fs";
import test from "node:test";
import { Reader } from "../../lib/asn1/reader.ts";
import { BMP_STRING, BOOLEAN, contextTag, OCTET_STRING, SET } from "../../lib/asn1/tags.ts";
import { concat } from "../../lib/crypto/bytes.ts";
import { writeElement } from "../../lib/asn1/writer.ts";
import { McFetchError, type McFetchErrorCode } from "../../lib/errors.ts";
import { Opening, type ReadOptions } from "../../lib/encryption/opening.ts";
import { type Pkcs12Contents, readPkcs12 } from "../../lib/identity/read_pkcs12.ts";
import { readScheme } from "../../lib/encryption/schemes.ts";
import { readPrivateKey } from "../../lib/identity/read_private_key.ts";
import {
  bmp,
  DATA,
  ENCRYPTED_DATA,
  encryptedSafe,
  keyBag,
  macData,
  oid,
  pbmac1,
  pfx,
  SAFE_CONTENTS_BAG,
  shroudedBag,
  utf8,
  writeAttribute,
  writeCertBag,
  writeContentInfo,
  writeInteger,
  writeOctets,
  writePlainSafe,
  writeSafeBag,
  writeSequence,
} from "../support/p12_writer.ts";

const passphrase = "changeit";
/** How long a hostile file may take, in milliseconds. */
const SOON = 1000;

function fixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../fixtures/${name}`, import.meta.url)));
}

const key = fixture("client.key.der");
const certificate = fixture("client.cert.der");

function fails(
  bytes: Uint8Array,
  code: McFetchErrorCode,
  includes: string,
  options: ReadOptions = { passphrase },
): Promise<McFetchError> {
  return failure(() => readPkcs12(bytes, options), code, includes);
}

async function failure(
  act: () => Promise<unknown>,
  code: McFetchErrorCode,
  includes: string,
): Promise<McFetchError> {
  const since = performance.now();
  const error = await assertRejects(act, McFetchError, includes);
  assertEquals(error.code, code, error.message);
  const took = performance.now() - since;
  assert(took < SOON, `took ${took} ms`);
  return error;
}

/** Opens with one key and its certificate. */
async function opens(bytes: Uint8Array, options?: ReadOptions): Promise<Pkcs12Contents> {
  const contents = await readPkcs12(bytes, options);
  assertEquals(contents.identities.length, 1);
  assertEquals(contents.identities[0]!.cert, contents.certificates[0]!.cert);
  assertEquals((await readPrivateKey(contents.identities[0]!.key)).keyType, "RSA 2048");
  return contents;
}

test("a file without MAC and encryption opens with any passphrase and without", async () => {
  const bytes = pfx([writePlainSafe(keyBag(key), writeCertBag(certificate))]);
  await opens(bytes);
  await opens(bytes, { passphrase: "anything" });
});

test("names come from the bags, and wrong ones are passed over", async () => {
  const name = (text: string) => writeElement(BMP_STRING, bmp(text).slice(0, -2));
  const friendly = (value: Uint8Array) => writeAttribute("1.2.840.113549.1.9.20", value);
  const { identities, certificates } = await opens(
    pfx([
      writePlainSafe(
        keyBag(key, friendly(name("schlüssel"))),
        writeCertBag(certificate, friendly(name("zertifikat"))),
      ),
    ]),
  );
  assertEquals(identities[0]!.friendlyName, "schlüssel");
  assertEquals(certificates[0]!.friendlyName, "zertifikat");
  for (
    const wrong of [
      writeElement(BOOLEAN, Uint8Array.of(255)),
      writeElement(BMP_STRING, Uint8Array.of(0, 65, 0)),
      name(""),
    ]
  ) {
    const contents = await opens(
      pfx([
        writePlainSafe(keyBag(key, friendly(wrong)), writeCertBag(certificate, friendly(wrong))),
      ]),
    );
    assertEquals("friendlyName" in contents.identities[0]!, false);
  }
  // an attribute without a value
  await opens(
    pfx([
      writePlainSafe(
        keyBag(key, writeSequence(oid("1.2.840.113549.1.9.20"), writeElement(SET))),
        writeCertBag(certificate),
      ),
    ]),
  );
});

test("nested SafeContents are opened; CRLs, secrets and unknown bags are skipped", async () => {
  const nested = writeSafeBag(
    SAFE_CONTENTS_BAG,
    writeSequence(
      keyBag(key),
      writeSafeBag(SAFE_CONTENTS_BAG, writeSequence(writeCertBag(certificate))),
    ),
  );
  const others = ["4", "5", "99"].map((type) =>
    writeSafeBag(
      `1.2.840.113549.1.12.10.1.${type}`,
      writeSequence(oid("1.2.3"), writeElement(contextTag(0), writeOctets(key))),
    )
  );
  await opens(pfx([writePlainSafe(...others, nested)]));
});

test("the leaf is the certificate of the key, whatever localKeyID says", async () => {
  const id = (value: number) =>
    writeAttribute("1.2.840.113549.1.9.21", writeOctets(Uint8Array.of(value)));
  const ec = await readPkcs12(fixture("ec.p12"), { passphrase });
  const other = Uint8Array.from(
    atob(ec.certificates[0]!.cert.split("\n").slice(1, -2).join("")),
    (c) => c.charCodeAt(0),
  );
  const { identities, certificates } = await readPkcs12(
    pfx([
      writePlainSafe(
        keyBag(key, id(1)),
        writeCertBag(other, id(1)),
        writeCertBag(certificate, id(2)),
      ),
    ]),
  );
  assertEquals(identities[0]!.cert, certificates[1]!.cert);
  const unrelated = await readPkcs12(
    pfx([writePlainSafe(keyBag(key, id(1)), writeCertBag(other, id(1)))]),
  );
  assertEquals(unrelated.identities[0]!.cert, undefined);
  assertEquals(unrelated.identities[0]!.chain, []);
});

test("every form of passphrase that producers use opens, and no other", async () => {
  const text = "pässwörd🔑";
  const latin1 = Uint8Array.from(text, (character) => character.charCodeAt(0));
  const standard = bmp(text);
  const utf8AsLatin1 = bmp(String.fromCharCode(...utf8(text)));
  for (const mac of [standard, utf8AsLatin1]) {
    for (const pbes2 of [utf8(text), standard, standard.slice(0, -2), latin1]) {
      const safes = [
        encryptedSafe({ password: pbes2, iterations: 10 }, keyBag(key), writeCertBag(certificate)),
      ];
      await opens(pfx(safes, await macData(safes, mac, 10)), { passphrase: text });
      await opens(pfx(safes), { passphrase: text });
      await fails(
        pfx(safes, await macData(safes, mac, 10)),
        "wrong_passphrase",
        "does not open it",
        { passphrase: "passwort" },
      );
      await fails(pfx(safes), "wrong_passphrase", "does not open it", { passphrase: "passwort" });
    }
  }
});

test("the empty passphrase and none at all open both of their forms", async () => {
  for (const mac of [new Uint8Array(0), new Uint8Array(2)]) {
    for (const pbes2 of [new Uint8Array(0), new Uint8Array(2)]) {
      const safes = [
        encryptedSafe({ password: pbes2, iterations: 10 }, keyBag(key), writeCertBag(certificate)),
      ];
      const bytes = pfx(safes, await macData(safes, mac, 10));
      await opens(bytes, { passphrase: "" });
      await opens(bytes);
    }
  }
});

test("what is encrypted may have another passphrase, if it is given", async () => {
  const safes = [
    encryptedSafe(
      { password: utf8("other"), iterations: 10 },
      keyBag(key),
      writeCertBag(certificate),
    ),
  ];
  const bytes = pfx(safes, await macData(safes, bmp(passphrase), 10));
  await opens(bytes, { passphrase, keyPassphrase: "other" });
  await fails(bytes, "wrong_passphrase", "which is passed as `keyPassphrase`");
  const shrouded = [
    writePlainSafe(
      shroudedBag(key, { password: utf8("other"), iterations: 10 }),
      writeCertBag(certificate),
    ),
  ];
  await opens(pfx(shrouded, await macData(shrouded, bmp(passphrase), 10)), {
    passphrase,
    keyPassphrase: "other",
  });
});

test("a MAC is checked before anything else is believed", async () => {
  const safes = [writePlainSafe(keyBag(key), writeCertBag(certificate))];
  const mac = await macData(safes, bmp(passphrase));
  await opens(pfx(safes, mac), { passphrase });
  const changed = [writePlainSafe(keyBag(key))];
  await fails(pfx(changed, mac), "wrong_passphrase", "or the file was changed");
});

test("what stands where a MAC should be is not taken for its absence: CVE-2025-12816", async () => {
  const safes = [writePlainSafe(keyBag(key), writeCertBag(certificate))];
  const [info, salt] = [
    writeSequence(writeSequence(oid("1.3.14.3.2.26")), writeOctets(new Uint8Array(20))),
    writeOctets(new Uint8Array(8)),
  ];
  for (
    const wrong of [
      writeOctets(salt),
      writeSequence(info),
      writeSequence(salt, info),
      writeSequence(info, salt, writeInteger(1), writeInteger(1)),
      writeElement(SET, info, salt),
    ]
  ) {
    await fails(pfx(safes, wrong), "malformed_credentials", "MacData");
  }
  const mac = await macData(safes, bmp(passphrase));
  await fails(pfx(safes, mac, mac), "malformed_credentials", "PFX has");
});

test("PBMAC1: RFC 9579, and CVE-2026-34181", async () => {
  const safes = [writePlainSafe(keyBag(key), writeCertBag(certificate))];
  for (const length of [20, 32, 64, 256]) {
    await opens(pfx(safes, pbmac1(safes, passphrase, length)), { passphrase });
    await fails(
      pfx(safes, pbmac1(safes, "another", length)),
      "wrong_passphrase",
      "does not open it",
    );
  }
  for (const length of [1, 8, 19]) {
    await fails(
      pfx(safes, pbmac1(safes, passphrase, length)),
      "malformed_credentials",
      "must be 20 to 1024 bytes",
    );
  }
  await fails(
    pfx(safes, pbmac1(safes, passphrase, 32, 2000)),
    "malformed_credentials",
    "must be 1 to 1024 bytes",
  );
  await fails(
    pfx(safes, pbmac1(safes, passphrase, 32, 0)),
    "malformed_credentials",
    "must have a key length",
  );
});

test("absent contents are refused: CVE-2024-0727, CVE-2025-69421", async () => {
  await fails(
    writeSequence(writeInteger(3), writeSequence(oid(DATA))),
    "malformed_credentials",
    "authSafe ends before its content",
  );
  await fails(
    pfx([writeSequence(oid(ENCRYPTED_DATA))]),
    "malformed_credentials",
    "ContentInfo ends before its content",
  );
  const empty = writeContentInfo(
    ENCRYPTED_DATA,
    writeSequence(writeInteger(0), writeSequence(oid(DATA))),
  );
  await fails(pfx([empty]), "malformed_credentials", "EncryptedContentInfo ends before");
});

test("work is refused before it is done: one count, and all of them together", async () => {
  const counted = (iterations: number | bigint) =>
    writePlainSafe(
      shroudedBag(key, { password: utf8(passphrase), iterations }),
      writeCertBag(certificate),
    );
  await fails(
    pfx([counted(2n ** 31n - 1n)]),
    "limit_exceeded",
    "must be <= 5000000: current value is 2147483647",
  );
  await fails(pfx([counted(2n ** 63n)]), "limit_exceeded", "raise the limit `maxIterations`");
  await fails(pfx([counted(0)]), "malformed_credentials", "must be >= 1: current value is 0");
  await fails(
    pfx(Array.from({ length: 200 }, () => counted(600_000))),
    "limit_exceeded",
    "limit `maxRounds`",
  );
  const safes = [counted(1000)];
  const bytes = pfx(safes, await macData(safes, bmp(passphrase), 2048));
  await opens(bytes, { passphrase, limits: { maxIterations: 2048, maxRounds: 4000 } });
  await fails(bytes, "limit_exceeded", "MAC must be <= 2047", {
    passphrase,
    limits: { maxIterations: 2047 },
  });
  await fails(bytes, "limit_exceeded", "must be <= 3047: current value is 3", {
    passphrase,
    limits: { maxRounds: 3047 },
  });
});

test("the bounds of size and number", async () => {
  const bytes = pfx([writePlainSafe(keyBag(key), writeCertBag(certificate))]);
  await opens(bytes, { limits: { maxBytes: bytes.length, maxBags: 3 } });
  await fails(bytes, "limit_exceeded", "limit `maxBytes`", {
    limits: { maxBytes: bytes.length - 1 },
  });
  await fails(bytes, "limit_exceeded", "limit `maxBags`", { limits: { maxBags: 2 } });
});

test("deep nesting is refused, in every kind of structure", async () => {
  const levels = 100_000;
  const indefinite = new Uint8Array(2 * levels).map((_, i) => i % 2 ? 0x80 : 0x30);
  await fails(
    concat([Uint8Array.of(0x30, 0x80, 2, 1, 3), indefinite]),
    "malformed_credentials",
    "",
  );
  let safes = writeSequence(keyBag(key));
  for (let i = 0; i < 40; i++) safes = writeSequence(writeSafeBag(SAFE_CONTENTS_BAG, safes));
  await fails(
    pfx([writeContentInfo(DATA, writeOctets(safes))]),
    "malformed_credentials",
    "nested too deeply",
  );
  let parts = writeOctets(key);
  for (let i = 0; i < 40; i++) parts = writeElement(OCTET_STRING | 0x20, parts);
  await fails(
    writeSequence(writeInteger(3), writeContentInfo(DATA, parts)),
    "malformed_credentials",
    "nested too deeply",
  );
});

test("BER as NSS, Windows and Bouncy Castle write it is read, and trailing bytes are not", async () => {
  const bytes = pfx([writePlainSafe(keyBag(key), writeCertBag(certificate))]);
  const content = new Reader(bytes, "", "").enterSequence("").rest;
  const end = Uint8Array.of(0, 0);
  await opens(concat([Uint8Array.of(0x30, 0x80), content, end]));
  await opens(concat([bytes, new Uint8Array(7)]));
  await fails(
    concat([bytes, Uint8Array.of(1)]),
    "malformed_credentials",
    "bytes more than it should",
  );
  await fails(concat([Uint8Array.of(0x30, 0x80), content]), "malformed_credentials", "");
});

test("every cut and every changed byte gives a result or one of our errors, soon", async () => {
  const whole = fixture("openssl3.p12");
  const codes = new Set<string>();
  for (let at = 0; at < whole.length; at += 13) {
    const changed = whole.slice();
    changed[at]! ^= 1 << (at % 8);
    const since = performance.now();
    codes.add(
      await readPkcs12(changed, { passphrase }).then(() => "ok", (error) => {
        assert(error instanceof McFetchError, `${error?.stack}`);
        return error.code;
      }),
    );
    assert(performance.now() - since < SOON);
  }
  assert(codes.has("wrong_passphrase") && codes.has("malformed_credentials"), [...codes].join());
});

test("no error holds a passphrase", async () => {
  const secret = "correct horse battery staple";
  for (const name of ["openssl3.p12", "openssl-legacy.p12", "keytool.p12", "nomac.p12"]) {
    const error = await fails(fixture(name), "wrong_passphrase", "", { passphrase: secret });
    assert(!`${error.message}${error.stack}${error.cause}`.includes(secret));
  }
});

test("another kind of file is named", async () => {
  await fails(certificate, "malformed_credentials", "it is a certificate, not a PKCS#12");
  await fails(key, "malformed_credentials", "it is a private key, not a PKCS#12");
  await fails(
    fixture("java.jks"),
    "malformed_credentials",
    "it is a Java keystore (JKS), not a PKCS#12",
  );
  await fails(fixture("bundle.pem"), "malformed_credentials", "it is a PEM text, not a PKCS#12");
  await fails(utf8("<html>"), "malformed_credentials", "it is an HTML page");
});

/** PBES2 with scrypt and AES-256-CBC. */
function scryptScheme(salt: Uint8Array, N: number | bigint, r: number, p: number): Uint8Array {
  const scrypt = writeSequence(
    oid("1.3.6.1.4.1.11591.4.11"),
    writeSequence(writeOctets(salt), writeInteger(N), writeInteger(r), writeInteger(p)),
  );
  const cipher = writeSequence(oid("2.16.840.1.101.3.4.1.42"), writeOctets(new Uint8Array(16)));
  return writeSequence(oid("1.2.840.113549.1.5.13"), writeSequence(scrypt, cipher));
}

test("scrypt: RFC 7914 section 12", async () => {
  for (
    const [password, salt, N, r, p, derived] of [
      ["", "", 16, 1, 1, "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"],
      [
        "password",
        "NaCl",
        1024,
        8,
        16,
        "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162",
      ],
      [
        "pleaseletmein",
        "SodiumChloride",
        16384,
        8,
        1,
        "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2",
      ],
    ] as const
  ) {
    const cipher = createCipheriv("aes-256-cbc", Buffer.from(derived, "hex"), new Uint8Array(16));
    const ciphertext = new Uint8Array([...cipher.update(key), ...cipher.final()]);
    const identifier = new Reader(scryptScheme(utf8(salt), N, r, p), "the vector", "")
      .enterSequence("");
    const scheme = readScheme(identifier, new Opening("the vector"));
    const { bytes, padded } = await scheme.decrypt(
      await scheme.derive(utf8(password)),
      ciphertext,
    );
    assert(padded);
    assertEquals(bytes, key);
  }
});

test("scrypt's memory and work are bounded", async () => {
  const read = (N: number | bigint, r: number, p: number) =>
    readPrivateKey(
      writeSequence(scryptScheme(utf8("salt"), N, r, p), writeOctets(new Uint8Array(16))),
      { passphrase },
    );
  await failure(() => read(2n ** 24n, 32, 16), "limit_exceeded", "limit `maxScryptMemory`");
  await failure(() => read(2 ** 14, 8, 1000), "limit_exceeded", "limit `maxRounds`");
  await failure(() => read(2n ** 62n, 2 ** 30, 1), "limit_exceeded", "limit `maxScryptMemory`");
  await failure(() => read(1000, 8, 1), "malformed_credentials", "must be a power of 2");
  await failure(() => read(16, 0, 1), "malformed_credentials", ">= 1");
});

test("many keys and many certificates are paired soon, or refused", async () => {
  const many = (count: number, bag: Uint8Array) => Array.from({ length: count }, () => bag);
  const since = performance.now();
  const { identities } = await readPkcs12(
    pfx([writePlainSafe(...many(400, keyBag(key)), ...many(400, writeCertBag(certificate)))]),
  );
  assertEquals(identities.length, 400);
  // nothing says which of the certificates is theirs, so each would have to be tried with each
  const pem = readFileSync(new URL("../fixtures/ed25519.key", import.meta.url), "utf8");
  const ed25519 = Uint8Array.from(
    atob(pem.split("\n").slice(1, -2).join("")),
    (c) => c.charCodeAt(0),
  );
  const chain = readFileSync(new URL("../fixtures/ed25519.pem", import.meta.url), "utf8").split(
    "-----END",
  )[0]!;
  const mine = Uint8Array.from(
    atob(chain.split("\n").slice(1, -1).join("")),
    (c) => c.charCodeAt(0),
  );
  const mineToo = concat([mine.subarray(0, -1), Uint8Array.of(mine.at(-1)! ^ 1)]);
  assertEquals(
    (await readPkcs12(pfx([writePlainSafe(keyBag(ed25519), writeCertBag(mineToo))]))).identities[0]!
      .cert !==
      undefined,
    true,
  );
  const other = ed25519.slice();
  other[20]! ^= 1;
  await fails(
    pfx([writePlainSafe(...many(30, keyBag(other)), ...many(30, writeCertBag(mine)))]),
    "limit_exceeded",
    "limit `maxRounds`",
    { limits: { maxRounds: 20_000 } },
  );
  assert(performance.now() - since < 4 * SOON);
});

test("a wrong passphrase whose padding comes out right by chance is wrong_passphrase too", async () => {
  // without a MAC, where one form of a passphrase in 256 has valid padding
  const bytes = pfx([
    writePlainSafe(
      shroudedBag(key, { password: utf8(passphrase), iterations: 1 }),
      writeCertBag(certificate),
    ),
  ]);
  for (let i = 0; i < 600; i++) {
    const error = await assertRejects(
      () => readPkcs12(bytes, { passphrase: `wrong ${i}` }),
      McFetchError,
    );
    assertEquals(error.code, "wrong_passphrase", error.message);
  }
});

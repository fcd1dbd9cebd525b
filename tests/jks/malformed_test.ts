/** Keystores that are damaged, forged or unusual: each has a clear error, or opens. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import test from "node:test";
import { INTEGER, NULL, OCTET_STRING, SEQUENCE } from "../../lib/asn1/tags.ts";
import { writeElement } from "../../lib/asn1/writer.ts";
import { KeyFileError, McFetchError, type McFetchErrorCode } from "../../lib/errors.ts";
import { type KeyFiles, loadIdentity } from "../../lib/identity/identity.ts";
import { openKeystore } from "../../lib/jks/open.ts";
import { Opening } from "../../lib/encryption/opening.ts";
import { readPem } from "../../lib/keys/pem.ts";
import { fixture } from "../support/context.ts";
import {
  join,
  type Keystore,
  protectKey,
  writeCertificate,
  writeKeystore,
  writePrivateKey,
  writeProtected,
  writeSecret,
  writeText,
  writeTrusted,
} from "../support/jks_writer.ts";

const passphrase = "changeit";
const JCEKS = 0xcececece;
const TRIPLE_DES = "1.3.6.1.4.1.42.2.19.1";

const text = (name: string) => new TextDecoder().decode(fixture(name));
const [KEY] = readPem(text("ec.key"), "").map(({ bytes }) => bytes) as [Uint8Array];
const CHAIN = readPem(text("ec.pem"), "").map(({ bytes }) => bytes);

function identity(version = 2, type?: string): Uint8Array {
  const chain = CHAIN.map((der) => writeCertificate(der, version, type));
  return writePrivateKey("ec", protectKey(KEY), chain);
}

async function opens(keystore: Keystore, options: Partial<KeyFiles> = {}): Promise<void> {
  const { cert, key } = await loadIdentity({
    pfx: writeKeystore(keystore),
    passphrase,
    ...options,
  });
  assertEquals([cert, key].map((pem) => readPem(pem, "").length), [2, 1]);
}

async function fails(
  keystore: Keystore | Uint8Array,
  code: McFetchErrorCode,
  includes: string,
  options: Partial<KeyFiles> = {},
): Promise<void> {
  const pfx = keystore instanceof Uint8Array ? keystore : writeKeystore(keystore);
  const files = { pfx, passphrase, ...options };
  const error = await assertRejects(() => loadIdentity(files), McFetchError, includes);
  assertEquals(error.code, code);
  assert(error.message.startsWith("Cannot open the Java keystore: "), error.message);
}

test("version 1 has no types of certificates", async () => {
  await opens({ version: 1, entries: [identity(1)] });
  await opens({ version: 1, magic: JCEKS, entries: [identity(1)] });
  for (const version of [0, 3, 0xffffffff]) {
    const rule = `the version of the keystore must be 1 or 2: current value is ${version}`;
    await fails({ version, entries: [identity(1)] }, "malformed_credentials", rule);
  }
});

test("certificates of other types are named", async () => {
  await opens({ entries: [identity(2, "X509")] });
  const long = "P".repeat(50);
  for (const [type, shown] of [["PGP\n", '"PGP\\u{a}"'], [long, `"${"P".repeat(39)}…"`]] as const) {
    const what = `the certificate type ${shown} is not supported`;
    await fails({ entries: [identity(2, type)] }, "unsupported_algorithm", what);
  }
});

test("entries of other types are malformed", async () => {
  for (const type of [0, 3, 4, 0xffffffff]) {
    const entry = join(type, identity().subarray(4));
    const rule = `the type of an entry must be 1 or 2: current value is ${type}`;
    await fails({ entries: [entry] }, "malformed_credentials", rule);
  }
  const entry = join(4, identity().subarray(4));
  const rule = "the type of an entry must be 1, 2 or 3: current value is 4";
  await fails({ magic: JCEKS, entries: [entry] }, "malformed_credentials", rule);
});

test("zeros behind the file are padding, anything else is not", async () => {
  const file = writeKeystore({ entries: [identity()] });
  await loadIdentity({ pfx: join(file, 0, 0), passphrase });
  await fails(join(file, 0, 1), "malformed_credentials", "it has 8 bytes more than it should");
});

test("lengths and numbers beyond the file", async () => {
  const huge = 0xffffffff;
  const entry = identity();
  const [first = KEY] = CHAIN;
  const left = /the [a-z ]+ must have 4294967295 bytes: only \d+ are left in the file/;
  const key = join(1, writeText("ec"), 0, 0, huge, 1, 2, 3);
  const certificate = join(2, writeText("ec"), 0, 0, writeText("X.509"), huge, first);
  for (const keystore of [{ entries: [key] }, { entries: [certificate] }]) {
    const error = await assertRejects(
      () => loadIdentity({ pfx: writeKeystore(keystore), passphrase }),
      McFetchError,
    );
    assert(left.test(error.message), error.message);
  }
  const name = join(2, Uint8Array.of(0xff, 0xff), 0, 0, 0);
  await fails({ entries: [name] }, "malformed_credentials", "alias must have 65535 bytes: only");
  await fails({ entries: [entry], count: 2 }, "malformed_credentials", "the alias must have");
  await fails({ entries: [entry], count: huge }, "malformed_credentials", "the alias must have");
  await fails({ entries: [entry], count: 0 }, "malformed_credentials", "bytes more than it should");
  const many = writePrivateKey("ec", protectKey(KEY), [writeCertificate(first)], huge);
  await fails({ entries: [many] }, "malformed_credentials", "must have");
});

test("entries and certificates are bags, and their number is limited", async () => {
  const trusted = writeTrusted("root", writeCertificate(CHAIN[1]!));
  const entries = [identity(), ...Array<Uint8Array>(3).fill(trusted)];
  // One key, two certificates in its chain, and three others.
  await opens({ entries }, { limits: { maxBags: 6 } });
  const problem = "the number of its parts must be <= 5";
  await fails({ entries }, "limit_exceeded", problem, { limits: { maxBags: 5 } });
  const chain = Array<Uint8Array>(2000).fill(writeCertificate(CHAIN[0]!));
  const key = writePrivateKey("ec", protectKey(KEY), chain);
  await fails({ entries: [key] }, "limit_exceeded", "the number of its parts must be <= 1024");
  const size = { limits: { maxBytes: 100 } };
  await fails({ entries }, "limit_exceeded", "its size must be <= 100 bytes", size);
});

function tripleDes(salt: Uint8Array, iterations: number, data: Uint8Array): Keystore {
  const count = writeElement(INTEGER, join(iterations));
  const parameters = writeElement(SEQUENCE, writeElement(OCTET_STRING, salt), count);
  const key = writeProtected(TRIPLE_DES, parameters, data);
  return { magic: JCEKS, entries: [writePrivateKey("ec", key, [])] };
}

test("iterations are limited, one by one and together", async () => {
  const [salt, data] = [new Uint8Array(8), new Uint8Array(16)];
  const different = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  await fails(tripleDes(salt, 0, data), "malformed_credentials", "encryption must be >= 1");
  await fails(
    tripleDes(salt, 5_000_001, data),
    "limit_exceeded",
    "the iterations of its encryption must be <= 5000000: current value is 5000001",
  );
  await fails(
    tripleDes(different, 51, data),
    "limit_exceeded",
    "the rounds of all key derivations together must be <= 100: current value is 102",
    { limits: { maxRounds: 100 } },
  );
  // Equal halves of the salt have two forms.
  await fails(tripleDes(salt, 34, data), "limit_exceeded", "current value is 102", {
    limits: { maxRounds: 100 },
  });
  const entry = tripleDes(different, 5_000_000, data).entries[0]!;
  await fails(
    { magic: JCEKS, entries: [entry, entry, entry] },
    "limit_exceeded",
    "must be <= 20000000: current value is 20000002",
  );
  const long = protectKey(new Uint8Array(20 * 101));
  await fails(
    { entries: [writePrivateKey("ec", long, [])] },
    "limit_exceeded",
    "must be <= 100: current value is 101",
    { limits: { maxRounds: 100 } },
  );
});

test("faults in the encryption of a key", async () => {
  const nothing = writeElement(NULL);
  const withKey = (key: Uint8Array) => ({ entries: [writePrivateKey("ec", key, [])] });
  const jks = (length: number) =>
    withKey(writeProtected("1.3.6.1.4.1.42.2.17.1.1", nothing, new Uint8Array(length)));
  const rule = "the encrypted private key must have more than 40 bytes: current value is ";
  await fails(jks(0), "malformed_credentials", `${rule}0`);
  await fails(jks(40), "malformed_credentials", `${rule}40`);
  await fails(jks(41), "wrong_passphrase", "the passphrase does not open it");
  await fails(
    tripleDes(new Uint8Array(9), 1, new Uint8Array(8)),
    "malformed_credentials",
    "the salt of PBEWithMD5AndTripleDES must have 8 bytes: current value is 9",
  );
  await fails(
    tripleDes(new Uint8Array(8), 1, new Uint8Array(9)),
    "malformed_credentials",
    "the encrypted private key must be a multiple of 8 bytes long: current value is 9",
  );
  await fails(
    withKey(writeProtected("1.2.3.4", nothing, new Uint8Array(8))),
    "unsupported_algorithm",
    "the encryption algorithm 1.2.3.4 is not supported",
  );
  await fails(withKey(Uint8Array.of(1, 2)), "malformed_credentials", "a private key");
  // The passphrase is right, and what it protects is no key.
  const protectedText = protectKey(writeElement(SEQUENCE, writeElement(NULL)));
  await fails(withKey(protectedText), "malformed_credentials", "PrivateKeyInfo");
});

test("names are modified UTF-8", async () => {
  const name = (...bytes: number[]) => {
    const alias = join(Uint8Array.of(0, bytes.length), Uint8Array.from(bytes));
    return { entries: [join(identity().subarray(0, 4), alias, identity().subarray(8))] };
  };
  await opens(name(0xc0, 0x80), { alias: "\0" });
  await opens(name(0xed, 0xa0, 0xbd, 0xed, 0xb4, 0x91), { alias: "🔑" });
  await opens(name(0xed, 0xa0, 0xbd), { alias: "\ud83d" });
  await opens(name(), { alias: "" });
  const faults = [[0x80], [0xc3], [0xc3, 0x28], [0xe2, 0x82], [0xe2, 0x82, 0x28], [0xf0, 0x9f]];
  for (const bytes of [...faults, [0xff], [0xe2, 0x28, 0x82]]) {
    await fails(name(...bytes), "malformed_credentials", "the alias is not modified UTF-8");
  }
});

/** Parts of a serialized object. */
const HEADER = join(0xaced0005);
const OBJECT = Uint8Array.of(0x73);
const END_AND_NO_CLASS_ABOVE = Uint8Array.of(0x78, 0x70);
function describeClass(flags: number, ...fields: Uint8Array[]): Uint8Array {
  const head = join(Uint8Array.of(0x72), writeText("A"), 0, 0, Uint8Array.of(flags));
  return join(head, Uint8Array.of(0, fields.length), ...fields);
}
const INT_FIELD = join(Uint8Array.of(0x49), writeText("i"));
const REFERENCE = Uint8Array.of(0x71);

test("secret keys are stepped over", async () => {
  const stream = (...parts: (number | Uint8Array)[]) => ({
    magic: JCEKS,
    entries: [writeSecret("secret", join(HEADER, ...parts)), identity()],
  });
  const plain = describeClass(2, INT_FIELD);
  await opens(stream(OBJECT, plain, END_AND_NO_CLASS_ABOVE, 42));
  await opens(stream(Uint8Array.of(0x70)));
  // A class that writes more than its fields, in a block
  const block = Uint8Array.of(0x77, 2, 9, 9, 0x78);
  await opens(stream(OBJECT, describeClass(3, INT_FIELD), END_AND_NO_CLASS_ABOVE, 42, block));

  const refused = "a secret key is not a serialized object: ";
  const fault = (problem: string, ...parts: (number | Uint8Array)[]) =>
    fails(stream(...parts), "malformed_credentials", problem);
  await fault(`${refused}the type 124 of an element is not supported`, Uint8Array.of(0x7c));
  await fault(`${refused}the flags 4 of a class`, OBJECT, describeClass(4));
  await fault(`${refused}a field has no type`, OBJECT, describeClass(2, join(0x51000000)));
  await fault(`${refused}it refers to an element that it does not hold`, REFERENCE, 0x7e0000);
  await fault(`${refused}it refers to`, REFERENCE, 1);
  const broken = { magic: JCEKS, entries: [writeSecret("secret", join(1)), identity()] };
  await fails(broken, "malformed_credentials", `${refused}it has no stream header`);
  // An array of 4 GiB
  const array = join(Uint8Array.of(0x75, 0x72), writeText("[J"), 0, 0, Uint8Array.of(2, 0, 0));
  await fault("the array must have 34359738360 bytes", array, END_AND_NO_CLASS_ABOVE, 0xffffffff);
});

test("a serialized object cannot make its reader run for long", async () => {
  const nested = (part: Uint8Array, count: number) => ({
    magic: JCEKS,
    entries: [writeSecret("secret", join(HEADER, ...Array<Uint8Array>(count).fill(part)))],
  });
  const deep = "it is nested more than 16 times";
  // The class above is again a new class, and so on; also objects in objects.
  await fails(nested(join(OBJECT, describeClass(2)), 9999), "malformed_credentials", "");
  const above = join(describeClass(2), Uint8Array.of(0x78));
  await fails(nested(join(above), 1), "malformed_credentials", "the type 114 of an element");
  const stream = join(HEADER, OBJECT, ...Array<Uint8Array>(99).fill(above));
  await fails(
    { magic: JCEKS, entries: [writeSecret("secret", stream)] },
    "malformed_credentials",
    deep,
  );
  // As many elements as the file has bytes
  const array = join(Uint8Array.of(0x75, 0x72), writeText("[L"), 0, 0, Uint8Array.of(2, 0, 0));
  const nulls = new Uint8Array(1_000_000).fill(0x70);
  await fails(
    {
      magic: JCEKS,
      entries: [
        writeSecret("secret", join(HEADER, array, END_AND_NO_CLASS_ABOVE, 1_000_000, nulls)),
      ],
    },
    "malformed_credentials",
    "it has more than 256 elements",
  );
  // A class that is above itself: its handle has no class yet.
  const itself = join(HEADER, OBJECT, above, REFERENCE, 0x7e0000);
  await opens({ magic: JCEKS, entries: [writeSecret("secret", itself), identity()] });
});

test("the time grows no faster than the file", async () => {
  const root = writeCertificate(CHAIN[1]!);
  const shapes: Record<string, (size: number) => Uint8Array[]> = {
    names: (size) => Array(size).fill(writeTrusted("é".repeat(30_000), root)),
    certificates: (size) => Array(10 * size).fill(writeTrusted("root", root)),
    key: (size) => [writePrivateKey("ec", protectKey(new Uint8Array(10_000 * size)), [])],
  };
  for (const [name, shape] of Object.entries(shapes)) {
    const times: number[] = [];
    for (const size of [10, 40]) {
      const file = writeKeystore({ entries: shape(size) });
      const runs: number[] = [];
      for (let run = 0; run < 5; run++) {
        const start = performance.now();
        const { keys } = await openKeystore(file, new Opening("the keystore", { passphrase }));
        await Promise.allSettled(keys.map((decrypt) => decrypt()));
        runs.push(performance.now() - start);
      }
      times.push(Math.min(...runs));
    }
    const [small = 0, large = 0] = times;
    // A square would take minutes. Less than half a second is the noise of a busy machine.
    assert(large < 12 * small + 500, `${name}: ${small} ms, then ${large} ms for 4 times the size`);
  }
});

test("a keystore that is cut off anywhere is malformed", async () => {
  for (const name of ["two.jks", "secret.jceks"]) {
    const file = fixture(`jks/${name}`);
    for (let length = 4; length < file.length; length += 7) {
      await fails(file.slice(0, length), "malformed_credentials", "must have");
    }
    await fails(file.slice(0, -1), "malformed_credentials", "the digest must have 20 bytes");
  }
});

for (const name of ["alias.jks", "salt-0102030401020305.jceks", "trust.jks", "only-secret.jceks"]) {
  test(`each byte of ${name}, changed, gives a clear error`, async () => {
    const file = fixture(`jks/${name}`);
    const codes = new Map<string, number>();
    for (let at = 4; at < file.length; at++) {
      const changed = file.slice();
      changed[at]! ^= 1 << (at % 8);
      const limits = { maxRounds: 10_000 };
      const error = await assertRejects(
        () => loadIdentity({ pfx: changed, passphrase, limits }),
        McFetchError,
      );
      codes.set(error.code, (codes.get(error.code) ?? 0) + 1);
      assertStringIncludes(error.message, "Cannot open the Java keystore: ");
      assert(error.message.length < 400 && /^[ -~]*$/.test(error.message), error.message);
    }
    // Most bytes only change the digest.
    assert((codes.get("wrong_passphrase") ?? 0) > file.length / 3, JSON.stringify([...codes]));
  });

  test(`each byte of ${name}, changed, without the digest's check`, async () => {
    const file = fixture(`jks/${name}`);
    const options = { keyPassphrase: passphrase, limits: { maxRounds: 10_000 } };
    for (let at = 4; at < file.length; at++) {
      const changed = file.slice();
      changed[at]! ^= 1 << (at % 8);
      try {
        const { keys } = await openKeystore(changed, new Opening("the keystore", options));
        await Promise.all(keys.map((decrypt) => decrypt()));
      } catch (error) {
        assert(error instanceof KeyFileError, String(error));
      }
    }
  });
}

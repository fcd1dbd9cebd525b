/** Tests the schemes, ciphers and hash functions by their object identifiers. */
import { assertEquals, assertThrows } from "@std/assert";
import test from "node:test";
import { Reader } from "../../lib/asn1/reader.ts";
import { NULL } from "../../lib/asn1/tags.ts";
import {
  writeElement,
  writeInteger,
  writeOctets,
  writeOid,
  writeSequence,
} from "../../lib/asn1/writer.ts";
import { concat } from "../../lib/crypto/bytes.ts";
import { Opening } from "../../lib/encryption/opening.ts";
import type { Scheme } from "../../lib/encryption/scheme.ts";
import { readScheme } from "../../lib/encryption/schemes.ts";
import { KeyFileError } from "../../lib/errors.ts";

const salt = (length = 8) => writeOctets(new Uint8Array(length));

/** Reads a scheme: an object identifier with its parameters. */
function read(oid: string, ...parameters: Uint8Array[]): Scheme {
  const contents = concat([writeOid(oid), ...parameters]);
  return readScheme(new Reader(contents, "the file", "scheme"), new Opening("the file"));
}

const PBKDF2 = "1.2.840.113549.1.5.12";

function pbkdf2(hmac?: string, ...keyLength: number[]): Uint8Array {
  const prf = hmac === undefined ? [] : [writeSequence(writeOid(hmac), writeElement(NULL))];
  const lengths = keyLength.map((length) => writeInteger(length));
  return writeSequence(
    writeOid(PBKDF2),
    writeSequence(salt(), writeInteger(2048), ...lengths, ...prf),
  );
}

function pbes2(derivation: Uint8Array, cipher: string, ...iv: Uint8Array[]): Scheme {
  const encryption = writeSequence(writeOid(cipher), ...iv);
  return read("1.2.840.113549.1.5.13", writeSequence(derivation, encryption));
}

const AES_256 = "2.16.840.1.101.3.4.1.42";

/** Asserts the code and the problem of an error. */
function fails(run: () => unknown, code: string, problem: string): void {
  const error = assertThrows(run, KeyFileError);
  assertEquals([error.code, error.message], [code, `Cannot open the file: ${problem}`]);
}

test("the schemes of PKCS#12 and PKCS#5 have their ciphers, costs and forms", () => {
  const schemes: [string, string, number, number, string][] = [
    ["1.2.840.113549.1.12.1.1", "PKCS#12 PBE with SHA-1 and RC4-128", 0, 100, "bmp"],
    ["1.2.840.113549.1.12.1.2", "PKCS#12 PBE with SHA-1 and RC4-40", 0, 100, "bmp"],
    ["1.2.840.113549.1.12.1.3", "PKCS#12 PBE with SHA-1 and 3-key 3DES-CBC", 8, 300, "bmp"],
    ["1.2.840.113549.1.12.1.4", "PKCS#12 PBE with SHA-1 and 2-key 3DES-CBC", 8, 200, "bmp"],
    ["1.2.840.113549.1.12.1.5", "PKCS#12 PBE with SHA-1 and RC2-128-CBC", 8, 200, "bmp"],
    ["1.2.840.113549.1.12.1.6", "PKCS#12 PBE with SHA-1 and RC2-40-CBC", 8, 200, "bmp"],
    ["1.2.840.113549.1.5.3", "PBES1 with MD5 and DES-CBC", 8, 100, "utf8"],
    ["1.2.840.113549.1.5.6", "PBES1 with MD5 and RC2-64-CBC", 8, 100, "utf8"],
    ["1.2.840.113549.1.5.10", "PBES1 with SHA-1 and DES-CBC", 8, 100, "utf8"],
    ["1.2.840.113549.1.5.11", "PBES1 with SHA-1 and RC2-64-CBC", 8, 100, "utf8"],
  ];
  for (const [oid, ...expected] of schemes) {
    const scheme = read(oid, writeSequence(salt(), writeInteger(100)));
    const { name, blockSize, rounds, form, native } = scheme;
    assertEquals([name, blockSize, rounds, form], expected);
    assertEquals(native, false, name);
  }
});

test("schemes that are not supported are named", () => {
  const parameters = writeSequence(salt(), writeInteger(1));
  const names = {
    "1.2.840.113549.1.5.1": "pbeWithMD2AndDES-CBC",
    "1.2.840.113549.1.5.4": "pbeWithMD2AndRC2-CBC",
    "1.2.3.4": "1.2.3.4",
  };
  for (const [oid, name] of Object.entries(names)) {
    fails(
      () => read(oid, parameters),
      "unsupported_algorithm",
      `the encryption algorithm ${name} is not supported`,
    );
  }
  fails(
    () => read("1.2.840.113549.1.5.3", writeSequence(salt(16), writeInteger(1))),
    "malformed_credentials",
    "the salt of PKCS#5 version 1 must have 8 bytes: current value is 16",
  );
  fails(
    () => read("1.2.840.113549.1.12.1.3", writeSequence(salt(1025), writeInteger(1))),
    "malformed_credentials",
    "the salt of its encryption must have <= 1024 bytes: current value is 1025",
  );
  fails(
    () => read("1.2.840.113549.1.12.1.3", writeSequence(salt(), writeInteger(0))),
    "malformed_credentials",
    "the iterations of its encryption must be >= 1: current value is 0",
  );
});

test("the ciphers of PBES2 have their names", () => {
  const ciphers: Record<string, [string, number]> = {
    "2.16.840.1.101.3.4.1.2": ["AES-128-CBC", 16],
    "2.16.840.1.101.3.4.1.22": ["AES-192-CBC", 16],
    [AES_256]: ["AES-256-CBC", 16],
    "1.2.840.113549.3.7": ["DES-EDE3-CBC", 8],
    "1.3.14.3.2.7": ["DES-CBC", 8],
    "1.2.392.200011.61.1.1.1.2": ["Camellia-128-CBC", 16],
    "1.2.392.200011.61.1.1.1.3": ["Camellia-192-CBC", 16],
    "1.2.392.200011.61.1.1.1.4": ["Camellia-256-CBC", 16],
    "1.2.410.200004.1.4": ["SEED-CBC", 16],
    "1.3.6.1.4.1.188.7.1.1.2": ["IDEA-CBC", 8],
    "1.2.840.113533.7.66.10": ["CAST5-CBC", 8],
    "1.3.6.1.4.1.3029.1.2": ["Blowfish-CBC", 8],
  };
  for (const [oid, [cipher, blockSize]] of Object.entries(ciphers)) {
    const { name, form, native, ...scheme } = pbes2(pbkdf2(), oid, salt(blockSize));
    assertEquals(name, `PBES2 with PBKDF2 with HMAC-SHA-1 and ${cipher}`);
    assertEquals([form, native, scheme.blockSize], ["utf8", true, blockSize]);
    fails(
      () => pbes2(pbkdf2(), oid, salt(blockSize + 1)),
      "malformed_credentials",
      `the IV of ${cipher} must have ${blockSize} bytes: current value is ${blockSize + 1}`,
    );
  }
});

test("ciphers that are not supported are named", () => {
  const names = {
    "1.2.410.200046.1.1.2": "ARIA-128-CBC",
    "1.2.410.200046.1.1.7": "ARIA-192-CBC",
    "1.2.410.200046.1.1.12": "ARIA-256-CBC",
    "2.16.840.1.101.3.4.1.6": "AES-128-GCM",
    "2.16.840.1.101.3.4.1.26": "AES-192-GCM",
    "2.16.840.1.101.3.4.1.46": "AES-256-GCM",
    "1.2.3.4": "1.2.3.4",
  };
  for (const [oid, name] of Object.entries(names)) {
    const problem = `the cipher ${name} is not supported`;
    fails(() => pbes2(pbkdf2(), oid, salt()), "unsupported_algorithm", problem);
  }
  const rule = "its cipher must be in CBC mode: current value is AES in ECB mode";
  for (const last of [1, 21, 41]) {
    const oid = `2.16.840.1.101.3.4.1.${last}`;
    fails(() => pbes2(pbkdf2(), oid, salt(16)), "malformed_credentials", rule);
  }
});

test("the hash functions of PBKDF2 have their names and costs", () => {
  const hmacs: Record<string, [string, number]> = {
    "1.2.840.113549.2.6": ["MD5", 2],
    "1.3.6.1.5.5.8.1.1": ["MD5", 2],
    "1.2.840.113549.2.7": ["SHA-1", 2],
    "1.3.6.1.5.5.8.1.2": ["SHA-1", 2],
    "1.2.840.113549.2.8": ["SHA-224", 2],
    "1.2.840.113549.2.9": ["SHA-256", 1],
    "1.2.840.113549.2.10": ["SHA-384", 1],
    "1.2.840.113549.2.11": ["SHA-512", 1],
    "1.2.840.113549.2.12": ["SHA-512/224", 2],
    "1.2.840.113549.2.13": ["SHA-512/256", 1],
    "2.16.840.1.101.3.4.2.13": ["SHA3-224", 2],
    "2.16.840.1.101.3.4.2.14": ["SHA3-256", 1],
    "2.16.840.1.101.3.4.2.15": ["SHA3-384", 1],
    "2.16.840.1.101.3.4.2.16": ["SHA3-512", 1],
  };
  for (const [oid, [hash, blocks]] of Object.entries(hmacs)) {
    const { name, rounds } = pbes2(pbkdf2(oid), AES_256, salt(16));
    assertEquals(name, `PBES2 with PBKDF2 with HMAC-${hash} and AES-256-CBC`);
    assertEquals(rounds, 2048 * blocks, hash);
  }
  fails(
    () => pbes2(pbkdf2("1.2.3.4"), AES_256, salt(16)),
    "unsupported_algorithm",
    "the HMAC 1.2.3.4 is not supported",
  );
  fails(
    () => pbes2(writeSequence(writeOid("1.2.3.4")), AES_256, salt(16)),
    "unsupported_algorithm",
    "the key derivation 1.2.3.4 is not supported",
  );
});

test("a key length must be the cipher's", () => {
  const BLOWFISH = "1.3.6.1.4.1.3029.1.2";
  const CAST5 = "1.2.840.113533.7.66.10";
  assertEquals(pbes2(pbkdf2(undefined, 32), AES_256, salt(16)).rounds, 2 * 2048);
  fails(
    () => pbes2(pbkdf2(undefined, 16), AES_256, salt(16)),
    "malformed_credentials",
    "the key length of its PBKDF2 with HMAC-SHA-1 must be 32 bytes for AES-256-CBC: " +
      "current value is 16",
  );
  const open = [[BLOWFISH, "Blowfish-CBC", 4, 56], [CAST5, "CAST5-CBC", 5, 16]] as const;
  for (const [oid, name, min, max] of open) {
    for (const length of [min, max]) {
      const { rounds } = pbes2(pbkdf2(undefined, length), oid, salt());
      assertEquals(rounds, 2048 * Math.ceil(length / 20));
    }
    for (const length of [min - 1, max + 1]) {
      fails(
        () => pbes2(pbkdf2(undefined, length), oid, salt()),
        "malformed_credentials",
        `the key length of ${name} must be ${min} to ${max} bytes: current value is ${length}`,
      );
    }
  }
});

test("RC2 has its effective key length in a version", () => {
  const RC2 = "1.2.840.113549.3.2";
  const rc2 = (version?: number, ...keyLength: number[]) => {
    const versions = version === undefined ? [] : [writeInteger(version)];
    return pbes2(pbkdf2(undefined, ...keyLength), RC2, writeSequence(...versions, salt()));
  };
  const versions: [number | undefined, number, number][] = [
    [undefined, 32, 4],
    [160, 40, 5],
    [120, 64, 8],
    [58, 128, 16],
    [256, 256, 32],
    [1024, 1024, 128],
  ];
  for (const [version, bits, bytes] of versions) {
    const { name, rounds } = rc2(version);
    assertEquals(name, `PBES2 with PBKDF2 with HMAC-SHA-1 and RC2-${bits}-CBC`);
    assertEquals(rounds, 2048 * Math.ceil(bytes / 20));
  }
  assertEquals(rc2(58, 5).rounds, 2048);
  for (const version of [0, 255, 1025]) {
    fails(
      () => rc2(version),
      "unsupported_algorithm",
      `RC2 with the parameter version ${version} is not supported`,
    );
  }
});

test("scrypt has its cost and its rules", () => {
  const scrypt = (N: number, r: number, p: number, ...keyLength: number[]) => {
    const numbers = [N, r, p, ...keyLength].map((number) => writeInteger(number));
    const derivation = [writeOid("1.3.6.1.4.1.11591.4.11"), writeSequence(salt(), ...numbers)];
    return pbes2(writeSequence(...derivation), AES_256, salt(16));
  };
  const { name, rounds, native } = scrypt(1024, 8, 2, 32);
  assertEquals([name, rounds, native], ["PBES2 with scrypt and AES-256-CBC", 32_768, false]);
  assertEquals(scrypt(2, 1, 1).rounds, 4);
  const rule = "the cost of its scrypt must be a power of 2, block size and parallelization >= 1";
  for (const [N, r, p] of [[1, 1, 1], [3, 1, 1], [0, 1, 1], [2, 0, 1], [2, 1, 0]] as const) {
    fails(() => scrypt(N, r, p), "malformed_credentials", rule);
  }
  fails(
    () => scrypt(2 ** 18, 8, 1),
    "limit_exceeded",
    "the memory of its scrypt must be <= 268435456 bytes: current value is 268436480",
  );
});

/** Tests the limits of an opening, at their exact values. */
import { assertEquals, assertThrows } from "@std/assert";
import test from "node:test";
import { Opening } from "../../lib/encryption/opening.ts";
import { KeyFileError } from "../../lib/errors.ts";

const FILE = "the key file";

/** Asserts an error about a limit: its message, and the option that raises the limit. */
function exceeds(run: () => unknown, option: string, rule: string): void {
  const { code, message, reason, detail } = assertThrows(run, KeyFileError);
  const expected = ["limit_exceeded", `Cannot open the key file: ${rule}`, "limit", option];
  assertEquals([code, message, reason, detail], expected);
}

/** Asserts an error about a value that no standard allows. */
function fails(run: () => unknown, rule: string): void {
  const { code, message } = assertThrows(run, KeyFileError);
  assertEquals([code, message], ["malformed_credentials", `Cannot open the key file: ${rule}`]);
}

test("the defaults are those of the documentation", () => {
  const opening = new Opening(FILE);
  assertEquals(opening.maxBytes, 2_097_152);
  assertEquals(opening.checkIterations(5_000_000n, "MAC"), 5_000_000);
  exceeds(
    () => opening.checkIterations(5_000_001n, "MAC"),
    "maxIterations",
    "the iterations of its MAC must be <= 5000000: current value is 5000001",
  );
  opening.checkScryptMemory(268_435_456n);
  exceeds(
    () => opening.checkScryptMemory(268_435_457n),
    "maxScryptMemory",
    "the memory of its scrypt must be <= 268435456 bytes: current value is 268435457",
  );
  opening.spend(20_000_000);
  exceeds(
    () => opening.spend(1),
    "maxRounds",
    "the rounds of all key derivations together must be <= 20000000: current value is 20000001",
  );
  for (let i = 0; i < 1024; i++) opening.countBag();
  exceeds(() => opening.countBag(), "maxBags", "the number of its parts must be <= 1024");
});

test("each limit can be changed", () => {
  const limits = { maxBytes: 1, maxBags: 2, maxIterations: 3, maxRounds: 4, maxScryptMemory: 5 };
  const opening = new Opening(FILE, { passphrase: "a", keyPassphrase: "b", limits });
  assertEquals([opening.passphrase, opening.keyPassphrase], ["a", "b"]);
  assertEquals([opening.file, opening.maxBytes], [FILE, 1]);
  for (let i = 0; i < 2; i++) opening.countBag();
  assertThrows(() => opening.countBag(), KeyFileError, "<= 2");
  assertEquals(opening.checkIterations(3n, "MAC"), 3);
  assertThrows(() => opening.checkIterations(4n, "MAC"), KeyFileError, "<= 3");
  opening.checkScryptMemory(5n);
  assertThrows(() => opening.checkScryptMemory(6n), KeyFileError, "<= 5");
});

test("rounds add up, and an attempt that is too expensive is not charged", () => {
  const opening = new Opening(FILE, { limits: { maxRounds: 10 } });
  opening.spend(4);
  assertEquals(opening.trySpend(7), false);
  assertEquals(opening.trySpend(6), true);
  assertEquals(opening.trySpend(0), true);
  assertEquals(opening.trySpend(1), false);
});

test("counts and lengths outside of the standards are errors of the file", () => {
  const opening = new Opening(FILE);
  assertEquals(opening.checkIterations(1n, "MAC"), 1);
  fails(
    () => opening.checkIterations(0n, "MAC"),
    "the iterations of its MAC must be >= 1: current value is 0",
  );
  const salt = new Uint8Array(1024);
  assertEquals(opening.checkSalt(salt, "MAC") === salt, true);
  fails(
    () => opening.checkSalt(new Uint8Array(1025), "MAC"),
    "the salt of its MAC must have <= 1024 bytes: current value is 1025",
  );
  assertEquals(opening.checkKeyLength(1n, "PBKDF2"), 1);
  assertEquals(opening.checkKeyLength(1024n, "PBKDF2"), 1024);
  assertEquals(opening.checkKeyLength(20n, "PBMAC1", 20), 20);
  fails(
    () => opening.checkKeyLength(0n, "PBKDF2"),
    "the key length of its PBKDF2 must be 1 to 1024 bytes: current value is 0",
  );
  fails(
    () => opening.checkKeyLength(1025n, "PBKDF2"),
    "the key length of its PBKDF2 must be 1 to 1024 bytes: current value is 1025",
  );
  fails(
    () => opening.checkKeyLength(19n, "PBMAC1", 20),
    "the key length of its PBMAC1 must be 20 to 1024 bytes: current value is 19",
  );
});

test("all parts are read at once, and the first error is reported", async () => {
  const opening = new Opening(FILE);
  assertEquals(await opening.readAll([1, 2, 3], (part) => Promise.resolve(2 * part)), [2, 4, 6]);
  const seen: number[] = [];
  const failed = await opening.readAll([1, 2, 3], (part) => {
    seen.push(part);
    return Promise.reject(new Error(`${part}`));
  }).catch((error) => (error as Error).message);
  assertEquals([failed, seen], ["1", [1, 2, 3]]);
});

/** The limits for opening a file, by the numbers that the documentation gives. */
import { assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import test from "node:test";
import { McFetchError } from "../../lib/errors.ts";
import { Opening } from "../../lib/encryption/opening.ts";

/** Returns the last value that a check accepts, which is one less than the one it names. */
function rejects(value: number, check: (opening: Opening) => unknown): string {
  let thrown: unknown;
  try {
    check(new Opening("the file"));
  } catch (error) {
    thrown = error;
  }
  assertInstanceOf(thrown, McFetchError, `${value} is accepted`);
  return `${thrown.code}: ${thrown.message}`;
}

test("the default limits are those of the documentation, to the unit", () => {
  const opening = new Opening("the file");
  assertEquals(opening.maxBytes, 2_097_152);

  assertEquals(opening.checkIterations(5_000_000n, "MAC"), 5_000_000);
  assertStringIncludes(
    rejects(5_000_001, (opening) => opening.checkIterations(5_000_001n, "MAC")),
    "limit_exceeded: Cannot open the file: the iterations of its MAC must be <= 5000000: " +
      "current value is 5000001",
  );
  assertEquals(opening.checkIterations(1n, "MAC"), 1);
  assertStringIncludes(rejects(0, (opening) => opening.checkIterations(0n, "MAC")), "must be >= 1");

  new Opening("the file").spend(20_000_000);
  assertStringIncludes(rejects(20_000_001, (opening) => opening.spend(20_000_001)), "20000000");
  assertStringIncludes(
    rejects(1, (opening) => {
      opening.spend(20_000_000);
      opening.spend(1);
    }),
    "limit_exceeded: ",
  );

  for (let part = 0; part < 1024; part++) opening.countBag();
  assertThrowsWith(() => opening.countBag(), "the number of its parts must be <= 1024");

  opening.checkScryptMemory(268_435_456n);
  assertStringIncludes(
    rejects(268_435_457, (opening) => opening.checkScryptMemory(268_435_457n)),
    "the memory of its scrypt must be <= 268435456 bytes: current value is 268435457",
  );
});

function assertThrowsWith(check: () => void, expected: string): void {
  assertStringIncludes(rejects(0, check), expected);
}

test("the lengths of salts and keys", () => {
  const opening = new Opening("the file");
  assertEquals(opening.checkSalt(new Uint8Array(1024), "MAC").length, 1024);
  assertStringIncludes(
    rejects(1025, () => opening.checkSalt(new Uint8Array(1025), "MAC")),
    "malformed_credentials: Cannot open the file: the salt of its MAC must have <= 1024 bytes: " +
      "current value is 1025",
  );
  assertEquals([opening.checkKeyLength(1n, "MAC"), opening.checkKeyLength(1024n, "MAC")], [
    ...[1, 1024],
  ]);
  for (const [length, least] of [[0n, 1], [1025n, 1], [19n, 20]] as const) {
    assertStringIncludes(
      rejects(Number(length), () => opening.checkKeyLength(length, "MAC", least)),
      `must be ${least} to 1024 bytes: current value is ${length}`,
    );
  }
});

test("the limits of the caller replace the defaults, also by larger ones", () => {
  const limits = { maxBytes: 7, maxIterations: 8_000_000, maxRounds: 30_000_000 };
  const opening = new Opening("the file", { limits });
  assertEquals(opening.maxBytes, 7);
  assertEquals(opening.checkIterations(8_000_000n, "MAC"), 8_000_000);
  opening.spend(30_000_000);
  assertEquals(opening.trySpend(1), false);
  assertEquals(new Opening("the file").trySpend(20_000_000), true);
  assertEquals(new Opening("the file").trySpend(20_000_001), false);
  const half = new Opening("the file");
  assertEquals([half.trySpend(15_000_000), half.trySpend(15_000_000)], [true, false]);
  assertEquals(half.trySpend(5_000_000), true);
});

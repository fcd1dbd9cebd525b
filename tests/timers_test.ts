/** The fake timers of a test runner, which never fire by themselves. */
import { assertEquals } from "@std/assert";
import test from "node:test";
import { readPkcs12, writePkcs12 } from "../mod.ts";
import { fixture } from "./support/context.ts";

test("a file that takes long to open opens while all timers are fake", async () => {
  const files = { cert: fixture("ec.pem"), key: fixture("ec.key"), passphrase: "changeit" };
  const { setTimeout } = globalThis;
  let asked = 0;
  globalThis.setTimeout = (() => asked++) as unknown as typeof setTimeout;
  try {
    const file = await writePkcs12({ ...files, iterations: 300_000 });
    const { identities } = await readPkcs12(file, { passphrase: "changeit" });
    assertEquals(identities.length, 1);
  } finally {
    globalThis.setTimeout = setTimeout;
  }
  assertEquals(asked, 0);
});

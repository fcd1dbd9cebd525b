/** Long texts: PEM in the usual form is read up to the limit of a file, others up to 512 KiB. */
import { assertEquals, assertRejects } from "@std/assert";
import test from "node:test";
import { McFetchError, readPrivateKey } from "../../mod.ts";
import { fixture } from "../support/context.ts";

const KEY = new TextDecoder().decode(fixture("ec.key"));
/** Adds spaces, up to a length. */
const fill = (text: string, length: number) => text + " ".repeat(length - text.length);

async function opens(file: string | Uint8Array): Promise<void> {
  assertEquals((await readPrivateKey(file)).key, KEY);
}

async function fails(file: string, problem: string): Promise<void> {
  const { code, message } = await assertRejects(() => readPrivateKey(file), McFetchError);
  assertEquals(code, "malformed_credentials");
  assertEquals(message.split(";")[0], `Cannot open the private key: ${problem}`);
}

test("a text in the usual form may have 2 MiB, also with Latin-1 around the blocks", async () => {
  await opens(fill(KEY, 2_097_152));
  const latin1 = new TextEncoder().encode(fill(KEY, 600_000));
  latin1.fill(0xe9, 500_000);
  await opens(latin1);
});

test("a text in another form may have 512 KiB", async () => {
  await opens(fill(`key: ${KEY}`, 524_288));
  await fails(
    fill(`key: ${KEY}`, 524_289),
    "a BEGIN or END in it is not alone on its line, and a text in such a form must have <= " +
      "524288 characters: current value is 524289",
  );
});

test("a long text of another kind is named", async () => {
  await fails(fill("<!doctype html>", 600_000), "it is an HTML page, not a private key");
  await fails(fill("a", 600_000), "it is a text, not a private key");
});

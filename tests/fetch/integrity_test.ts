/** Subresource Integrity: each form of the metadata (W3C, sections 3.2 to 3.5). */
import { assertEquals, assertInstanceOf } from "@std/assert";
import { createHash } from "node:crypto";
import test from "node:test";
import { McFetchError } from "../../mod.ts";
import { checkIntegrity } from "../../lib/fetch/integrity.ts";

const BODY = "the body";
const digest = (hash: string, text = BODY, form: "base64" | "base64url" = "base64") =>
  `${hash}-${createHash(hash).update(text).digest(form)}`;
const [a, b, c] = ["sha256", "sha384", "sha512"].map((hash) => digest(hash));
const [x, y, z] = ["sha256", "sha384", "sha512"].map((hash) => digest(hash, "another"));

async function check(integrity: string): Promise<string> {
  const given = new Response(BODY);
  const url = new URL("https://a.example/path?secret=hunter2");
  const answer = await checkIntegrity(given, integrity, url).catch((error) => error);
  if (answer === given) return await given.text();
  assertInstanceOf(answer, McFetchError);
  return `${answer.code}: ${answer.message}`;
}

const FAILED =
  "invalid_response: Cannot use the response of https://a.example: its body does not match " +
  "`integrity`";

test("the strongest hash decides, and one right digest of it is enough", async () => {
  for (const right of [a, b, c, `${a} ${b}`, `${x} ${b}`, `${x}\n\t${y} ${c}`, `${z} ${c}`]) {
    assertEquals(await check(right!), BODY, right);
  }
  for (const wrong of [x, y, z, `${a} ${y}`, `${a} ${b} ${z}`, `${x} ${x}`, "sha256-"]) {
    assertEquals(await check(wrong!), FAILED, wrong);
  }
});

test("the forms of a digest: base64url, without padding, and with options", async () => {
  for (const hash of ["sha256", "sha384", "sha512"]) {
    assertEquals(await check(digest(hash, BODY, "base64url")), BODY);
    assertEquals(await check(digest(hash).replace(/=+$/, "")), BODY);
    assertEquals(await check(`${digest(hash)}?ct=text/plain`), BODY);
    assertEquals(await check(`${digest(hash, "another")}?ct=text/plain`), FAILED);
  }
});

test("metadata without a known hash match any body", async () => {
  for (const none of ["", " ", "md5-x", "sha1-x", "sha224-x", `SHA256-x`, `x${x}`, "sha256"]) {
    assertEquals(await check(none), BODY, none);
  }
  assertEquals(await check(`md5-x ${x}`), FAILED);
});

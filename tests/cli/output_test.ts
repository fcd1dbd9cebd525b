/** Tests the file that `fetch -o` writes. */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  filePath,
  fixturePath,
  NO_COMMANDS,
  runCommand,
  SANDBOX_PASSPHRASE,
  sandboxOptions,
} from "../support/command_line.ts";
import { type runtime, server, testExceptOn } from "../support/context.ts";

const fetchTo = (code: number, path: string, url: string, ...args: string[]) =>
  runCommand(code, ["fetch", url, "-o", path, ...args, ...sandboxOptions()], SANDBOX_PASSPHRASE);

/** Returns the number of requests to a route of the test server. */
async function countVisits(id: string): Promise<number> {
  return Number(await (await fetch(`${server.plainOrigin}/visits/${id}`)).text());
}

testExceptOn(NO_COMMANDS, "nothing is sent if the output file cannot be written", async () => {
  const id = `out${crypto.randomUUID().replaceAll("-", "")}`;
  const url = `${server.origin}/fail/${id}?times=0`;
  const missing = filePath(join("no", "such", "file"));
  const key = filePath("precious.key", readFileSync(fixturePath("other.key")));
  const p12 = filePath("precious.bin", readFileSync(fixturePath("openssl3.p12")));
  const der = filePath("precious.der", readFileSync(fixturePath("client.key.der")));
  const before = [key, p12, der].map((path) => readFileSync(path));
  for (
    const [path, code, problem] of [
      [missing, 3, `Cannot write ${missing}: there is no such folder`],
      [filePath("."), 3, "it is a folder"],
      [key, 3, `Cannot write ${key}: it holds a private key; choose another name`],
      [p12, 3, "it holds a private key"],
      [der, 3, "it holds a private key"],
    ] as const
  ) {
    assertStringIncludes(fetchTo(code, path, url, "-d", "pay=1").stderr, problem);
  }
  assertEquals([key, p12, der].map((path) => readFileSync(path)), before);
  assertEquals(await countVisits(id), 0);
});

testExceptOn(NO_COMMANDS, "the output file appears when it is complete", () => {
  const folder = filePath("complete");
  mkdirSync(folder);
  const path = join(folder, "body");
  const pets = `${server.origin}/petstore/pets/1`;
  fetchTo(0, path, pets);
  const whole = readFileSync(path, "utf8");
  assertEquals(JSON.parse(whole).name, "Bella");
  // A body that ends early leaves the earlier file, and nothing beside it.
  assertStringIncludes(fetchTo(4, path, `${server.origin}/cut`).stderr, "ended before the end");
  assertEquals(readFileSync(path, "utf8"), whole);
  assertEquals(readdirSync(folder), ["body"]);
  if (process.platform === "win32") return;
  // The mode stays, and so does a link.
  chmodSync(path, 0o640);
  const link = join(folder, "link");
  symlinkSync(path, link);
  fetchTo(0, link, `${server.origin}/petstore/pets/2`);
  assertEquals(JSON.parse(readFileSync(path, "utf8")).name, "Charlie");
  assertEquals(statSync(path).mode & 0o777, 0o640);
  assertEquals(readdirSync(folder), ["body", "link"]);
  fetchTo(0, "/dev/null", pets);
  assert(existsSync("/dev/null") && !statSync("/dev/null").isFile());
  // As with curl, -i belongs to the output, and - is standard output.
  fetchTo(0, path, pets, "-i");
  assert(
    /^HTTP 200 OK\n[^]*\n\n\{"id":1,|^HTTP 200 OK\n[^]*\n\n\{/.test(readFileSync(path, "utf8")),
  );
  assertEquals(JSON.parse(fetchTo(0, "-", pets).stdout).name, "Bella");
  // A status from 400 up is a response; -f leaves it out.
  fetchTo(1, path, `${server.origin}/petstore/nothing`);
  assertStringIncludes(readFileSync(path, "utf8"), "RESOURCE_NOT_FOUND");
  const failed = fetchTo(1, "-", `${server.origin}/petstore/nothing`, "-f");
  assertEquals(failed.stdout, "");
});

/** The reasons to skip a test, if the condition is met. */
function exceptIf(isMet: boolean, reason: string): Partial<Record<typeof runtime, string>> {
  return isMet ? { node: reason, deno: reason, bun: reason, ...NO_COMMANDS } : NO_COMMANDS;
}

const NO_DEVICE = exceptIf(process.platform !== "linux", "there is no /dev/full");
testExceptOn(NO_DEVICE, "a full disk is said in words", () => {
  const full = fetchTo(3, "/dev/full", `${server.origin}/petstore/pets`);
  assertStringIncludes(full.stderr, "Cannot write /dev/full: the disk is full");
});

const ANYWHERE = exceptIf(
  process.platform === "win32" || process.getuid?.() === 0,
  "this user may write anywhere",
);
testExceptOn(ANYWHERE, "a missing permission is said in words", () => {
  const folder = filePath("locked");
  mkdirSync(folder);
  spawnSync("chmod", ["500", folder]);
  const locked = fetchTo(3, join(folder, "x"), `${server.origin}/petstore/pets`);
  assertStringIncludes(locked.stderr, "your user is not allowed to");
});

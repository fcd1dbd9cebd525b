/** What the command line reads and writes besides its arguments: forms, passphrases and files. */
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import process from "node:process";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { UsageError } from "../../lib/cli/arguments.ts";
import { splitCert } from "../../lib/cli/cert_option.ts";
import { checkFiles, readHttpsUrl, readPassphrase } from "../../lib/cli/credentials.ts";
import { temporaryPath, writePrivateFiles } from "../../lib/cli/files.ts";
import { readForm } from "../../lib/cli/form.ts";
import { filePath, NO_COMMANDS } from "../support/command_line.ts";
import { exceptOnWindows, testExceptOn } from "../support/context.ts";

testExceptOn(NO_COMMANDS, "--cert is split at its first colon, as by curl", async () => {
  const cases: [string, string, string | undefined][] = [
    ["client.p12", "client.p12", undefined],
    ["client.p12:secret", "client.p12", "secret"],
    ["client.p12:", "client.p12", ""],
    ["client.p12:a:b", "client.p12", "a:b"],
    ["a\\:b.p12:c", "a:b.p12", "c"],
    ["a\\\\b.p12:c", "a\\b.p12", "c"],
    ["a\\b.p12:c", "a\\b.p12", "c"],
    ["C:\\client.p12", "C:\\client.p12", undefined],
    ["C:\\client.p12:c", "C:\\client.p12", "c"],
    ["C:/client.p12:c", "C:/client.p12", "c"],
    ["C:client.p12", "C", "client.p12"],
    [":c", "", "c"],
  ];
  for (const [value, file, pass] of cases) {
    assertEquals(await splitCert(value), { file, ...pass !== undefined && { pass } }, value);
  }
});

const NO_COLONS = { ...NO_COMMANDS, ...exceptOnWindows("its file names have no colon") };
testExceptOn(NO_COLONS, "--cert is the name of a file that exists", async () => {
  const file = filePath("with:colon", "x");
  assertEquals(await splitCert(file), { file });
});

testExceptOn(
  NO_COMMANDS,
  "a passphrase file goes before the variable, without its line end",
  async () => {
    const variable = "MC_MTLS_TEST_PASSPHRASE";
    const read = (contents: string) =>
      readPassphrase(filePath("passphrase.txt", contents), variable);
    assertEquals(await readPassphrase(undefined, variable), undefined);
    process.env[variable] = " of the variable ";
    try {
      assertEquals(await readPassphrase(undefined, variable), " of the variable ");
      assertEquals(await read("file"), "file");
      assertEquals(await read("file\n"), "file");
      assertEquals(await read("file\r\n"), "file");
      assertEquals(await read(" file \n\n"), " file \n");
      assertEquals(await read(""), "");
    } finally {
      delete process.env[variable];
    }
  },
);

testExceptOn(NO_COMMANDS, "-F has the forms of curl", async () => {
  const file = filePath("form.bin", Uint8Array.of(0, 255, 10));
  const text = filePath("form.txt", "in a file\n");
  const form = await readForm([
    ...["a=text", "b=", "c=a=b;c", `d=<${text}`, `e=@${file}`, `f=@${file};type=a/b`],
    ...[`g=@${file};filename="x y.bin";type=c/d`, "h={};type=application/json", "i=x;filename=n"],
  ], ["j=@as it is;type=x", "a=second"]);
  const entries: [string, ...unknown[]][] = [];
  for (const [name, value] of form) {
    if (typeof value === "string") entries.push([name, value]);
    else {entries.push([name, value.name, typeOf(value), [
        ...new Uint8Array(await value.arrayBuffer()),
      ]]);}
  }
  const bytes = [0, 255, 10];
  assertEquals(entries, [
    ["a", "text"],
    ["b", ""],
    ["c", "a=b;c"],
    ["d", "in a file\n"],
    ["e", basename(file), "application/octet-stream", bytes],
    ["f", basename(file), "a/b", bytes],
    ["g", "x y.bin", "c/d", bytes],
    ["h", "h", "application/json", [123, 125]],
    ["i", "n", "text/plain", [120]],
    ["j", "@as it is;type=x"],
    ["a", "second"],
  ]);
  for (const wrong of ["", "a", "=x"]) {
    const message = "--form must have the form NAME=TEXT, NAME=@FILE or NAME=<FILE";
    await assertRejects(() => readForm([wrong], []), UsageError, message);
    await assertRejects(() => readForm([], [wrong]), UsageError, message);
  }
});

testExceptOn(NO_COMMANDS, "only https: URLs are read, and others are not shown", () => {
  assertEquals(readHttpsUrl("HTTPS://a.example").href, "https://a.example/");
  for (const text of ["http://a.example/hunter2", "a.example", "https://", "xhttps://a.example"]) {
    let message = "";
    try {
      readHttpsUrl(text);
    } catch (error) {
      message = (error as Error).message;
    }
    assertEquals(message, "The URL must begin with https://", text);
  }
});

/** Bun adds the charset to the types of texts. */
function typeOf({ type }: File): string {
  return type.replace(/;charset=utf-8$/, "");
}

const NO_MODES = { ...NO_COMMANDS, ...exceptOnWindows("its files have no modes") };
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

testExceptOn(NO_MODES, "a private file is its owner's, also in the place of another", async () => {
  const folder = filePath("private");
  await mkdir(folder);
  const [one, two] = [join(folder, "one"), join(folder, "two")];
  await writePrivateFiles([{ path: one, contents: "1" }, { path: two, contents: "2" }]);
  assertEquals([modeOf(one), modeOf(two)], ["600", "600"]);

  // Neither is written if one of them exists.
  const three = join(folder, "three");
  const both = [{ path: three, contents: "3" }, { path: two, contents: "new" }];
  await assertRejects(() => writePrivateFiles(both), Error, "already exists; choose another name");
  assertEquals([existsSync(three), readFileSync(two, "utf8")], [false, "2"]);

  // With `force` a file is new: neither the old mode nor the old link counts.
  chmodSync(one, 0o644);
  const link = join(folder, "link");
  symlinkSync(two, link);
  await writePrivateFiles([{ path: one, contents: "new" }, { path: link, contents: "own" }], true);
  assertEquals([modeOf(one), readFileSync(one, "utf8")], ["600", "new"]);
  assertEquals([readFileSync(link, "utf8"), readFileSync(two, "utf8")], ["own", "2"]);
  assertEquals(readdirSync(folder).toSorted(), ["link", "one", "two"]);

  const nowhere = join(folder, "no", "file");
  await assertRejects(
    () => writePrivateFiles([{ path: nowhere, contents: "" }], true),
    Error,
    `Cannot write ${nowhere}: there is no such folder`,
  );
  await assertRejects(
    () => writePrivateFiles([{ path: folder, contents: "" }], true),
    Error,
    `Cannot write ${folder}: it is a folder`,
  );
});

testExceptOn(
  NO_COMMANDS,
  "a temporary file is beside its target, hidden, and of a short name",
  () => {
    const path = temporaryPath(join("folder", "x".repeat(255)));
    assertEquals(path.slice(0, 108), join("folder", `.${"x".repeat(100)}`));
    assertStringIncludes(path, ".part");
    assertEquals(temporaryPath("a") === temporaryPath("a"), false);
  },
);

testExceptOn(NO_COMMANDS, "the files of a command are files", () => {
  const files = checkFiles({ pfx: "x", passphrase: "y" });
  assertEquals([files.pfx, files.passphrase], ["x", "y"]);
});

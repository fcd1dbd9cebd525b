/**
 * Tests how scripts start npm's programs on Windows, with the files that npm 10 writes there.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { assert, assertEquals } from "@std/assert";
import { findProgram } from "../scripts/find_program.ts";
import { directory, NO_COMMANDS } from "./support/command_line.ts";
import { testExceptOn } from "./support/context.ts";

const START = `@ECHO off\r
GOTO start\r
:find_dp0\r
SET dp0=%~dp0\r
EXIT /b\r
:start\r
SETLOCAL\r
CALL :find_dp0\r
`;

/** Starts a JavaScript file. */
const SCRIPT = `${START}\r
IF EXIST "%dp0%\\node.exe" (\r
  SET "_prog=%dp0%\\node.exe"\r
) ELSE (\r
  SET "_prog=node"\r
  SET PATHEXT=%PATHEXT:;.JS;=;%\r
)\r
\r
endLocal & goto #_undefined_# 2>NUL || title %COMSPEC% & "%_prog%"  "%dp0%\\..\\deno\\bin.cjs" %*\r
`;

/** Starts a program. */
const PROGRAM = `${START}"%dp0%\\..\\bun\\bin\\bun.exe"   %*\r\n`;

/** Writes the files, and returns the folders of the PATH. */
function makeFolders(): string[] {
  const folders = ["bin", "other"].map((name) => join(directory, "find_program", name));
  for (const folder of folders) mkdirSync(folder, { recursive: true });
  const [bin, other] = folders as [string, string];
  writeFileSync(join(bin, "deno.cmd"), SCRIPT);
  writeFileSync(join(bin, "bun.cmd"), PROGRAM);
  writeFileSync(join(bin, "mvn.cmd"), "@echo off\r\n%JAVA% %*\r\n");
  writeFileSync(join(other, "deno.exe"), "");
  return folders;
}

testExceptOn(NO_COMMANDS, "Windows: npm's commands are started without a shell", () => {
  const folders = makeFolders();
  const find = (command: string) => findProgram(command, ["a b", "%PATH%"], folders, "win32");
  const place = join(directory, "find_program");
  const script = join(place, "deno", "bin.cjs");
  assertEquals(find("deno"), { command: process.execPath, args: [script, "a b", "%PATH%"] });
  const program = join(place, "bun", "bin", "bun.exe");
  assertEquals(find("bun"), { command: program, args: ["a b", "%PATH%"] });
  // A program that comes first on the PATH, one that is not npm's, and a path stay as they are.
  folders.reverse();
  for (const command of ["deno", "mvn", "git", process.execPath]) {
    assertEquals(find(command), { command, args: ["a b", "%PATH%"] });
  }
});

testExceptOn(NO_COMMANDS, "Windows: npm and npx are JavaScript files of npm", () => {
  for (const name of ["npm", "npx"]) {
    const { command, args } = findProgram(name, ["ci"], [], "win32");
    assertEquals([command, args.at(-1)], [process.execPath, "ci"]);
    assert(args[0]!.endsWith(join("npm", "bin", `${name}-cli.js`)), args[0]);
  }
});

testExceptOn(NO_COMMANDS, "elsewhere, commands stay as they are", () => {
  assertEquals(findProgram("npm", ["ci"], [], "linux"), { command: "npm", args: ["ci"] });
});

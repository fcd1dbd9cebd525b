/**
 * Checks how the project is written: no phrase that has to be read twice, no comment over 100
 * columns, and a module header in each file of the library.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { listFiles } from "./list_files.ts";
import { ROOT } from "./runtimes.ts";

/** Phrases, and what to write instead. */
const PHRASES: readonly (readonly [RegExp, string])[] = [
  [/\bis told\b|\bare told\b|\btold by\b/i, "is detected from, is reported"],
  [/\banew\b/i, "again"],
  [/\bno sooner\b/i, "only when"],
  [/\bbut for\b/i, "except"],
  [/\bis (not )?one that may\b/i, "is allowed"],
  [/\bwhat came of\b|\bwhat came out\b/i, "the result"],
  [/\barguments too many\b/i, "too many arguments"],
  [/\b(takes?|took) for\b/i, "mistakes for"],
  [/\bwhere there (is|are) (none|no)\b/i, "if there is none"],
  [/\bis there already\b/i, "already exists"],
  [/\bbeforehand\b|\bhitherto\b|\bthereby\b/i, "a plain word"],
];

const MAX_COLUMNS = 100;

let problems = 0;

function report(path: string, line: number, problem: string): void {
  console.error(`${path}:${line}: ${problem}`);
  problems++;
}

const files = (await Promise.all([
  ...["lib", "scripts", "tests", "examples"].map((folder) => listFiles(folder, ".ts")),
  listFiles(".", ".md"),
])).flat();
for (const path of [...new Set([...files, "mod.ts"])]) {
  if (path === "scripts/words.ts") continue;
  const lines = (await readFile(join(ROOT, path), "utf8")).split("\n");
  for (const [i, line] of lines.entries()) {
    const isComment = /^\s*(\*|\/\/|\/\*)/.test(line);
    if (isComment && line.length > MAX_COLUMNS && !/https?:|\|/.test(line)) {
      report(path, i + 1, `the comment has ${line.length} columns; at most ${MAX_COLUMNS}`);
    }
    for (const [pattern, instead] of PHRASES) {
      const found = pattern.exec(line)?.[0];
      if (found !== undefined) report(path, i + 1, `"${found}"; write: ${instead}`);
    }
  }
  const needsHeader = path.startsWith("lib/") || path === "mod.ts";
  if (needsHeader && !/^(#!.*\n)?\/\*\*\n[^]*?@module\n/.test(lines.slice(0, 40).join("\n"))) {
    report(path, 1, "there is no module header");
  }
}
if (problems > 0) process.exitCode = 1;

/** Tests that docs/errors.md and the documentation of the codes have every code, and no other. */
import { readFileSync } from "node:fs";
import { assert, assertEquals } from "@std/assert";
import { testExceptOn } from "./support/context.ts";

const WORKERD = { workerd: "it has no files" };

function read(path: string): string {
  return readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
}

function readCodes(): string[] {
  const [, union = ""] = /export type McFetchErrorCode =([^;]+);/.exec(read("lib/errors.ts")) ?? [];
  return Array.from(union.matchAll(/"(\w+)"/g), ([, code = ""]) => code).sort();
}

testExceptOn(WORKERD, "docs/errors.md has a row for each code: meaning, advice, retry", () => {
  const [, table = ""] = /<!-- codes -->\n+([^]*?)\n\n/.exec(read("docs/errors.md")) ?? [];
  const rows = table.split("\n").slice(2).map((row) => row.split("|").slice(1, -1));
  assertEquals(rows.map(([code = ""]) => code.trim().replaceAll("`", "")).sort(), readCodes());
  for (const cells of rows) {
    assertEquals(cells.length, 4, cells.join("|"));
    assert(cells.every((cell) => cell.trim() !== ""), cells.join("|"));
    assert(/^(yes|no|with)/.test(cells[3]?.trim() ?? ""), cells.join("|"));
  }
});

testExceptOn(WORKERD, "the documentation of McFetchErrorCode has each code", () => {
  const [, documentation = ""] = /\/\*\*\n \* Stable name of a failure([^]*?)\*\//
    .exec(read("lib/errors.ts")) ?? [];
  const named = Array.from(documentation.matchAll(/^ \* - ([^:]+):/gm), ([, names = ""]) => names)
    .flatMap((names) => Array.from(names.matchAll(/`(\w+)`/g), ([, code = ""]) => code));
  assertEquals(named.sort(), readCodes());
});

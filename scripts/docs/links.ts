/**
 * Checks the form of the pages: links lead to files and headings that exist, and pages are short.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { ROOT } from "../runtimes.ts";

/** The largest number of lines. */
const README_LINES = 200;
const PAGE_LINES = 150;

/** Throws if a link of a page leads nowhere, or if the page is too long. */
export async function checkPage(page: string): Promise<void> {
  const markdown = await readFile(join(ROOT, page), "utf8");
  const problems: string[] = [];
  const limit = page === "README.md" ? README_LINES : page.startsWith("docs/") ? PAGE_LINES : 0;
  const lines = markdown.trimEnd().split("\n").length;
  if (limit > 0 && lines > limit) problems.push(`it has ${lines} lines; at most ${limit}`);
  const prose = markdown.replaceAll(/^([ ]*)```[^]*?^\1```$/gm, "");
  for (const [, link = ""] of prose.matchAll(/(?:\]\(|^\[.+\]: )([^)\s]+)/gm)) {
    if (/^\w+:/.test(link)) continue;
    const [path = "", anchor] = link.split("#");
    const target = path === "" ? page : normalize(join(dirname(page), path));
    if (!existsSync(join(ROOT, target))) problems.push(`${link}: there is no ${target}`);
    else if (anchor !== undefined && !(await readAnchors(target)).includes(anchor)) {
      problems.push(`${link}: ${target} has no such heading`);
    }
  }
  if (problems.length > 0) throw new Error(problems.join("; "));
}

/** Returns the anchors of a page's headings, as GitHub makes them. */
async function readAnchors(path: string): Promise<string[]> {
  const markdown = await readFile(join(ROOT, path), "utf8");
  return Array.from(
    markdown.matchAll(/^#+ (.+)$/gm),
    ([, title = ""]) =>
      title.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(" ", "-"),
  );
}

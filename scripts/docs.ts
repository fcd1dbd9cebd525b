/**
 * Runs every program and every command of README.md and `docs/` against the sandbox, with the built
 * npm package, and compares the outputs with what the pages show: `npm run test:docs`.
 * `npm run test:docs -- --built errors renewal` uses the package in `npm/`, for two of the pages.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import process from "node:process";
import { openSandbox } from "../lib/sandbox/open.ts";
import { runCommands } from "./docs/commands.ts";
import { readPrinted } from "./docs/expect.ts";
import { type Fence, readFences } from "./docs/fences.ts";
import { checkPage } from "./docs/links.ts";
import { makePlace, type PagePlace, type Place } from "./docs/place.ts";
import { listRuntimes, runProgram, writeProgram } from "./docs/programs.ts";
import { listFiles } from "./list_files.ts";
import { buildTarball, packTarball } from "./package/tarball.ts";
import { ROOT } from "./runtimes.ts";
import { printCounts, show, skip } from "./show.ts";

/** The pages whose links are checked, and which have no programs. */
const OTHERS = ["CONTRIBUTING.md", "SECURITY.md"];

const asked = process.argv.slice(2).filter((argument) => argument !== "--built");
const pages = ["README.md", ...await listFiles("docs", ".md")].filter((page) =>
  asked.length === 0 || asked.includes(basename(page, ".md"))
);

for (const page of asked.length === 0 ? [...pages, ...OTHERS] : pages) {
  await show(`${page}: links and length`, () => checkPage(page));
}
const tarball = await (process.argv.includes("--built") ? packTarball() : buildTarball());
const sandbox = await openSandbox();
try {
  const place = await makePlace(tarball, sandbox);
  try {
    await Promise.all(
      split(pages, 2).map(async (pages) => {
        for (const page of pages) await runPage(page, place);
      }),
    );
  } finally {
    await place.remove();
  }
} finally {
  await sandbox.close();
}
printCounts();

/** Deals out pages to this many groups, which run at the same time. */
function split(pages: readonly string[], groups: number): string[][] {
  return Array.from({ length: groups }, (_, i) => pages.filter((_, n) => n % groups === i));
}

async function runPage(page: string, place: Place): Promise<void> {
  const fences = readFences(page, await readFile(join(ROOT, page), "utf8"));
  const pagePlace = await place.make(page);
  for (const fence of fences) await runFence(fence, fences, pagePlace);
}

async function runFence(fence: Fence, fences: readonly Fence[], place: PagePlace): Promise<void> {
  const { place: name, directives, language } = fence;
  const reason = directives.get("not run");
  if (reason !== undefined) return await skip(name, reason);
  const first = directives.get("first");
  if (first !== undefined) {
    const isReady = await show(`${name}, before`, async () => {
      const { code, output } = await place.run(place.map(first));
      if (code !== 0) throw new Error(`${first} ended with ${code}:\n${output}`);
    });
    if (!isReady) return;
  }
  if (language === "sh" || language === "console") {
    await show(name, () => runCommands(fence, place));
  } else if (isUsedLater(fence, fences)) {
    await writeProgram(fence, place);
    if (fence.output === undefined && readPrinted(fence.text).length === 0) return;
    const advice = "another fence runs it: show its output there";
    await show(name, () => Promise.reject(new Error(advice)));
  } else if (language === "js") {
    const path = await writeProgram(fence, place); // once: a runtime could read half of it
    await Promise.all(
      listRuntimes(fence).map((runtime) =>
        show(`${name} on ${runtime}`, () => runProgram(fence, path, runtime, place))
      ),
    );
  } else {
    const advice = `nothing runs a \`${language}\` fence: name its file, or say "not run: REASON"`;
    await show(name, () => Promise.reject(new Error(advice)));
  }
}

/** True if another fence imports the file of this one, or has a command with it. */
function isUsedLater({ file, directives }: Fence, fences: readonly Fence[]): boolean {
  if (file === undefined || directives.has("call") || directives.has("serve")) return false;
  return fences.some((other) => other.file !== file && other.text.includes(basename(file)));
}

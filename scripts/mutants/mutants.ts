/**
 * Makes the mutants of the library with StrykerJS's instrumenter, and samples them.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { listFiles } from "../list_files.ts";
import { ROOT, run } from "../runtimes.ts";

/** The folders of `lib` that are mutated. */
export const FOLDERS: readonly string[] =
  "fetch identity pkcs12 encryption keys certificates mastercard cli".split(" ");

/** Files that Node never runs. The tests of the mutants run on Node only. */
const NOT_ON_NODE = /^lib\/fetch\/runtime\/(bun|deno|workers)\.ts$/;

/** A folder has at least this number of mutants in a sample, if it has so many. */
const MIN_SAMPLE = 30;

/** A mutant that is reached so often is in an endless loop. */
const MAX_HITS = 20_000_000;

/** The functions that the mutants call. `runner.ts` sets the state. */
const SWITCH = `
const stryNS = globalThis.__mutants__ ??= {
  active: Number(globalThis.process?.env.MUTANTS_ACTIVE ?? -1),
  hits: 0,
  isCounting: true,
  reached: new Set(),
};
function stryMutAct_9fa48(id) {
  if (stryNS.active !== id) return false;
  if (++stryNS.hits > ${MAX_HITS}) throw new Error("Endless: the mutant is reached again and again");
  return true;
}
function stryCov_9fa48(...ids) {
  if (stryNS.isCounting) for (const id of ids) stryNS.reached.add(id);
}
`;

/** One change of one file. */
export interface Mutant {
  /** The hash of the path, the changed line, and its number among equal changes. */
  readonly key: string;
  readonly file: string;
  /** The name of the folder below `lib`. */
  readonly folder: string;
  /** The kind of change, by StrykerJS's name. */
  readonly mutator: string;
  readonly line: number;
  /** The changed text with its line, each as one line. */
  readonly before: string;
  readonly after: string;
  /** The number by which the instrumented files know it. */
  readonly id: number;
}

/** The library's files with all mutants in each, which a variable switches on. */
export interface Instrumented {
  readonly mutants: readonly Mutant[];
  readonly files: ReadonlyMap<string, string>;
  /** The hashes of the files without the mutants. */
  readonly hashes: ReadonlyMap<string, string>;
}

/** What is used of the instrumenter. Its package is not installed by the project's `npm ci`. */
interface Tool {
  Instrumenter: new (logger: Record<string, () => unknown>) => {
    instrument(
      files: { name: string; content: string; mutate: boolean }[],
      options: { plugins: null; excludedMutations: string[]; ignorers: [] },
    ): Promise<Changed>;
  };
}

interface Changed {
  readonly files: readonly { readonly name: string; readonly content: string }[];
  readonly mutants: readonly Change[];
}

interface Change {
  readonly id: string;
  readonly fileName: string;
  readonly mutatorName: string;
  readonly replacement: string;
  readonly location: { readonly start: Position; readonly end: Position };
}

/** Place in a file. Both numbers start at 0. */
interface Position {
  readonly line: number;
  readonly column: number;
}

/** Returns the start of the SHA-256 hash of a text. */
export function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

/** Loads the instrumenter. Installs it if it is not installed. */
async function loadTool(): Promise<Tool> {
  const folder = join(ROOT, "scripts", "mutants");
  const entry = join(folder, "node_modules/@stryker-mutator/instrumenter/dist/src/index.js");
  if (!existsSync(entry)) {
    const { code, output } = await run("npm", ["--prefix", folder, "ci", "--loglevel=error"]);
    if (code !== 0) throw new Error(`Cannot install the instrumenter:\n${output}`);
  }
  return await import(pathToFileURL(entry).href) as Tool;
}

/** Puts all mutants into the files. It takes a while, so the result is kept in a folder. */
async function instrument(sources: ReadonlyMap<string, string>, folder: string): Promise<Changed> {
  const path = join(folder, "instrumented.json");
  const key = hash(JSON.stringify([...sources]));
  const kept = existsSync(path) ? JSON.parse(await readFile(path, "utf8")) : undefined;
  if (kept?.key === key) return kept;
  const { Instrumenter } = await loadTool();
  const names = ["trace", "debug", "info", "warn", "error", "fatal", "isDebugEnabled"];
  const logger = Object.fromEntries(names.map((name) => [name, () => false]));
  const changed = await new Instrumenter(logger).instrument(
    [...sources].map(([name, content]) => ({ name, content, mutate: true })),
    { plugins: null, excludedMutations: [], ignorers: [] },
  );
  await mkdir(folder, { recursive: true });
  await writeFile(path, JSON.stringify({ key, ...changed }));
  return changed;
}

/** Makes all mutants. */
export async function makeMutants(folder: string): Promise<Instrumented> {
  const paths = (await listFiles("lib", ".ts"))
    .filter((path) => FOLDERS.includes(path.split("/")[1] ?? "") && !NOT_ON_NODE.test(path));
  const sources = new Map<string, string>();
  for (const path of paths) sources.set(path, await readFile(join(ROOT, path), "utf8"));
  const { files, mutants: changes } = await instrument(sources, folder);
  const counts = new Map<string, number>();
  const mutants: Mutant[] = [];
  for (const change of changes) {
    const described = describe(change, sources.get(change.fileName) ?? "");
    const name = [described.file, described.before, described.after].join("\n");
    const count = counts.get(name) ?? 0;
    counts.set(name, count + 1);
    mutants.push({ key: hash(`${name}\n${count}`), ...described });
  }
  return {
    mutants,
    files: new Map(files.map(({ name, content }) => [name, replaceSwitch(content)])),
    hashes: new Map([...sources].map(([path, text]) => [path, hash(text)])),
  };
}

/**
 * Replaces StrykerJS's functions for switching and counting mutants. They would be called for each
 * expression of the decoders, so a number is compared instead of a text.
 */
function replaceSwitch(content: string): string {
  const header = /function stryNS_9fa48\(\)[^]*?return isActive\(id\);\n\}/;
  const numbers = (_: string, name: string, ids: string) => `${name}(${ids.replaceAll('"', "")})`;
  return content.replace(header, () => SWITCH)
    .replace(/(stryMutAct_9fa48|stryCov_9fa48)\(([^)]*)\)/g, numbers);
}

/** Describes a change by the line before and after. */
function describe(change: Change, source: string): Omit<Mutant, "key"> {
  const { id, fileName, mutatorName, location, replacement } = change;
  const lines = source.split("\n");
  const find = ({ line, column }: Position) =>
    lines.slice(0, line).reduce((sum, { length }) => sum + length + 1, column);
  const [start, end] = [find(location.start), find(location.end)];
  const from = source.lastIndexOf("\n", start - 1) + 1;
  const to = source.indexOf("\n", end);
  const show = (part: string) => part.replace(/\s+/g, " ").trim();
  return {
    file: fileName,
    folder: fileName.split("/")[1] ?? "",
    mutator: mutatorName,
    line: location.start.line + 1,
    before: show(source.slice(from, to)),
    after: show(source.slice(from, start) + replacement + source.slice(end, to)),
    id: Number(id),
  };
}

/** Chooses mutants by a seed: from each folder by the number of its mutants, in a mixed order. */
export function sample(mutants: readonly Mutant[], count: number, seed: string): Mutant[] {
  const order = (mutant: Mutant) => hash(`${seed} ${mutant.key}`);
  const sorted = [...mutants].sort((a, b) => order(a) < order(b) ? -1 : 1);
  const chosen = FOLDERS.flatMap((folder) => {
    const own = sorted.filter((mutant) => mutant.folder === folder);
    const share = Math.round(count * own.length / mutants.length);
    return own.slice(0, Math.max(share, MIN_SAMPLE));
  });
  return sorted.filter((mutant) => chosen.includes(mutant));
}

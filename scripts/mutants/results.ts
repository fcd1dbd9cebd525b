/**
 * The results of the mutants: kept between runs, and reported by folder.
 *
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EQUIVALENT } from "./equivalent.ts";
import { FOLDERS, type Mutant } from "./mutants.ts";
import { FOLDER } from "./project.ts";

/** The path of the report. */
export const REPORT: string = join(FOLDER, "report.md");

/** The longest text in the report, in characters. A mutant may empty a whole function. */
const MAX_TEXT = 200;

/** Result of one mutant. */
export interface Result {
  /** The hash of the file that the mutant changes. */
  readonly file: string;
  /** The test that fails: the path of its file and its name. */
  readonly killedBy?: string;
  /** True if the test did not end. */
  readonly isTimeout?: boolean;
  /** The hashes of the test files that reach the mutant and passed, by path. */
  readonly passed: Readonly<Record<string, string>>;
}

/** Shows a line of a mutant. The report has no longer ones. */
function cut(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}...` : text;
}

/** Returns the reason if a mutant changes nothing that can be noticed. */
export function whyEquivalent(
  { file, before, after }: Mutant,
): string | undefined {
  return EQUIVALENT.find((it) =>
    it.file === file && it.before === cut(before) && it.after === cut(after)
  )
    ?.reason;
}

/** Values by a name, kept in a file of `.cache/mutants`. */
export class Store<Value> {
  readonly #path: string;
  readonly #values: Map<string, Value>;

  constructor(name: string) {
    this.#path = join(FOLDER, name);
    const text = existsSync(this.#path) ? readFileSync(this.#path, "utf8") : "{}";
    this.#values = new Map(
      Object.entries(JSON.parse(text) as Record<string, Value>),
    );
  }

  get(key: string): Value | undefined {
    return this.#values.get(key);
  }

  async set(key: string, value: Value): Promise<void> {
    this.#values.set(key, value);
    await writeFile(
      this.#path,
      JSON.stringify(Object.fromEntries(this.#values)),
    );
  }
}

/** Writes the report. Returns its table. */
export async function report(
  title: string,
  mutants: readonly Mutant[],
  find: (mutant: Mutant) => Result,
): Promise<string> {
  const rows = [...FOLDERS, "all"].map((folder) => {
    const own = mutants.filter((it) => folder === "all" || it.folder === folder);
    return own.length === 0 ? [] : [makeRow(folder, own.map((it) => [it, find(it)]))];
  });
  const table = [
    "| folder | killed | of these by time | survived | not reached | equivalent | score |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...rows.flat(),
  ].join("\n");
  const lists = FOLDERS.map((folder) => {
    const alive = mutants.filter((it) =>
      it.folder === folder && whyEquivalent(it) === undefined &&
      find(it).killedBy === undefined
    ).sort((a, b) => a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line);
    const lines = alive.map((it) => showSurvivor(it, find(it)));
    return lines.length === 0 ? "" : `\n## lib/${folder}\n\n${lines.join("\n")}\n`;
  });
  await writeFile(REPORT, `# ${title}\n\n${table}\n${lists.join("")}`);
  return table;
}

function makeRow(folder: string, mutants: readonly (readonly [Mutant, Result])[]): string {
  const counts = {
    killed: 0,
    timeout: 0,
    survived: 0,
    missed: 0,
    equivalent: 0,
  };
  for (const [mutant, { killedBy, passed, isTimeout }] of mutants) {
    if (whyEquivalent(mutant) !== undefined) counts.equivalent++;
    else if (killedBy !== undefined) counts.killed++;
    else if (Object.keys(passed).length > 0) counts.survived++;
    else counts.missed++;
    if (isTimeout) counts.timeout++;
  }
  const { killed, timeout, survived, missed, equivalent } = counts;
  const score = `${(100 * killed / Math.max(killed + survived + missed, 1)).toFixed(1)} %`;
  return `| ${[folder, killed, timeout, survived, missed, equivalent, score].join(" | ")} |`;
}

function showSurvivor(mutant: Mutant, { passed }: Result): string {
  const { file, line, mutator, before, after } = mutant;
  const ran = Object.keys(passed).map((it) => it.replace(/^tests\/|_test\.ts$/g, ""));
  const shown = ran.slice(0, 8).join(", ") +
    (ran.length > 8 ? `, ${ran.length - 8} more` : "");
  const tests = ran.length === 0 ? "not reached" : `survived ${shown}`;
  return `- ${file}:${line} ${mutator}: ${tests}\n  - \`${cut(before)}\`\n  - \`${cut(after)}\``;
}

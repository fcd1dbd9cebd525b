/**
 * Lays out what the commands print: columns, width and colour. Files and scripts get the text
 * without either, whatever the terminal.
 *
 * @module
 */
import process from "node:process";
import { showText } from "../show.ts";
import { programName } from "./program.ts";

/** Stream that may be a terminal. */
type Output = NodeJS.WriteStream;

/** The escape sequences of colours (ECMA-48, section 8.3.117). */
const COLOURS = { red: 31, green: 32, yellow: 33, dim: 2 } as const;

/** Colour that marks a text at a terminal. */
export type Colour = keyof typeof COLOURS;

/** The narrowest terminal that texts are laid out for. */
const MIN_COLUMNS = 20;

/**
 * Replaces the control characters in a text from a file or a server. They could overwrite other
 * output, or reverse the direction of the text.
 */
export function replaceControls(text: string): string {
  return text.replaceAll(
    // deno-lint-ignore no-control-regex -- the function looks for control characters
    /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    "\ufffd",
  );
}

/** The longest line of foreign text, in characters. */
const MAX_LINE = 4096;

/** Returns a text from a file or a server as one line. Its own lines could look like ours. */
export function oneLine(text: string): string {
  return showText(text, MAX_LINE);
}

/** Formats a value as JSON for scripts. Control characters are escaped, also those beyond ASCII. */
export function formatJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replaceAll(
    /[\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Prints a text to standard output, as wide as the terminal. */
export function print(text: string): void {
  write(process.stdout, text);
}

/** Prints a text to standard error, as wide as the terminal. */
export function printError(text: string): void {
  write(process.stderr, text);
}

function write(output: Output, text: string): void {
  const columns = readColumns(output);
  const lines = text.split("\n");
  // A command that is to be copied stays as it is.
  const program = programName();
  const fitted = columns === undefined
    ? lines
    : lines.map((line) => line.includes(program) ? line : wrapLine(line, columns));
  output.write(`${fitted.join("\n")}\n`);
}

/** Returns the width of a terminal; `undefined` for a file, a pipe or an unknown width. */
export function readColumns({ isTTY, columns }: Output): number | undefined {
  return isTTY && columns > 0 ? Math.max(columns, MIN_COLUMNS) : undefined;
}

/**
 * Breaks a line at spaces. The next lines begin at the last column of a table, or near the left if
 * that column is in the right half.
 */
export function wrapLine(line: string, columns: number): string {
  if (widthOf(line) <= columns) return line;
  const column = widthOf(/^ *\S.* {2,}(?=\S)|^ */.exec(line)?.[0] ?? "");
  const indent = " ".repeat(column <= columns / 2 ? column : Math.min(4, columns / 3));
  const [start = ""] = /^ */.exec(line) ?? [];
  const lines: string[] = [];
  let last = start.length > columns / 2 ? indent : start;
  for (const word of line.slice(start.length).match(/\S+ */g) ?? []) {
    if (last.trim() !== "" && widthOf(last + word.trimEnd()) > columns) {
      lines.push(last.trimEnd());
      last = indent;
    }
    last += word;
  }
  return [...lines, last.trimEnd()].join("\n");
}

/** Returns the number of columns of a line, without escape sequences. */
function widthOf(line: string): number {
  // deno-lint-ignore no-control-regex -- the function skips escape sequences
  return [...line.replaceAll(/\x1b\[\d*m/g, "")].length;
}

/** Colours a text if the stream is a terminal that shows colours (https://no-color.org). */
export function paint(text: string, colour: Colour, output: Output = process.stdout): string {
  const { NO_COLOR, TERM } = process.env;
  if (text === "" || !output.isTTY || NO_COLOR || TERM === "dumb") return text;
  return `\x1b[${COLOURS[colour]}m${text}\x1b[0m`;
}

/** Formats rows of a name and a text as two columns. Each text is shown as one line. */
export function formatTable(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => widthOf(name)));
  return rows.map(([name, text]) => {
    const space = " ".repeat(width - widthOf(name) + 2);
    return `${name}${space}${oneLine(text)}`.trimEnd();
  }).join("\n");
}

/** Formats a time in UTC, such as `2027-01-31 12:00:00 UTC`. Every command shows times so. */
export function formatTime(date: Date): string {
  if (Number.isNaN(date.getTime())) return "(no valid time)";
  return date.toISOString().replace("T", " ").replace(/\.\d+Z$/, " UTC");
}

/** Formats a number of bytes, such as `1.5 MiB`. */
export function formatSize(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB"];
  let unit = 0;
  for (; bytes >= 1024 && unit < units.length - 1; unit++) bytes /= 1024;
  return `${unit === 0 ? Math.round(bytes) : bytes.toFixed(1)} ${units[unit]}`;
}

/**
 * The fences of a page: programs, commands and their outputs, in the order of the page.
 *
 * The first comment of a program may name its file, and before that its runtimes:
 * `// client.mjs`, or `// Node or Bun: client.mjs`. Default is Node, Deno and Bun.
 *
 * An HTML comment above a fence holds directives, one a line:
 * - `not run: REASON` skips the fence.
 * - `env: NAME=value ...` sets variables of the environment.
 * - `first: COMMAND` runs a command before the fence, in place of what the page only tells.
 * - `prints: TEXT` is expected in the output, besides what the page shows.
 * - `call: EXPRESSION` calls an export of the program, and prints the result.
 * - `serve: URL` asks a running program for this URL, and prints the response.
 * - `stop: TEXT` ends a command after it printed this text.
 * - `exit: CODE` is the expected exit code. Default is 0.
 * - `offline: REASON` leaves the hosts as they are. Otherwise the sandbox stands in for them.
 * - `in: clone` runs commands in the folder of the project.
 *
 * @module
 */

const NAMES = [
  "not run",
  "env",
  "first",
  "prints",
  "call",
  "serve",
  "stop",
  "exit",
  "offline",
  "in",
] as const;

/** Name of a directive. */
export type DirectiveName = typeof NAMES[number];

/** Fence of a page. */
export interface Fence {
  /** The page and the line, such as `docs/errors.md:12`. */
  readonly place: string;
  /** The word after the back ticks. */
  readonly language: string;
  /** The text between the back ticks. */
  readonly text: string;
  /** The directives above the fence. */
  readonly directives: ReadonlyMap<DirectiveName, string>;
  /** The file that the first comment of a program names. */
  readonly file: string | undefined;
  /** The runtimes that the first comment of a program names. */
  readonly runtimes: readonly string[];
  /** The `text` fence that follows: the expected output. */
  readonly output: string | undefined;
}

/** The runtimes, as a first comment names them. */
const RUNTIMES = ["Node", "Deno", "Bun", "Workers"];

const FIRST_COMMENT = /^(?:\/\/|#) (?:([\w ,]+): )?([\w./-]+\.\w+)\n/;

/** Reads the fences of a page. Throws if a directive is unknown. */
export function readFences(page: string, markdown: string): Fence[] {
  const found: Fence[] = [];
  const pattern = /(?:^[ ]*<!--\n?([^]*?)-->\n+)?^([ ]*)```(\w+)\n([^]*?)^\2```$/gm;
  for (const match of markdown.matchAll(pattern)) {
    const [all, comment = "", indent = "", language = "", indented = ""] = match;
    const start = match.index + all.indexOf("```");
    const place = `${page}:${markdown.slice(0, start).split("\n").length}`;
    const text = unindent(indented, indent);
    const last = found.at(-1);
    if (language === "text" && comment === "" && last !== undefined && last.output === undefined) {
      found[found.length - 1] = { ...last, output: text };
      continue;
    }
    const [, names = "", file] = FIRST_COMMENT.exec(text) ?? [];
    found.push({
      place,
      language,
      text,
      directives: readDirectives(place, unindent(comment, indent)),
      file,
      runtimes: RUNTIMES.filter((name) => names.includes(name)),
      output: undefined,
    });
  }
  return found;
}

/** Removes the indentation of a list. */
function unindent(text: string, indent: string): string {
  return text.split("\n").map((line) => line.startsWith(indent) ? line.slice(indent.length) : line)
    .join("\n");
}

function readDirectives(place: string, comment: string): Map<DirectiveName, string> {
  const directives = new Map<DirectiveName, string>();
  for (const line of comment.split(/\n(?! )/)) {
    const [, word, value] = /^\s*([a-z ]+): ([^]*)$/.exec(line.trimEnd()) ?? [];
    if (word === undefined || value === undefined) continue;
    const name = NAMES.find((name) => name === word);
    if (name === undefined) throw new Error(`${place}: there is no directive ${word}`);
    directives.set(name, value.replaceAll(/\n\s+/g, " ").trim());
  }
  return directives;
}

/** Command of a page and its expected output. */
export interface ConsoleCommand {
  readonly command: string;
  /** `undefined` if the page shows no output. */
  readonly output: string | undefined;
}

/** Reads the commands of a `console` fence: lines after `$ `, then the output of each. */
export function readConsole(text: string): ConsoleCommand[] {
  return text.split(/^\$ /m).slice(1).map((part) => {
    const [, command = "", output = ""] = /^((?:.*\\\n)*.*)\n?([^]*)$/.exec(part) ?? [];
    return { command, output: output.trim() === "" ? undefined : output };
  });
}

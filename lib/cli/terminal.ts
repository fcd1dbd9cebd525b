/** What people see and type. */
import process from "node:process";

/**
 * Text for a terminal. What comes from a file or a server may hold control characters, with which it
 * could write over what stands there, or turn the direction of writing around.
 */
export function clean(text: string): string {
  // deno-lint-ignore no-control-regex -- they are what is looked for
  return text.replaceAll(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
}

/** Rows of a name and a text, in two columns. */
export function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  const line = (text: string) => clean(text.replaceAll(/\s/g, " "));
  return rows.map(([name, text]) => `${name.padEnd(width)}  ${line(text)}`.trimEnd()).join("\n");
}

/** Describes an error for a person. The options in it are those of the command line. */
export function explain(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return clean(text.replaceAll("as `extraCa`", "with --ca FILE").replaceAll("`extraCa`", "--ca"));
}

/** Whether somebody can be asked. */
export function isInteractive(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** What the keys send that end a line, interrupt, erase a character and erase all. */
const [END, INTERRUPT, ERASE, ERASE_ALL] = ["\r\n\x04", "\x03", "\b\x7f", "\x15"];

/** Asks for a secret, which is not shown while it is typed. */
export async function askSecret(question: string): Promise<string> {
  const { stdin, stderr } = process;
  stdin.setRawMode(true); // first: what is typed from here on is not shown
  stderr.write(question);
  stdin.setEncoding("utf8").resume();
  let secret: string[] = [];
  try {
    return await new Promise((resolve) => {
      stdin.on("data", (typed: string) => {
        for (const character of typed) {
          if (character === INTERRUPT) interrupt();
          if (END.includes(character)) return resolve(secret.join(""));
          if (character === ERASE_ALL) secret = [];
          else if (ERASE.includes(character)) secret.pop();
          else secret.push(character);
        }
      });
    });
  } finally {
    stdin.removeAllListeners("data").pause();
    stdin.setRawMode(false);
    stderr.write("\n");
  }
}

/** 128 and the number of SIGINT, as a shell tells that a program was interrupted. */
function interrupt(): never {
  process.stdin.setRawMode(false);
  process.stderr.write("\n");
  process.exit(130);
}

/**
 * Asks for secrets at a terminal.
 *
 * @module
 */
import process from "node:process";

/** True if the program runs at a terminal and can ask for a secret. */
export function isInteractive(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** The characters of the keys that end a line, interrupt, erase a character, and erase all. */
const END = "\r\n\x04";
const INTERRUPT = "\x03";
const ERASE = "\b\x7f";
const ERASE_ALL = "\x15";

/** Asks for a secret. The terminal does not show the characters. */
export async function askSecret(question: string): Promise<string> {
  const { stdin, stderr } = process;
  stdin.setRawMode(true); // before the question, so that no typed character is shown
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

/** Ends the program with 128 plus the number of SIGINT, the exit code of an interrupted program. */
function interrupt(): never {
  process.stdin.setRawMode(false);
  process.stderr.write("\n");
  process.exit(130);
}

/**
 * Compares outputs with what a page shows. `…` in a page stands for any part of a line, and a line
 * of `…` for any lines.
 *
 * @module
 */
/** Throws if an output is not what the page shows. */
export function expectOutput(output: string, expected: string): void {
  const lines = expected.trimEnd().split("\n").map((line) =>
    line.trim() === "…" ? "(?:.*\\n)*?" : `${toPattern(line.trimEnd())}[ \\t]*\\n`
  );
  const pattern = new RegExp(`^${lines.join("")}$`);
  const plain = clean(output);
  if (!pattern.test(plain)) throw new Error(`it printed:\n${plain}instead of:\n${expected}`);
}

/** Throws if an output does not contain the texts, in this order. */
export function expectTexts(output: string, texts: readonly string[]): void {
  const pattern = new RegExp(texts.map((text) => toPattern(text.trim())).join("[^]*?"));
  const plain = clean(output);
  if (!pattern.test(plain)) throw new Error(`it printed:\n${plain}without:\n${texts.join("\n")}`);
}

/** Returns the comments that follow the calls of `console` in a program: what they print. */
export function readPrinted(program: string): string[] {
  return Array.from(
    program.matchAll(/^[ ]*(?:.*\s)?console\.\w+\(.*\);?[ ]+\/\/ (.+)$/gm),
    ([, text = ""]) => text,
  );
}

function toPattern(text: string): string {
  return text.split("…").map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join(".*?");
}

function clean(output: string): string {
  return `${output.trimEnd()}\n`;
}

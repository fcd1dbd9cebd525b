/**
 * Text from others in messages and reports: names in certificates, aliases, file names, header
 * values, texts of a server.
 *
 * @module
 */

/** The longest foreign text in a message, in characters. Names in real certificates are shorter. */
const MAX_TEXT = 256;
/** The most items of a list in a message. */
const MAX_ITEMS = 8;

/**
 * Characters that are not visible: line ends, control characters (escape sequences), format
 * characters (marks that reverse the direction, characters without a width), halves of pairs, and
 * code points without a character.
 */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/**
 * Returns a foreign text for a message or a report: on one line, bounded, and with visible escapes
 * such as `\u{1b}` instead of characters that are not visible.
 *
 * @param text The text
 * @param max The longest result, in UTF-16 code units
 */
export function showText(text: string, max: number = MAX_TEXT): string {
  const isLong = text.length > max;
  // Escapes only lengthen a text, so its end is never looked at.
  const start = isLong ? text.slice(0, max).replace(/[\ud800-\udbff]$/, "") : text;
  const shown = start.replaceAll(INVISIBLE, escapeCharacter);
  if (!isLong && shown.length <= max) return shown;
  // Neither half of a pair nor half of an escape stays at the end.
  return `${shown.slice(0, max - 1).replace(/[\ud800-\udbff]$|\\(u(\{[0-9a-f]*)?)?$/, "")}…`;
}

/** Shows a list of foreign texts: the first of them, and the number of the others. */
export function showList(
  texts: readonly string[],
  separator: string = ", ",
  max: number = MAX_ITEMS,
): string {
  const shown = texts.slice(0, max).map((text) => showText(text)).join(separator);
  return texts.length <= max ? shown : `${shown} and ${texts.length - max} more`;
}

/** Shows a wrong value of any type: a text in quotation marks, anything else as it prints. */
export function showValue(value: unknown, max: number = MAX_TEXT): string {
  if (typeof value === "string") return `"${showText(value, max).replaceAll('"', '\\"')}"`;
  if (typeof value === "bigint") return value < 1n << 128n ? `${value}` : "more than 2^128";
  if (typeof value === "object" && value !== null) {
    return Array.isArray(value) ? "an array" : "an object";
  }
  return showText(String(value));
}

function escapeCharacter(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`;
}

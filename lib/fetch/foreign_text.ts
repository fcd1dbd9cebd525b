/**
 * Text of others in messages: certificate names, addresses.
 *
 * @module
 */

/** Characters shown at most. */
const MAX_TEXT = 100;

/** Returns a text on one line, bounded, without control characters and changes of direction. */
export function showForeign(text: string): string {
  const line = text.slice(0, 2 * MAX_TEXT)
    // deno-lint-ignore no-control-regex -- the function looks for control characters
    .replaceAll(/[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+/g, " ").trim();
  if (line.length <= MAX_TEXT && text.length <= 2 * MAX_TEXT) return line;
  return `${line.slice(0, MAX_TEXT - 1).replace(/[\uD800-\uDBFF]$/, "")}…`; // no half of a pair
}

/**
 * What the body of a response says, as text and as a value: JSON, or XML in the shape that JSON would
 * have. The bodies are the network's: whatever they hold, the work and the memory are bounded, and
 * nothing is thrown.
 *
 * The XML is the subset that error messages are written in: elements, text, CDATA and references to
 * characters. Attributes are passed over. A document type is refused, and with it every entity that
 * is not built in, so that none can be expanded a million times.
 *
 * @module
 */

/** In octets. A hundred errors with all their details are a tenth of it; more is no error message. */
export const MAX_BODY: number = 256 * 1024;

/** In milliseconds. An error's body comes with its head; what takes longer is stuck, or endless. */
const MAX_WAIT = 5000;

/** In octets, as which a smaller chunk counts: empty ones may come without end, and no timer fires. */
const MIN_CHUNK = 16;

/** Elements within elements. The errors are at the third level, their details a few below. */
const MAX_DEPTH = 16;

/**
 * Reads the body's text from a clone, which leaves the body to the caller.
 *
 * A clone shares the body: what is read here is kept for the caller, so that neither more nor longer
 * is read than an error message needs. Where the body fails or stalls, what came by then is the text.
 *
 * @returns `undefined` where the body is larger than {@linkcode MAX_BODY}
 * @throws {TypeError} when the body was used already
 */
export async function readText(
  response: Response,
  maxWait: number = MAX_WAIT,
): Promise<string | undefined> {
  const reader = response.clone().body?.getReader();
  if (reader === undefined) return "";
  // It settles no sooner than the caller's body does, and rejects where that fails.
  const stop = () => void reader.cancel().catch(() => {});
  const timer = setTimeout(stop, maxWait); // a read that waits then ends as at the end of the body
  const decoder = new TextDecoder(); // drops a BOM, and puts U+FFFD for what is not UTF-8
  let text = "";
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      size += Math.max(value.length, MIN_CHUNK);
      if (size > MAX_BODY) return undefined;
      text += decoder.decode(value, { stream: true });
    }
  } catch { // the caller meets the same failure when reading the body, and is told by that
  } finally {
    clearTimeout(timer);
    stop();
  }
  return text + decoder.decode();
}

/**
 * The value that the text holds, `undefined` for none. What kind of text it is, is told by its first
 * character: the content types of error messages are often wrong.
 */
export function parseText(text: string): unknown {
  if (text.trimStart().startsWith("<")) return parseXml(text);
  try {
    return JSON.parse(text);
  } catch { // no JSON, or nested deeper than this runtime's stack allows
    return undefined;
  }
}

/** An element that is being read. */
interface Element {
  /** Without its prefix. */
  readonly name: string;
  text: string;
  /** Without a prototype, so that no name has a meaning to it. */
  children?: Record<string, unknown>;
}

/** What is neither text nor a tag: how it begins and ends, and whether its inside is text. */
const SECTIONS: readonly (readonly [string, string, boolean])[] = [
  ["<?", "?>", false],
  ["<!--", "-->", false],
  ["<![CDATA[", "]]>", true],
];

// Each part is bounded, and none can match what the next one does: there is nothing to backtrack.
const TAG = /^(\/?)(?:[^\s:/<>!?]{1,100}:)?([^\s:/<>!?]{1,100})(?=[\s/]|$)/;

/** An element's name to its text or its children; several of one name as an array. */
function parseXml(xml: string): unknown {
  const document: Element = { name: "", text: "" };
  const path = [document];
  for (let at = 0; at < xml.length;) {
    const open = path.at(-1)!;
    const start = xml.indexOf("<", at);
    open.text += decodeReferences(xml.slice(at, start < 0 ? xml.length : start));
    if (start < 0) break;

    const section = SECTIONS.find(([opening]) => xml.startsWith(opening, start));
    if (section !== undefined) {
      const [opening, closing, isText] = section;
      const end = xml.indexOf(closing, start + opening.length);
      if (end < 0) return undefined;
      if (isText) open.text += xml.slice(start + opening.length, end);
      at = end + closing.length;
      continue;
    }

    const end = findTagEnd(xml, start);
    const tag = xml.slice(start + 1, end);
    const [, slash, name] = TAG.exec(tag) ?? [];
    if (end < 0 || name === undefined) return undefined;
    at = end + 1;
    if (slash !== "") {
      if (open.name !== name) return undefined; // the document's own name is no tag's
      path.pop();
      append(path.at(-1)!, open);
    } else if (tag.endsWith("/")) {
      append(open, { name, text: "" });
    } else if (path.push({ name, text: "" }) > MAX_DEPTH) {
      return undefined;
    }
  }
  return path.length === 1 ? document.children : undefined;
}

/** Where the tag's `>` is; one between quotation marks is an attribute's. */
function findTagEnd(xml: string, start: number): number {
  for (let at = start; at < xml.length; at++) {
    const character = xml[at]!;
    if (character === ">") return at;
    if (character === '"' || character === "'") {
      at = xml.indexOf(character, at + 1);
      if (at < 0) break;
    }
  }
  return -1;
}

function append(parent: Element, { name, text, children }: Element): void {
  const value = children ?? text.trim();
  const siblings = parent.children ??= Object.create(null) as Record<string, unknown>;
  const before = siblings[name];
  if (before === undefined) siblings[name] = value;
  else if (Array.isArray(before)) before.push(value);
  else siblings[name] = [before, value];
}

/** XML 1.0, section 4.6: the entities that need no declaration. */
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["&lt;", "<"],
  ["&gt;", ">"],
  ["&amp;", "&"],
  ["&apos;", "'"],
  ["&quot;", '"'],
]);

function decodeReferences(text: string): string {
  return text.replaceAll(
    /&(?:#x([0-9a-f]{1,6})|#([0-9]{1,7})|[a-z]{2,4});/gi,
    (reference, hexadecimal?: string, decimal?: string) => {
      const code = hexadecimal ? parseInt(hexadecimal, 16) : Number(decimal);
      if (code <= 0x10ffff) return String.fromCodePoint(code);
      return ENTITIES.get(reference) ?? reference;
    },
  );
}

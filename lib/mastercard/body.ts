/**
 * Reads the body of an error response as text, and parses it as JSON or as XML.
 *
 * The bodies come from the network. Work and memory are limited for every body, and none makes the
 * parser throw.
 *
 * The XML is the subset that error messages use: elements, text, CDATA and character references.
 * Attributes are ignored. A document type is rejected, and with it every entity that is not built
 * in: no entity can expand a million times.
 *
 * @module
 */
import { timers } from "../timers.ts";

/** The largest body, in bytes. A hundred errors with all their details need a tenth of it. */
export const MAX_BODY: number = 256 * 1024;

/** The longest wait, in milliseconds. The body of an error arrives together with its headers. */
const MAX_WAIT = 5000;

/**
 * The least that a chunk counts, in bytes. An endless run of empty chunks would otherwise never
 * reach {@linkcode MAX_BODY}, and the timer would never fire.
 */
const MIN_CHUNK = 16;

/** The deepest nesting of elements. Errors are at the third level, their details a few below. */
const MAX_DEPTH = 16;

/**
 * Reads the body's text from a clone, so that the caller can still read the body.
 *
 * The runtime keeps for the caller what is read from the clone. The limits therefore are no larger
 * than an error message needs. If the body fails or stalls, the text ends there.
 *
 * @returns `undefined` if the body is larger than {@linkcode MAX_BODY}
 * @throws {TypeError} if the body was already used
 */
export async function readText(
  response: Response,
  maxWait: number = MAX_WAIT,
): Promise<string | undefined> {
  const { body } = response.clone();
  if (body === null) return "";
  const reader: ByteReader = "getReader" in body ? body.getReader() : readNodeStream(body);
  // The promise of `cancel` settles only when the caller's body ends, and rejects if that fails.
  const stop = () => void reader.cancel().catch(() => {});
  const timer = timers.set(stop, maxWait); // a pending read then ends like the end of the body
  const decoder = new TextDecoder(); // drops a BOM, and replaces invalid UTF-8 by U+FFFD
  let text = "";
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done || value === undefined) break;
      size += Math.max(value.length, MIN_CHUNK);
      if (size > MAX_BODY) return undefined;
      text += decoder.decode(value, { stream: true });
    }
  } catch { // The caller gets the same failure when it reads the body.
  } finally {
    timers.clear(timer);
    stop();
  }
  return text + decoder.decode();
}

/** A reader of bytes, as far as it is used here. */
interface ByteReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
  cancel(): Promise<void>;
}

/** Reads the body of a `Response` of node-fetch, which is a stream of Node. */
function readNodeStream(body: object): ByteReader {
  const stream = body as AsyncIterable<Uint8Array> & { destroy?(): void };
  const chunks = stream[Symbol.asyncIterator]();
  return {
    async read() {
      const { done, value } = await chunks.next();
      return done ? { done: true } : { done: false, value };
    },
    cancel() {
      stream.destroy?.(); // `return` of the iterator would wait for the next chunk
      return Promise.resolve();
    },
  };
}

/**
 * Parses a text as XML or JSON, and returns `undefined` for any other text. The first character
 * decides between the two, because the content types of error messages are often wrong.
 */
export function parseText(text: string): unknown {
  if (text.trimStart().startsWith("<")) return parseXml(text);
  try {
    return JSON.parse(text);
  } catch { // not JSON, or nested deeper than the runtime's stack allows
    return undefined;
  }
}

/** An element that is open. */
interface Element {
  /** The name without its prefix. */
  readonly name: string;
  text: string;
  /** The children by name. The object has no prototype, so no name has a special meaning. */
  children?: Record<string, unknown>;
}

/** Sections other than tags and text: start, end, and true if the content is text. */
const SECTIONS: readonly (readonly [string, string, boolean])[] = [
  ["<?", "?>", false],
  ["<!--", "-->", false],
  ["<![CDATA[", "]]>", true],
];

// Each part has a maximum length, and excludes the start of the next part. Nothing can backtrack.
const TAG = /^(\/?)(?:[^\s:/<>!?]{1,100}:)?([^\s:/<>!?]{1,100})(?=[\s/]|$)/;

/** Parses XML into objects: each element's name maps to its text or its children. */
function parseXml(xml: string): unknown {
  const document: Element = { name: "", text: "" };
  const parents: Element[] = [];
  let open = document;
  for (let at = 0; at < xml.length;) {
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
      const parent = parents.pop();
      if (parent === undefined || open.name !== name) return undefined;
      appendChild(parent, open);
      open = parent;
    } else if (tag.endsWith("/")) {
      appendChild(open, { name, text: "" });
    } else {
      if (parents.push(open) >= MAX_DEPTH) return undefined;
      open = { name, text: "" };
    }
  }
  return open === document ? document.children : undefined;
}

/** Returns the index of the tag's `>`, or -1. A `>` in quotation marks belongs to an attribute. */
function findTagEnd(xml: string, start: number): number {
  for (let at = start; at < xml.length; at++) {
    const character = xml.charAt(at);
    if (character === ">") return at;
    if (character === '"' || character === "'") {
      at = xml.indexOf(character, at + 1);
      if (at < 0) break;
    }
  }
  return -1;
}

function appendChild(parent: Element, { name, text, children }: Element): void {
  const value = children ?? text.trim();
  const siblings = parent.children ??= Object.create(null) as Record<string, unknown>;
  const before = siblings[name];
  if (before === undefined) siblings[name] = value;
  else if (Array.isArray(before)) before.push(value);
  else siblings[name] = [before, value];
}

/** The entities that need no declaration (XML 1.0, section 4.6). */
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

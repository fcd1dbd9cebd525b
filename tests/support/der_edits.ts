/** Changes a DER file in one element at a time. */
import { INTEGER, NULL, OBJECT_IDENTIFIER, OCTET_STRING } from "../../lib/asn1/tags.ts";
import { writeElement } from "../../lib/asn1/writer.ts";

/** Element of DER with its contents: bytes or elements. */
interface Element {
  readonly tag: number;
  readonly contents: Uint8Array | Element[];
}

/** Changed file, with the place of the change. */
export interface Edit {
  /** The element's numbers from the outermost element to this one, such as `0.2.1`. */
  readonly place: string;
  readonly kind: "replaced" | "removed" | "changed" | "emptied";
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The bit of a tag whose contents are elements. */
const IS_CONSTRUCTED = 0x20;

/** Reads elements with tags of one byte; `undefined` if the bytes are something else. */
function parse(bytes: Uint8Array): Element[] | undefined {
  const elements: Element[] = [];
  for (let at = 0; at < bytes.length;) {
    const [tag = 0, first = 0] = bytes.subarray(at);
    const size = first < 0x80 ? 0 : first - 0x80;
    if (size > 3) return undefined;
    const start = at + 2 + size;
    const length = bytes.subarray(at + 2, start).reduce(
      (sum, byte) => sum * 256 + byte,
      size === 0 ? first : 0,
    );
    if (start + length > bytes.length) return undefined;
    const contents = bytes.subarray(start, start + length);
    // An OCTET STRING may hold a structure of its own.
    const isNested = tag === OCTET_STRING && contents[0] === 0x30;
    const children = tag & IS_CONSTRUCTED || isNested ? parse(contents) : undefined;
    elements.push({ tag, contents: children ?? contents });
    at = start + length;
  }
  return elements;
}

function write({ tag, contents }: Element): Uint8Array<ArrayBuffer> {
  return writeElement(tag, ...contents instanceof Uint8Array ? [contents] : contents.map(write));
}

/** Adds 1 to the last byte of an object identifier or a small number. */
function change({ tag, contents }: Element): Element[] | undefined {
  if (!(contents instanceof Uint8Array) || contents.length === 0) return undefined;
  const isSmall = tag === INTEGER && contents.length <= 2;
  if (tag !== OBJECT_IDENTIFIER && !isSmall) return undefined;
  const last = (contents.at(-1) ?? 0) + 1;
  return [{ tag, contents: Uint8Array.of(...contents.subarray(0, -1), last) }];
}

/**
 * Changes each element of a DER file in turn: replaces it by another type, removes it, adds 1 to
 * its value, and removes its contents.
 */
export function* editDer(file: Uint8Array): Generator<Edit> {
  const root = parse(file)?.[0];
  if (root === undefined || root.contents instanceof Uint8Array) throw new Error("This is not DER");
  const other = ({ tag }: Element): Element =>
    tag === NULL
      ? { tag: INTEGER, contents: Uint8Array.of(1) }
      : { tag: NULL, contents: Uint8Array.of() };
  const walk = function* (siblings: Element[], path: string): Generator<Edit> {
    for (const [i, element] of siblings.entries()) {
      const place = `${path}${i}`;
      const isEmpty = !(element.contents instanceof Uint8Array) || element.contents.length === 0;
      const kinds = {
        replaced: [other(element)],
        removed: [],
        changed: change(element),
        emptied: isEmpty ? undefined : [{ tag: element.tag, contents: Uint8Array.of() }],
      };
      for (const [kind, elements] of Object.entries(kinds)) {
        if (elements === undefined) continue;
        siblings.splice(i, 1, ...elements);
        yield { place, kind: kind as Edit["kind"], bytes: write(root) };
        siblings.splice(i, elements.length, element);
      }
      if (!(element.contents instanceof Uint8Array)) yield* walk(element.contents, `${place}.`);
    }
  };
  yield* walk(root.contents, "");
}

/**
 * Checks of the caller's arguments: option names, files and texts. Reads each value once.
 *
 * @module
 */
import { invalidArgument } from "../errors.ts";
import { showValue } from "../show.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Option names of other libraries, and our name for the same option. */
const SYNONYMS: Readonly<Record<string, string>> = {
  ca: "extraCa",
  crt: "cert",
  certificate: "cert",
  p12: "pfx",
  password: "passphrase",
};

/** The largest number of different letters between a misspelled name and the intended name. */
const MAX_DISTANCE = 2;

/**
 * Reads the options of an object, each once, including inherited options and getters.
 *
 * @param action The action in messages, such as "use the credentials"
 * @param options The object
 * @param names The names of all options
 * @throws {McFetchError} `invalid_argument` if it is not an object, or has an unknown option
 */
export function readOptions<Name extends string>(
  action: string,
  options: unknown,
  names: readonly Name[],
): Partial<Record<Name, unknown>> {
  if (typeof options !== "object" || options === null || "then" in options) {
    throw invalidArgument(action, `expected an object: got ${describeType(options)}`);
  }
  for (const name of Object.keys(options)) {
    if ((names as readonly string[]).includes(name)) continue;
    const nearest = findNearest(name, names);
    throw invalidArgument(
      action,
      `there is no option ${showValue(name, 40)}` +
        (nearest === undefined
          ? `; the options are ${names.join(", ")}`
          : `; did you mean ${nearest}?`),
    );
  }
  const given = options as Partial<Record<Name, unknown>>;
  return Object.fromEntries(names.map((name) => [name, given[name]])) as typeof given;
}

/** Returns the name that a misspelled name probably means; `undefined` if none is near. */
export function findNearest(name: string, names: readonly string[]): string | undefined {
  const synonym = SYNONYMS[name.toLowerCase()];
  if (synonym !== undefined && names.includes(synonym)) return synonym;
  const near = names.map((other) => ({ other, distance: computeDistance(name, other) }))
    .sort((a, b) => a.distance - b.distance)[0];
  return near !== undefined && near.distance <= MAX_DISTANCE ? near.other : undefined;
}

/** Returns the Levenshtein distance: the number of letters to add, remove or replace. */
function computeDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > MAX_DISTANCE) return Infinity;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const letter of a.toLowerCase()) {
    let [diagonal = 0] = row;
    let left = diagonal + 1;
    row = row.map((above, i) => {
      if (i === 0) return left;
      const replaced = diagonal + (letter === b.charAt(i - 1).toLowerCase() ? 0 : 1);
      diagonal = above;
      return left = Math.min(above + 1, left + 1, replaced);
    });
  }
  return row.at(-1) ?? Infinity;
}

/** Contents of a file: text, which cannot change, or bytes. */
export type Contents = string | Bytes;

/** Returns a file's contents. Bytes are not copied; {@linkcode copyContents} copies them. */
export function readContents(action: string, name: string, file: unknown): Contents {
  if (typeof file === "string") return file;
  // `instanceof` fails for bytes of another realm, such as Jest's.
  if (ArrayBuffer.isView(file)) {
    return new Uint8Array(file.buffer as ArrayBuffer, file.byteOffset, file.byteLength);
  }
  if (/^\[object (Shared)?ArrayBuffer\]$/.test(Object.prototype.toString.call(file))) {
    return new Uint8Array(file as ArrayBuffer);
  }
  const what = file === undefined
    ? "is missing or undefined; check that its variable is set"
    : `must be text or bytes: got ${describeType(file)}`;
  throw invalidArgument(action, `${name} ${what}`);
}

/** Classes that hold the contents of a file, and how to get them. */
const HOLDERS: readonly (readonly [RegExp, string])[] = [
  [/^Promise$/, "await it"],
  [/^(Blob|File|Response|Request)$/, "await its arrayBuffer()"],
  [/^(URL|ReadableStream)$/, "read it and pass its contents"],
  [/^\w{0,20}Key(Object)?$|^X509Certificate$/, "export it as PEM"],
  [/^Array$/, 'join its texts with "\\n", or its bytes'],
];

/** Copies a file's contents. The caller may then overwrite the original. */
export function copyContents(contents: Contents): Contents {
  return typeof contents === "string" ? contents : contents.slice();
}

/** Reads a file's contents and copies them. */
export function copyFile(action: string, name: string, file: unknown): Contents {
  return copyContents(readContents(action, name, file));
}

/** Returns a text option, or `undefined` if it is absent. */
export function readText(action: string, name: string, text: unknown): string | undefined {
  if (text === undefined || typeof text === "string") return text;
  throw invalidArgument(action, `${name} must be a string: got ${describeType(text)}`);
}

/** Describes the type of a wrong argument in messages. */
export function describeType(value: unknown): string {
  if (value === null || typeof value !== "object") return value === null ? "null" : typeof value;
  // `instanceof` fails for objects of another realm, such as Jest's.
  const tag = Object.prototype.toString.call(value).slice("[object ".length, -1);
  const name = tag === "Object" ? value.constructor?.name ?? tag : tag;
  const holder = HOLDERS.find(([pattern]) => pattern.test(name));
  if (holder) return `${/^[AX]/.test(name) ? "an" : "a"} ${name}; ${holder[1]}`;
  return "then" in value ? "a Promise; await it" : "object";
}

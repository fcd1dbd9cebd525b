/**
 * Checking what a caller passed: names, files and texts. Each value is read once.
 *
 * @module
 */
import { invalidArgument } from "../errors.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Names of other libraries, and ours for the same thing. */
const SYNONYMS: Readonly<Record<string, string>> = {
  ca: "extraCa",
  crt: "cert",
  certificate: "cert",
  p12: "pfx",
  password: "passphrase",
};

/** The largest number of letters that differ between a misspelled name and the meant one. */
const MAX_DISTANCE = 2;

/**
 * Reads the options of an object, each once, also inherited ones and getters.
 *
 * @param action What fails if they are wrong, such as "use the credentials"
 * @param names The options that exist
 * @throws {McFetchError} `invalid_argument` if it is no object, or has an option that does not exist
 */
export function readOptions<Name extends string>(
  action: string,
  options: unknown,
  names: readonly Name[],
): Partial<Record<Name, unknown>> {
  if (typeof options !== "object" || options === null) {
    throw invalidArgument(
      action,
      `expected an object: got ${options === null ? "null" : typeof options}`,
    );
  }
  for (const name of Object.keys(options)) {
    if ((names as readonly string[]).includes(name)) continue;
    const meant = findNearest(name, names);
    throw invalidArgument(
      action,
      `there is no option ${JSON.stringify(name.slice(0, 40))}` +
        (meant === undefined
          ? `; the options are ${names.join(", ")}`
          : `; did you mean ${meant}?`),
    );
  }
  const given = options as Partial<Record<Name, unknown>>;
  return Object.fromEntries(names.map((name) => [name, given[name]])) as typeof given;
}

function findNearest(name: string, names: readonly string[]): string | undefined {
  const synonym = SYNONYMS[name.toLowerCase()];
  if (synonym !== undefined && names.includes(synonym)) return synonym;
  const near = names.map((other) => ({ other, distance: computeDistance(name, other) }))
    .sort((a, b) => a.distance - b.distance)[0];
  return near !== undefined && near.distance <= MAX_DISTANCE ? near.other : undefined;
}

/** Returns the Levenshtein distance: how many letters have to be added, removed or replaced. */
function computeDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > MAX_DISTANCE) return Infinity;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const cost = a[i]!.toLowerCase() === b[j]!.toLowerCase() ? 0 : 1;
      next.push(Math.min(row[j + 1]! + 1, next[j]! + 1, row[j]! + cost));
    }
    row = next;
  }
  return row.at(-1)!;
}

/** The contents of a file: a text, which cannot change, or bytes. */
export type Contents = string | Bytes;

/** Returns a file's contents. Bytes are the caller's memory: see {@linkcode copyContents}. */
export function readContents(action: string, name: string, file: unknown): Contents {
  if (typeof file === "string") return file;
  // Not `instanceof`: the bytes may come from another realm, such as Jest's.
  if (ArrayBuffer.isView(file)) {
    return new Uint8Array(file.buffer as ArrayBuffer, file.byteOffset, file.byteLength);
  }
  if (/^\[object (Shared)?ArrayBuffer\]$/.test(Object.prototype.toString.call(file))) {
    return new Uint8Array(file as ArrayBuffer);
  }
  const what = file === undefined
    ? "is missing"
    : `must be text or bytes: got ${describeType(file)}`;
  throw invalidArgument(action, `${name} ${what}`);
}

/** Copies a file's contents, so that the caller may overwrite the original at once. */
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

function describeType(value: unknown): string {
  if (value === null) return "null";
  return value instanceof Promise ? "a Promise; await it" : typeof value;
}

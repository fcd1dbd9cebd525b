/**
 * From curl's options to a request: method, headers and body.
 *
 * @module
 */
import { basename } from "node:path";
import { concat } from "../crypto/bytes.ts";
import { UsageError, type Values } from "./arguments.ts";
import { readInput, readInputText } from "./files.ts";
import { readForm } from "./form.ts";
import { askSecret, isInteractive } from "./terminal.ts";

/** The options of a request, as curl's. */
export const REQUEST_OPTIONS = {
  request: { type: "string", short: "X" },
  head: { type: "boolean", short: "I" },
  get: { type: "boolean", short: "G" },
  header: { type: "string", short: "H", multiple: true },
  "user-agent": { type: "string", short: "A" },
  user: { type: "string", short: "u" },
  data: { type: "string", short: "d", multiple: true },
  "data-ascii": { type: "string", multiple: true },
  "data-raw": { type: "string", multiple: true },
  "data-binary": { type: "string", multiple: true },
  "data-urlencode": { type: "string", multiple: true },
  json: { type: "string", multiple: true },
  form: { type: "string", short: "F", multiple: true },
  "form-string": { type: "string", multiple: true },
  "upload-file": { type: "string", short: "T" },
} as const;

/** The values of {@linkcode REQUEST_OPTIONS}. */
type RequestValues = Values<typeof REQUEST_OPTIONS>;

/** Request that the options describe. */
interface Request {
  readonly url: URL;
  readonly init: {
    readonly method: string;
    readonly headers: Headers;
    readonly body?: Uint8Array<ArrayBuffer> | FormData;
  };
}

/** Reads the request. Files and standard input are read whole. */
export async function readRequest(given: URL, values: RequestValues): Promise<Request> {
  const url = new URL(given);
  const headers = readHeaders(values.header ?? []);
  if (values["user-agent"] !== undefined) headers.set("user-agent", values["user-agent"]);
  if (values.user !== undefined) headers.set("authorization", await readUser(values.user));
  const sources = await readBodies(url, values, headers);
  if (sources.length > 1) {
    throw new UsageError("A request has one body: pass only one of -d, --json, -F and -T");
  }
  const [source] = sources;
  const method = values.request ?? (values.head ? "HEAD" : source?.method ?? "GET");
  if (source === undefined) return { url, init: { method, headers } };
  if (method === "GET" || method === "HEAD") {
    throw new UsageError(`A ${method} request has no body; pass -G to put the data into the URL`);
  }
  return { url, init: { method, headers, body: source.body } };
}

interface Source {
  readonly method: string;
  readonly body: Uint8Array<ArrayBuffer> | FormData;
}

async function readBodies(url: URL, values: RequestValues, headers: Headers): Promise<Source[]> {
  const sources: Source[] = [];
  const data = await readData(values);
  if (data !== undefined && values.get) {
    const query = new TextDecoder().decode(data);
    url.search = url.search === "" ? query : `${url.search}&${query}`;
  } else if (data !== undefined) {
    setDefault(headers, "content-type", "application/x-www-form-urlencoded");
    sources.push({ method: "POST", body: data });
  }
  if (values.json !== undefined) {
    setDefault(headers, "content-type", "application/json");
    setDefault(headers, "accept", "application/json");
    sources.push({ method: "POST", body: concat(await readParts(values.json, readWhole)) });
  }
  const { form = [], "form-string": texts = [] } = values;
  if (form.length + texts.length > 0) {
    sources.push({ method: "POST", body: await readForm(form, texts) });
  }
  const upload = values["upload-file"];
  if (upload !== undefined) {
    // curl adds the file's name to a URL that ends with a slash.
    if (url.pathname.endsWith("/") && upload !== "-") {
      url.pathname += encodeURIComponent(basename(upload));
    }
    sources.push({ method: "PUT", body: await readInput(upload) });
  }
  return sources;
}

/** Reads the options of curl's `--data` family. Repeated options are joined with `&`. */
async function readData(values: RequestValues): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const parts = [
    ...await readParts([...values.data ?? [], ...values["data-ascii"] ?? []], readLines),
    ...(values["data-raw"] ?? []).map(encode),
    ...await readParts(values["data-binary"] ?? [], readWhole),
    ...await readParts(values["data-urlencode"] ?? [], readEncoded),
  ];
  return parts.length === 0 ? undefined : join(parts, "&");
}

type Bytes = Uint8Array<ArrayBuffer>;

/** Reads the parts one after another: one of them may be standard input. */
async function readParts(
  parts: readonly string[],
  read: (part: string) => Promise<Bytes>,
): Promise<Bytes[]> {
  const found: Bytes[] = [];
  for (const part of parts) found.push(await read(part));
  return found;
}

/** Reads a text, or a file after `@`. */
async function readWhole(part: string): Promise<Bytes> {
  return part.startsWith("@") ? await readInput(part.slice(1)) : encode(part);
}

/** Reads a text, or a file after `@` without its line breaks and NULs, as curl's `--data`. */
async function readLines(part: string): Promise<Bytes> {
  const bytes = await readWhole(part);
  return part.startsWith("@")
    ? bytes.filter((byte) => byte !== 0x0a && byte !== 0x0d && byte !== 0)
    : bytes;
}

/** Reads `TEXT`, `=TEXT`, `NAME=TEXT`, `@FILE` or `NAME@FILE`, and encodes the text. */
async function readEncoded(part: string): Promise<Bytes> {
  const [, name = "", sign, rest = ""] = /^([^=@]*)([=@])([^]*)$/.exec(part) ?? [];
  const text = sign === undefined ? part : sign === "=" ? rest : await readInputText(rest);
  return encode((name === "" ? "" : `${name}=`) + encodeComponent(text));
}

/** Percent-encodes a text as curl does: all but letters, digits and `-._~`, a space as `+`. */
function encodeComponent(text: string): string {
  return encodeURIComponent(text)
    .replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");
}

function encode(text: string): Bytes {
  return new TextEncoder().encode(text);
}

function join(parts: readonly Bytes[], separator: string): Bytes {
  const between = encode(separator);
  return concat(parts.flatMap((part, i) => i === 0 ? [part] : [between, part]));
}

function readHeaders(lines: readonly string[]): Headers {
  const headers = new Headers();
  for (const line of lines) {
    // curl sends an empty header for "Name;".
    const [, name = "", value = ""] = /^([^:;\s]+)(?::\s*([^]*)|;)$/.exec(line) ?? [];
    try {
      headers.append(name, value);
    } catch { // The message does not show the header: it may be a secret.
      throw new UsageError('--header must have the form "Name: value"');
    }
  }
  return headers;
}

function setDefault(headers: Headers, name: string, value: string): void {
  if (!headers.has(name)) headers.set(name, value);
}

/** Returns the header of HTTP Basic authentication (RFC 7617) for `NAME:PASSWORD`. */
async function readUser(user: string): Promise<string> {
  let pair = user;
  if (!pair.includes(":")) {
    if (!isInteractive()) throw new UsageError("--user must have the form NAME:PASSWORD");
    pair += `:${await askSecret(`Password of ${user}: `)}`;
  }
  return `Basic ${Buffer.from(pair, "utf8").toString("base64")}`;
}

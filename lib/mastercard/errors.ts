/**
 * The errors that Mastercard's gateway and APIs answer with.
 *
 * Sources:
 * - the forms, the codes and what they mean: on Mastercard Developers, "Errors & Troubleshooting",
 *   https://developer.mastercard.com/platform/documentation/errors-and-troubleshooting/ ,
 *   "OAuth 1.0a and mTLS Error Codes" and "OAuth 2.0 Error Codes",
 *   https://developer.mastercard.com/platform/documentation/errors-and-troubleshooting/oauth1-and-mtls-error-codes/
 *   https://developer.mastercard.com/platform/documentation/errors-and-troubleshooting/oauth2-error-codes/
 * - the HTML pages: nginx's src/http/ngx_http_special_response.c
 *
 * @module
 */
import { adviseOn } from "./advice.ts";
import { parseText, readText } from "./body.ts";

/** An error in the body of a response, whatever form it had there. */
export interface MastercardError {
  /** Who reports it: `"Gateway"`, or a name of the API's. `""` where the body does not say. */
  readonly source: string;
  /** Its stable name, such as `INVALID_CLIENT_CERT`; numbers as digits. `""` where there is none. */
  readonly reasonCode: string;
  /** What happened, in the server's words. */
  readonly description: string;
  /** Whether the same request may succeed later. `undefined` where the body does not say. */
  readonly recoverable: boolean | undefined;
  /** More about it, in the server's words. What was not a text there is one in JSON. */
  readonly details?: string;
  /** What to do about it, where that is known. */
  readonly advice?: string;
}

/** More errors in one answer tell nobody more. */
const MAX_ERRORS = 100;

/** In UTF-16 code units. A description is a sentence; the longest are dumps of a request. */
const MAX_TEXT = 4096;

/** Objects and arrays within each other; `{Errors: [{Error: [{…}]}]}` has five. */
const MAX_LEVEL = 5;

/**
 * Reads the errors out of the body of a response, and leaves the body to be read.
 *
 * All forms that Mastercard's gateway, APIs and authorization servers use are read, as JSON or XML,
 * and nginx's pages on a client certificate, which count as the gateway's `INVALID_CLIENT_CERT`.
 * What a body is, is told by its shape alone. In a successful response the shape has to be more
 * complete, since ordinary data may have a name in common with an error.
 *
 * At most 256 KiB are read, for at most five seconds: a larger body has no errors, and of one that
 * stalls or fails what came by then is looked at. At most 100 errors are given, and texts of at most
 * 4096 characters. They are the server's words, so mind where you show them.
 *
 * @param response The response, of any status; its body must not have been used
 * @returns The errors; none where the body has none
 * @throws {TypeError} when the body was used already, or is being read
 *
 * @example Say what is wrong with a request
 * ```ts
 * import { readMastercardErrors } from "@acme/mc-mtls";
 *
 * const body = {
 *   Errors: {
 *     Error: [{
 *       Source: "Gateway",
 *       ReasonCode: "INVALID_CLIENT_CERT",
 *       Description: "Invalid client certificate",
 *       Recoverable: false,
 *       Details: null,
 *     }],
 *   },
 * };
 * const response = Response.json(body, { status: 422 });
 * for (const { reasonCode, description, advice } of await readMastercardErrors(response)) {
 *   console.error(`${reasonCode}: ${description}`, advice ?? "");
 * }
 * console.log(await response.json()); // is still there
 * ```
 */
export async function readMastercardErrors(response: Response): Promise<MastercardError[]> {
  if (response.bodyUsed || response.body?.locked) {
    throw new TypeError(
      "Cannot read the errors of the response: its body was already used; read the errors first",
    );
  }
  const text = await readText(response) ?? "";
  const { status, ok } = response;
  const page = ok ? undefined : readNginxPage(text);
  const found = page ?? findErrors(parseText(text), ok ? SUCCESSFUL : FAILED).map(toError);
  return found.map((error) => ({ ...error, ...adviseOn(error.source, error.reasonCode, status) }));
}

/** The titles of its pages 495 and 496, which it sends with status 400. */
const NGINX_TITLE = /<title>400 (The SSL certificate error|No required SSL certificate was sent)</;

function readNginxPage(text: string): MastercardError[] | undefined {
  const [, description] = NGINX_TITLE.exec(text) ?? [];
  if (description === undefined) return undefined;
  const reasonCode = "INVALID_CLIENT_CERT";
  return [{ source: "Gateway", reasonCode, description, recoverable: false }];
}

/** An object's fields by their names in lower case. */
type Fields = ReadonlyMap<string, unknown>;

/** What makes an object an error: by itself, or within `Errors` or `Error`. */
interface Shape {
  readonly bare: (fields: Fields) => boolean;
  readonly wrapped: (fields: Fields) => boolean;
}

const FAILED: Shape = {
  // RFC 6749, section 5.2: `error` is a string; many other APIs have an object or `true` there.
  bare: (fields) => has(fields, "reasoncode") || isName(fields.get("error")),
  wrapped: (fields) => has(fields, "reasoncode") || has(fields, "description"),
};

/** A chargeback, for one, has a `reasonCode` that is no error. */
const SUCCESSFUL: Shape = {
  bare: (fields) =>
    has(fields, "reasoncode") && fields.has("recoverable") ||
    isName(fields.get("error")) && has(fields, "error_description"),
  wrapped: (fields) => has(fields, "reasoncode"),
};

function has(fields: Fields, name: string): boolean {
  return toText(fields.get(name)) !== "";
}

function isName(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

/**
 * ```text
 * {Source, ReasonCode, Description, Recoverable, Details}     {error, error_description}
 * {Errors: {Error: [{…}]}}   {Errors: {Error: {…}}}   {Errors: [{Error: {…}}]}   {errors: [{…}]}
 * ```
 */
function findErrors(value: unknown, { bare, wrapped }: Shape, level = 1): Fields[] {
  if (level > MAX_LEVEL) return [];
  if (Array.isArray(value)) {
    const found: Fields[] = [];
    for (const item of value) {
      found.push(...findErrors(item, { bare, wrapped }, level + 1));
      if (found.length >= MAX_ERRORS) break;
    }
    return found.slice(0, MAX_ERRORS);
  }
  const fields = readFields(value);
  for (const name of ["errors", "error"]) {
    const found = findErrors(fields.get(name), { bare: wrapped, wrapped }, level + 1);
    if (found.length > 0) return found;
  }
  return bare(fields) ? [fields] : [];
}

/** The first of several names that differ in case alone. */
function readFields(value: unknown): Fields {
  const fields = new Map<string, unknown>();
  if (typeof value !== "object" || value === null) return fields;
  for (const [name, field] of Object.entries(value)) {
    const lower = name.toLowerCase();
    if (!fields.has(lower)) fields.set(lower, field);
  }
  return fields;
}

function toError(fields: Fields): MastercardError {
  const text = (name: string) => toText(fields.get(name));
  const details = toDetails(fields.get("details"));
  return {
    source: text("source"),
    reasonCode: text("reasoncode") || text("error"),
    description: text("description") || text("error_description"),
    recoverable: BOOLEANS.get(text("recoverable").toLowerCase()),
    ...details !== "" && { details },
  };
}

/** Some APIs write a text; XML has nothing else, and has digits for them, too. */
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["1", true],
  ["false", false],
  ["0", false],
]);

function toText(value: unknown): string {
  if (typeof value === "string") return shorten(value.trim());
  return typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}

function toDetails(value: unknown): string {
  if (typeof value !== "object" || value === null) return toText(value);
  try {
    return shorten(JSON.stringify(value));
  } catch { // nested deeper than this runtime's stack allows
    return "";
  }
}

function shorten(text: string): string {
  if (text.length <= MAX_TEXT) return text;
  return `${text.slice(0, MAX_TEXT - 1).replace(/[\uD800-\uDBFF]$/, "")}…`; // no half of a pair
}

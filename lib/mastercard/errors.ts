/**
 * `readMastercardErrors`: the errors in a response of Mastercard's gateway, APIs and authorization
 * servers.
 *
 * Sources:
 * - The forms, the codes and their meaning: on Mastercard Developers, "Errors & Troubleshooting",
 *   https://developer.mastercard.com/platform/documentation/errors-and-troubleshooting/ ,
 *   "OAuth 1.0a and mTLS Error Codes" and "OAuth 2.0 Error Codes",
 *   https://developer.mastercard.com/platform/documentation/errors-and-troubleshooting/oauth1-and-mtls-error-codes/
 *   https://developer.mastercard.com/platform/documentation/errors-and-troubleshooting/oauth2-error-codes/
 * - The HTML pages: nginx's src/http/ngx_http_special_response.c
 *
 * @module
 */
import { findAdvice } from "./advice.ts";
import { readAnswer } from "./answer.ts";
import { MAX_BODY, parseText } from "./body.ts";
import { showText } from "../show.ts";

/** Error from the body of a response. Every form of a body gives the same fields. */
export interface MastercardError {
  /** The reporter: `"Gateway"`, or a name that the API chose. `""` if the body names none. */
  readonly source: string;
  /** The stable name, such as `INVALID_CLIENT_CERT`, or a number in digits. `""` if absent. */
  readonly reasonCode: string;
  /** The description, in the server's words. `""` if absent. */
  readonly description: string;
  /** True if the same request may succeed later. `undefined` if the body does not say. */
  readonly recoverable: boolean | undefined;
  /** More details, in the server's words. A value that is not a text is written as JSON. */
  readonly details?: string;
  /** What to do about the error. Missing if this library has no advice. */
  readonly advice?: string;
}

/** The most errors of one response. More of them would not help anybody. */
const MAX_ERRORS = 100;

/** The longest text, in UTF-16 code units. A description is a sentence; some dump a request. */
const MAX_TEXT = 4096;

/** The deepest nesting of objects and arrays. `{Errors: [{Error: [{…}]}]}` has five levels. */
const MAX_LEVEL = 5;

/**
 * Reads the errors in the body of a response. The body can still be read afterwards.
 *
 * The function reads JSON and XML, in all forms that Mastercard's gateway, APIs and authorization
 * servers use. It also reads nginx's pages about a client certificate, as the gateway's
 * `INVALID_CLIENT_CERT`. It detects an error by the shape of the body. In a successful response
 * the shape must be more complete, because ordinary data may share a name with an error.
 *
 * The function reads at most 256 KiB, for at most five seconds. A larger body has no errors. If the
 * body stalls or fails, the part that arrived is read. The result has at most 100 errors, and texts
 * of at most 4096 characters, on one line: `\\u{a}` stands for a line end, and other control
 * characters have escapes of this form, too.
 *
 * Besides a `Response`, the function accepts what other clients have: the error or the response of
 * axios, superagent or got, and the body as text, bytes or an object. A body without its response
 * counts as that of a failed one.
 *
 * @param response The response, of any status. The body of a `Response` must not have been used
 * @returns The errors; empty if the body has none
 * @throws {TypeError} if the body was already used, or is being read; `invalid_argument` for a
 * `Promise`
 *
 * @example Report why a request failed
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
 * console.log(await response.json()); // can still be read
 * ```
 */
export async function readMastercardErrors(response: unknown): Promise<MastercardError[]> {
  const { status, ok, body } = await readAnswer(response);
  const text = typeof body === "string" && body.length <= MAX_BODY ? body : "";
  const page = ok ? undefined : readNginxPage(text);
  const value = typeof body === "string" ? parseText(text) : body;
  const found = page ?? findErrors(value, ok ? SUCCESSFUL : FAILED).map(toError);
  return found.map((error) => ({
    ...error,
    ...findAdvice(error.source, error.reasonCode, status),
  }));
}

/** The titles of nginx's pages 495 and 496, which nginx sends with status 400. */
const NGINX_TITLE = /<title>400 (The SSL certificate error|No required SSL certificate was sent)</;

function readNginxPage(text: string): MastercardError[] | undefined {
  const [, description] = NGINX_TITLE.exec(text) ?? [];
  if (description === undefined) return undefined;
  const reasonCode = "INVALID_CLIENT_CERT";
  return [{ source: "Gateway", reasonCode, description, recoverable: false }];
}

/** Fields of an object, by their names in lower case. */
type Fields = ReadonlyMap<string, unknown>;

/** Tests that detect an error by its fields. */
interface Shape {
  /** True if an object outside of `Errors` and `Error` is an error. */
  readonly bare: (fields: Fields) => boolean;
  /** True if an object inside of `Errors` or `Error` is an error. */
  readonly wrapped: (fields: Fields) => boolean;
}

const FAILED: Shape = {
  // RFC 6749, section 5.2: `error` is a string. Many other APIs have an object or `true` there.
  bare: (fields) => hasText(fields, "reasoncode") || isFilled(fields.get("error")),
  wrapped: (fields) => hasText(fields, "reasoncode") || hasText(fields, "description"),
};

/** The shape in a successful response. A chargeback, for example, also has a `reasonCode`. */
const SUCCESSFUL: Shape = {
  bare: (fields) =>
    hasText(fields, "reasoncode") && fields.has("recoverable") ||
    isFilled(fields.get("error")) && hasText(fields, "error_description"),
  wrapped: (fields) => hasText(fields, "reasoncode"),
};

function hasText(fields: Fields, name: string): boolean {
  return toText(fields.get(name)) !== "";
}

function isFilled(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

/**
 * Finds the errors in these forms:
 *
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

/** Reads an object's fields. If several names differ only in case, the first one counts. */
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

/** Booleans by their texts. Some APIs write texts; XML has only texts, and also writes digits. */
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["1", true],
  ["false", false],
  ["0", false],
]);

function toText(value: unknown): string {
  if (typeof value === "string") return showText(value.trim(), MAX_TEXT);
  return typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}

function toDetails(value: unknown): string {
  if (typeof value !== "object" || value === null) return toText(value);
  try {
    return showText(JSON.stringify(value), MAX_TEXT);
  } catch { // nested deeper than the runtime's stack allows
    return "";
  }
}

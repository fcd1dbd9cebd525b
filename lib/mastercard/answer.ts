/**
 * The responses of HTTP clients: of `fetch`, and of axios, superagent, got and others.
 *
 * @module
 */
import { invalidArgument } from "../errors.ts";
import { MAX_BODY, readText } from "./body.ts";

/** A response, as far as the errors in it matter. */
export interface ErrorAnswer {
  /** The status; 0 if it is unknown. */
  readonly status: number;
  /** True if the response is successful. */
  readonly ok: boolean;
  /** The body: a text that is not parsed yet, or an object. */
  readonly body: unknown;
}

/** Members of responses, and of the errors that hold them. */
type Members = Readonly<
  Partial<
    Record<
      | "response"
      | "status"
      | "statusCode"
      | "data"
      | "text"
      | "body"
      | "clone"
      | "headers"
      | "then",
      unknown
    >
  >
>;

/** An error holds a response, and some responses hold a response. */
const MAX_LEVEL = 3;

/**
 * Reads what a client has in hand: a `Response`, which can still be read afterwards; an error with
 * a `response`; a response of axios (`data`), superagent (`text`) or got (`body`); or the body
 * itself, as text, bytes or an object.
 *
 * @throws {TypeError} if the body of a `Response` was already used, or is being read
 */
export async function readAnswer(given: unknown, level = 1): Promise<ErrorAnswer> {
  if (typeof given !== "object" || given === null) return { status: 0, ok: false, body: given };
  const members: Members = given;
  if (isBytes(given)) return { status: 0, ok: false, body: decode(given) };
  if (typeof members.then === "function") {
    throw invalidArgument("read the errors of the response", "it is a Promise; await it");
  }
  if (typeof members.clone === "function") return await readResponse(given as Response);
  const { response } = members;
  if (typeof response === "object" && response !== null && level < MAX_LEVEL) {
    return await readAnswer(response, level + 1);
  }
  const status = findStatus(members);
  // A body may have a status, too; a response has headers.
  if (status === undefined || typeof members.headers !== "object") {
    return { status: 0, ok: false, body: given };
  }
  return { status, ok: status >= 200 && status < 300, body: findBody(members) };
}

async function readResponse(response: Response): Promise<ErrorAnswer> {
  if (response.bodyUsed || response.body?.locked) {
    throw new TypeError(
      "Cannot read the errors of the response: its body was already used; read the errors first",
    );
  }
  const { status, ok } = response;
  return { status, ok, body: await readText(response) ?? "" };
}

function findStatus({ status, statusCode }: Members): number | undefined {
  return [status, statusCode].find((value): value is number => typeof value === "number");
}

/** Returns a body that the client has read, as text or bytes if it kept them. */
function findBody({ data, text, body }: Members): unknown {
  const found = [text, data, body].find((part) => part !== undefined && typeof part !== "function");
  return typeof found === "object" && found !== null && isBytes(found) ? decode(found) : found;
}

function isBytes(value: object): value is ArrayBuffer | ArrayBufferView {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer;
}

/** A body that is larger than an error has no errors. */
function decode(bytes: ArrayBuffer | ArrayBufferView): string {
  return bytes.byteLength > MAX_BODY ? "" : new TextDecoder().decode(bytes as ArrayBufferView);
}

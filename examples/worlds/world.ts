/**
 * The part that all worlds share: enters the world before or after the library is loaded, calls the
 * server with two certificates at once, and prints the answers as JSON.
 *
 * @module
 */
import process from "node:process";

/** A program in which something else replaces the globals. */
export interface World {
  /** Replaces the globals. */
  enter(): unknown;
  /** Throws unless the replacement is in force. Runs after the calls. */
  witness(): unknown;
}

/** One call and its outcome, as `scripts/worlds.ts` reads it. */
export interface Answer {
  readonly call: string;
  /** The certificate that the caller presents. */
  readonly caller: string;
  readonly status?: number;
  /** The certificate that the server names in its header. */
  readonly subject?: string | null;
  readonly body?: string;
  /** The error, if the call rejects. */
  readonly code?: string;
  readonly message?: string;
}

const { SERVER = "", CREDENTIALS = "{}", WHEN = "before" } = process.env;

/** The URL that every call of this world goes to. */
export const URL_OF_WORLD = `${SERVER}/certified`;

/** A URL of the same server that takes requests without a certificate. */
export const URL_OF_WITNESS = `${SERVER}/witness`;

/** The certificates and keys of the two callers, by their names. */
export const callers: Record<string, { cert: string; key: string }> = JSON.parse(CREDENTIALS);

/** Loads the library. */
export async function load(): Promise<typeof import("@acme/mc-mtls")> {
  return await import("@acme/mc-mtls");
}

/** Enters the world, calls the server, prints the answers, and ends the process. */
export async function show({ enter, witness }: World): Promise<void> {
  if (WHEN === "after") await load();
  await enter();
  const { createMcFetch, mcFetch } = await load();
  const calls = Object.entries(callers).flatMap(([caller, credentials]) => {
    const bound = createMcFetch(credentials);
    const once: typeof fetch = (input, init) => mcFetch(input, init, credentials);
    return [...callBy("createMcFetch", caller, bound), ...callBy("mcFetch", caller, once)];
  });
  const answers = await Promise.all(calls);
  let witnessed = "the replacement is in force";
  await new Promise((resolve) => resolve(witness())).catch((error) => witnessed = String(error));
  process.stdout.write(`${JSON.stringify({ answers, witnessed })}\n`, () => process.exit());
}

/** The calls of one caller. The last two take the world's own classes. */
function callBy(name: string, caller: string, send: typeof fetch): Promise<Answer>[] {
  const headers = { accept: "application/json", "content-type": "application/json" };
  const calls: Record<string, () => Parameters<typeof fetch>> = {
    "GET": () => [URL_OF_WORLD],
    "POST": () => [URL_OF_WORLD, { method: "POST", headers, body: '{"name":"Bella"}' }],
    "own Request": () => [new Request(URL_OF_WORLD, { headers: new Headers(headers) })],
    "own URL and signal": () => [new URL(URL_OF_WORLD), { signal: new AbortController().signal }],
  };
  return Object.entries(calls).flatMap(([call, makeArguments]) => {
    const answer = { call: `${name}, ${call}`, caller };
    try {
      return [answerOf(answer, send(...makeArguments()))];
    } catch {
      return []; // the world's class cannot be used
    }
  });
}

async function answerOf(
  answer: Pick<Answer, "call" | "caller">,
  sent: Promise<Response>,
): Promise<Answer> {
  try {
    const response = await sent;
    const subject = response.headers.get("x-client-certificate-subject");
    return { ...answer, status: response.status, subject, body: await response.text() };
  } catch (error) {
    const { code = "none", message } = error as Partial<Record<"code" | "message", string>>;
    return { ...answer, code: String(code), message: String(message) };
  }
}

/** Throws unless the value is as expected. */
export function expect(what: string, actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`${what} is ${actual}, not ${expected}`);
}

/**
 * The calls that a world makes with each certificate, and their outcomes.
 *
 * @module
 */
import type { Answer } from "./answer.ts";

/** Makes the calls of one caller. The last two use the world's own classes. */
export function sendCalls(
  name: string,
  caller: string,
  send: typeof fetch,
  url: string,
): Promise<Answer>[] {
  const headers = { accept: "application/json", "content-type": "application/json" };
  const calls: Record<string, () => Parameters<typeof fetch>> = {
    "GET": () => [url],
    "POST": () => [url, { method: "POST", headers, body: '{"name":"Bella"}' }],
    "own Request": () => [new Request(url, { headers: new Headers(headers) })],
    "own URL and signal": () => [new URL(url), { signal: new AbortController().signal }],
  };
  return Object.entries(calls).flatMap(([call, makeArguments]) => {
    const answer = { call: `${name}, ${call}`, caller };
    try {
      return [readAnswer(answer, send(...makeArguments()))];
    } catch {
      return []; // the world's class throws
    }
  });
}

async function readAnswer(
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

/**
 * Answers the sandbox's requests with a function from `Request` to `Response`.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Handler } from "./server.ts";
import { sendError } from "./petstore.ts";

/** The largest request body, in bytes. */
const MAX_BODY = 16 * 1024 * 1024;

type WebHandler = (request: Request) => Response | undefined | Promise<Response | undefined>;

/** Returns a handler that passes on what the function does not answer. */
export function answerWith(handle: WebHandler): Handler {
  return (request, response, proceed) => {
    answer(handle, request, response, proceed).catch((error) => {
      if (response.headersSent) response.destroy();
      else sendError(response, 500, "SYSTEM_ERROR", `The handler failed: ${error}`);
    });
    return true;
  };
}

async function answer(
  handle: WebHandler,
  request: IncomingMessage,
  response: ServerResponse,
  proceed: (body: Uint8Array) => void,
): Promise<void> {
  const body = await readBody(request);
  const { method = "GET", url = "/", rawHeaders } = request;
  const headers = new Headers();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    headers.append(rawHeaders[i] ?? "", rawHeaders[i + 1] ?? "");
  }
  const hasBody = method !== "GET" && method !== "HEAD";
  const found = await handle(
    new Request(new URL(url, `https://${request.headers.host ?? "localhost"}`), {
      method,
      headers,
      ...hasBody && { body },
    }),
  );
  if (found === undefined) return proceed(body);
  response.statusCode = found.status;
  for (const [name, value] of found.headers) response.appendHeader(name, value);
  response.end(new Uint8Array(await found.arrayBuffer()));
}

async function readBody(request: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_BODY) throw new RangeError("The body is too large");
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

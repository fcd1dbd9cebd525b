/**
 * The contenders on every runtime: the library in three ways, and any other `fetch`.
 *
 * @module
 */
import type { CertKeyCredentials } from "../../mod.ts";
import type { Job, Send, Setup } from "./protocol.ts";
import type { MakeContender } from "./worker.ts";

/** Public API of the library. */
export type Library = Pick<typeof import("../../mod.ts"), "createMcFetch" | "mcFetch">;

/** Function with the parameters of `fetch`, and with this part of a response. */
export type FetchLike = (
  url: string,
  init: { method?: string; headers?: Record<string, string>; body?: string },
) => Promise<{
  readonly status: number;
  readonly body: AsyncIterable<Uint8Array> | null;
  json(): Promise<unknown>;
  arrayBuffer(): Promise<ArrayBuffer>;
}>;

/** Makes a contender of a `fetch`. */
export function sendWith(fetch: FetchLike): Send {
  return async (job) => {
    const response = await fetch(job.url, writeInit(job));
    checkStatus(response.status);
    if (job.read === "json") await response.json();
    else if (job.read === "bytes") await response.arrayBuffer();
    else await readChunks(response.body);
  };
}

/** Returns the method, headers and body of a request, with JSON as text. */
export function writeInit(
  { body }: Job,
): { method?: "POST"; headers?: Record<string, string>; body?: string } {
  if (body === undefined) return {};
  const headers = { "content-type": "application/json" };
  return { method: "POST", headers, body: JSON.stringify(body) };
}

/** Throws unless the status is 200. nginx answers 400 if there is no client certificate. */
export function checkStatus(status: number | undefined): void {
  if (status !== 200) throw new Error(`The server answered ${status}`);
}

/** Reads a body chunk by chunk, as for a download. Returns its size. */
export async function readChunks(body: AsyncIterable<Uint8Array> | null): Promise<number> {
  let length = 0;
  for await (const chunk of body ?? []) length += chunk.length;
  return length;
}

/** Adds the CA to the library's credentials. This is the only place that names its option. */
export function addCa<T extends object>(
  credentials: T,
  ca: string | undefined,
): T & Pick<CertKeyCredentials, "extraCa"> {
  return ca === undefined ? credentials : { ...credentials, extraCa: ca };
}

function makeCredentials({ cert, key, ca }: Setup): CertKeyCredentials {
  return addCa({ cert, key }, ca);
}

/** The library's contenders. */
export const OURS: Readonly<Record<string, MakeContender>> = {
  createMcFetch: async (setup) => {
    const { createMcFetch } = await loadLibrary(setup);
    return sendWith(createMcFetch(makeCredentials(setup)));
  },
  "mcFetch, same object": async (setup) => {
    const { mcFetch } = await loadLibrary(setup);
    const credentials = makeCredentials(setup);
    return sendWith((url, init) => mcFetch(url, init, credentials));
  },
  "mcFetch, equal object": async (setup) => {
    const { mcFetch } = await loadLibrary(setup);
    return sendWith((url, init) => mcFetch(url, init, makeCredentials(setup)));
  },
};

async function loadLibrary({ library }: Pick<Setup, "library">): Promise<Library> {
  return await import(library);
}

/**
 * The contenders on Node that use `node:https`: itself, axios, got and node-fetch.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { createRequire } from "node:module";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { checkStatus, type FetchLike, readChunks, sendWith, writeInit } from "./contenders.ts";
import type { Job, Setup } from "./protocol.ts";
import { makeTlsOptions } from "./roots.ts";
import type { MakeContender } from "./worker.ts";

function openAgent(setup: Setup): Agent {
  return new Agent({ keepAlive: true, ...makeTlsOptions(setup) });
}

/**
 * Loads a package of this folder's own package.json. `tsc` and the bundler do not see the import,
 * so that both work if the package is not installed.
 */
async function loadPeer(name: string, { peers }: Setup): Promise<unknown> {
  const { resolve } = createRequire(join(peers, "package.json"));
  return await import(pathToFileURL(resolve(name)).href);
}

/** Used part of axios. */
interface Axios {
  readonly default: {
    request(options: {
      readonly url: string;
      readonly method: "GET" | "POST";
      readonly data: unknown;
      readonly httpsAgent: Agent;
      readonly responseType: "json" | "arraybuffer" | "stream";
    }): Promise<{ readonly status: number; readonly data: unknown }>;
  };
}

/** Used part of got. */
interface Got {
  readonly got: {
    (url: string, options: GotOptions): {
      json(): Promise<unknown>;
      buffer(): Promise<Uint8Array>;
    };
    stream(url: string, options: GotOptions): AsyncIterable<Uint8Array>;
  };
}

interface GotOptions {
  readonly agent: { readonly https: Agent };
  readonly method: "GET" | "POST";
  readonly json?: unknown;
}

/** Used part of node-fetch. */
interface NodeFetch {
  readonly default: (
    url: string,
    init: Parameters<FetchLike>[1] & { readonly agent: Agent },
  ) => ReturnType<FetchLike>;
}

function readMethod({ body }: Job): "GET" | "POST" {
  return body === undefined ? "GET" : "POST";
}

/** Sends a request with `https.request`, as in the documentation of Node. */
function sendRequest(job: Job, agent: Agent): Promise<IncomingMessage> {
  const { body = "", ...init } = writeInit(job);
  return new Promise((resolve, reject) => {
    request(job.url, { ...init, agent }, resolve).on("error", reject).end(body);
  });
}

async function readBytes(response: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The response types of axios for each way to read an answer. */
const RESPONSE_TYPES = { json: "json", bytes: "arraybuffer", stream: "stream" } as const;

/** The clients. Each reads small answers as JSON, and large ones as its documentation shows. */
export const PEERS: Readonly<Record<string, MakeContender>> = {
  "https.request": (setup) => {
    const agent = openAgent(setup);
    return async (job) => {
      const response = await sendRequest(job, agent);
      checkStatus(response.statusCode);
      if (job.read === "json") JSON.parse(await text(response));
      else if (job.read === "bytes") await readBytes(response);
      else await readChunks(response);
    };
  },
  "axios": async (setup) => {
    const { default: axios } = await loadPeer("axios", setup) as Axios;
    const httpsAgent = openAgent(setup);
    return async (job) => {
      const { status, data } = await axios.request({
        url: job.url,
        method: readMethod(job),
        data: job.body,
        httpsAgent,
        responseType: RESPONSE_TYPES[job.read],
      });
      checkStatus(status);
      if (job.read === "stream") await readChunks(data as AsyncIterable<Uint8Array>);
    };
  },
  "got": async (setup) => {
    const { got } = await loadPeer("got", setup) as Got;
    const agent = { https: openAgent(setup) };
    return async (job) => { // got rejects unless the status is 2xx
      const options = { agent, method: readMethod(job), ...job.body && { json: job.body } };
      if (job.read === "json") await got(job.url, options).json();
      else if (job.read === "bytes") await got(job.url, options).buffer();
      else await readChunks(got.stream(job.url, options));
    };
  },
  "node-fetch": async (setup) => {
    const { default: nodeFetch } = await loadPeer("node-fetch", setup) as NodeFetch;
    const agent = openAgent(setup);
    return sendWith((url, init) => nodeFetch(url, { ...init, agent }));
  },
};

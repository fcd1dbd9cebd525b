/**
 * The contenders on Node. The first one is the baseline.
 *
 * @module
 */
import { Agent, fetch as undiciFetch, request } from "undici";
import { checkStatus, OURS, readChunks, sendWith, writeInit } from "./contenders.ts";
import { PEERS } from "./contenders_https.ts";
import type { Send, Setup } from "./protocol.ts";
import { makeTlsOptions } from "./roots.ts";
import { type MakeContender, serveCommands } from "./worker.ts";

function openAgent(setup: Setup): Agent {
  return new Agent({ connect: makeTlsOptions(setup) });
}

/** Sends with the built-in `fetch`. Its types come from the DOM and lack `dispatcher`. */
function sendThrough(agent: () => Agent): Send {
  return sendWith((url, init) => fetch(url, Object.assign(init, { dispatcher: agent() })));
}

const CONTENDERS: Readonly<Record<string, MakeContender>> = {
  "fetch + Agent": (setup) => {
    const dispatcher = openAgent(setup);
    return sendThrough(() => dispatcher);
  },
  ...OURS,
  "undici.request": (setup) => {
    const dispatcher = openAgent(setup);
    return async (job) => {
      const { statusCode, body } = await request(job.url, { ...writeInit(job), dispatcher });
      checkStatus(statusCode);
      if (job.read === "json") await body.json();
      else if (job.read === "bytes") await body.arrayBuffer();
      else await readChunks(body);
    };
  },
  "undici.fetch": (setup) => {
    const dispatcher = openAgent(setup);
    return sendWith((url, init) => undiciFetch(url, { ...init, dispatcher }));
  },
  ...PEERS,
  "fetch + Agent per call": (setup) => async (job) => {
    const agent = openAgent(setup);
    try {
      await sendThrough(() => agent)(job);
    } finally {
      await agent.close();
    }
  },
};

await serveCommands(CONTENDERS);

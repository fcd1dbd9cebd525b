/**
 * The contenders on Deno. The first one is the baseline.
 *
 * @module
 */
import { OURS, sendWith } from "./contenders.ts";
import { openHttpClient } from "./deno.ts";
import type { Send, Setup } from "./protocol.ts";
import { type MakeContender, serveCommands } from "./worker.ts";

function sendOverClient(setup: Setup, options: { readonly http2?: boolean }): Send {
  const client = openHttpClient(setup, options);
  return sendWith((url, init) => fetch(url, Object.assign(init, { client })));
}

const CONTENDERS: Readonly<Record<string, MakeContender>> = {
  "fetch + createHttpClient": (setup) => sendOverClient(setup, {}),
  ...OURS,
  "fetch, http2: false": (setup) => sendOverClient(setup, { http2: false }),
};

await serveCommands(CONTENDERS);

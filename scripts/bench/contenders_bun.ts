/**
 * The contenders on Bun. The first one is the baseline.
 *
 * @module
 */
import { OURS, sendWith } from "./contenders.ts";
import type { Send } from "./protocol.ts";
import { makeTlsOptions, type TlsOptions } from "./roots.ts";
import { type MakeContender, serveCommands } from "./worker.ts";

function sendOverTls(tls: TlsOptions): Send {
  return sendWith((url, init) => fetch(url, Object.assign(init, { tls })));
}

const CONTENDERS: Readonly<Record<string, MakeContender>> = {
  "fetch + tls": (setup) => sendOverTls(makeTlsOptions(setup)),
  ...OURS,
  // Unlike the library, this contender trusts no other CA. Bun parses `ca` for each request.
  "fetch + tls, that ca only": ({ cert, key, ca }) =>
    sendOverTls({ cert, key, ...ca && { ca: [ca] } }),
};

await serveCommands(CONTENDERS);

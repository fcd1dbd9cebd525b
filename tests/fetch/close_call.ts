/**
 * A program of its own for `close_test.ts`: it closes everything.
 *
 * @module
 */
import { createMcFetch, mcFetch } from "../../mod.ts";
import { countConnections, sandboxFiles, server } from "../support/context.ts";

const url = `${server.origin}/echo?watch=everything`;
const credentials = sandboxFiles();
const renewed = () => ({ ...credentials, limits: { maxBytes: 1_000_001 } });
const bound = createMcFetch({ ...credentials, limits: { maxBytes: 1_000_002 } });

/** Tells the outcome of a call: its method, or its error's code. */
async function tell(call: Promise<Response>): Promise<string> {
  try {
    return (await (await call).json()).method;
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

const calls = [mcFetch(url, {}, credentials), mcFetch(url, {}, renewed), bound(url)];
const responses = await Promise.all(calls);
const opened = (await countConnections()).open.everything;
const underWay = mcFetch(url, {}, credentials);
await mcFetch.close();
const finished = await Promise.all([underWay, ...responses].map((it) => tell(Promise.resolve(it))));
let open: number | undefined = 1;
// undici closes idle connections after four seconds by itself.
for (let wait = 0; wait < 20 && open !== undefined; wait++) {
  open = (await countConnections()).open.everything;
  await new Promise((resolve) => setTimeout(resolve, 50));
}
const later = [
  await tell(mcFetch(url, {}, credentials)),
  await tell(mcFetch(url, {}, renewed)),
  await tell(bound(url)),
];
await bound.close();
later.push(await tell(bound(url)));
console.log(JSON.stringify({ opened, finished, open: open ?? 0, later }));

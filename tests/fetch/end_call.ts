/**
 * A program of its own for `end_test.ts`: it calls in every way and closes nothing. It has to end
 * by itself.
 *
 * @module
 */
import https from "node:https";
import process from "node:process";
import { createMcAgent, createMcFetch, fromFiles, mcFetch } from "../../mod.ts";
import { sandboxFiles, server } from "../support/context.ts";

const echo = `${server.origin}/echo`;
const files = sandboxFiles();

/** Returns a status, or the code or name of a failure. The body is read if `read` is true. */
async function outcome(call: Promise<Response>, read = true): Promise<string> {
  try {
    const response = await call;
    if (read) await response.text();
    return String(response.status);
  } catch (error) {
    const { code, name } = error as { code?: unknown; name: string };
    return typeof code === "string" ? code : name;
  }
}

function callWithAgent(): Promise<Response> {
  const agent = createMcAgent({ ...files, origins: [server.origin] }) as unknown as https.Agent;
  return new Promise((resolve, reject) => {
    https.get(echo, { agent }, (response) => {
      const { statusCode } = response;
      response.resume().once("end", () => resolve(new Response("", { status: statusCode ?? 0 })));
    }).once("error", reject);
  });
}

const renewed = createMcFetch(fromFiles({
  pfx: `${server.directory}/client.p12`,
  passphrase: "keystorepassword",
  extraCa: `${server.directory}/ca.pem`,
}));

/** The ways to call, and what each comes to. */
const WAYS: Record<string, () => Promise<string>> = {
  mcFetch: () => outcome(mcFetch(echo, {}, files)),
  createMcFetch: () => outcome(createMcFetch(files)(echo)),
  fromFiles: () => outcome(renewed(echo)),
  agent: () => outcome(callWithAgent()),
  proxy: () => outcome(mcFetch(echo, {}, { ...files, proxy: server.proxies.http })),
  refused: () => outcome(mcFetch("https://localhost:1/", {}, files)),
  untrusted: () => outcome(mcFetch(server.otherOrigin, {}, files)),
  aborted: () =>
    outcome(mcFetch(`${server.origin}/stall`, { signal: AbortSignal.timeout(50) }, files)),
  "wrong passphrase": () => outcome(mcFetch(echo, {}, { ...files, passphrase: "wrong" })),
};

const outcomes: Record<string, string> = {};
for (const [name, call] of Object.entries(WAYS)) outcomes[name] = await call();
process.stdout.write(`${JSON.stringify(outcomes)}\n`);

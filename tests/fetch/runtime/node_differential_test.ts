/**
 * The client of Node against the built-in `fetch`: the same request to the same server gives the
 * same, field by field, or the row of the case says why not.
 */
import { RSA_KEY } from "../../support/hop_client.ts";
import process from "node:process";
import { assertEquals } from "@std/assert";
import type { HopRequest } from "../../../lib/fetch/runtime/client.ts";
import { runtime, testExceptOn } from "../../support/context.ts";
import type { HopCase } from "../../support/hop_cases.ts";
import type { RawServer } from "../../support/raw_server.ts";

const ELSEWHERE = "it compares the client of Node with the fetch of Node";
const EXCEPT = { deno: ELSEWHERE, bun: ELSEWHERE, workerd: ELSEWHERE };
const IMMUTABLE = Number.parseInt(process.versions.undici ?? "0");

type Send = (url: URL, request: HopRequest) => Promise<Response>;

/** Everything that a caller, and the server, can see of a request. */
async function observe(
  { method = "GET", query = "", headers = [], body, abort, reason, use }: HopCase,
  { origin, requests }: RawServer,
  send: Send,
): Promise<Record<string, unknown>> {
  const { countListeners } = await import("../../support/raw_server.ts");
  const controller = new AbortController();
  const { signal } = controller;
  const stop = () => reason === undefined ? controller.abort() : controller.abort(reason);
  const seen: Record<string, unknown> = {};
  const describe = (error: unknown): unknown => {
    if (signal.aborted && error === signal.reason) return "the reason of the signal";
    if (!(error instanceof Error)) return String(error);
    const { code } = error as Error & { code?: unknown };
    const cause = error.message === "terminated" ? describe(error.cause) : undefined;
    return [code ?? error.name, ...(code === undefined ? [error.message] : []), cause].join(" ");
  };
  try {
    if (abort === "before") stop();
    const url = new URL(`/path${query}`, origin);
    const request = { method, url, headers, body: body?.() ?? null, signal };
    const promise = send(url, request);
    if (abort === "waiting") {
      while (requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      stop();
    }
    const response = await promise;
    seen.class = [response instanceof Response, response.constructor === Response];
    seen.status = [response.status, response.statusText, response.ok];
    seen.url = [response.url.replace(origin, ""), response.type, response.redirected];
    seen.headers = [...response.headers];
    seen.hasBody = response.body !== null;
    if (abort === "head") stop();
    if (abort === "reading") setTimeout(stop, 20);
    if (abort === "end") await new Promise((resolve) => setTimeout(resolve, 20)).then(stop);
    seen.body = await read(response, use).catch((error) => `failed: ${describe(error)}`);
    seen.used = response.bodyUsed;
  } catch (error) {
    const isFetch = error instanceof TypeError && error.message === "fetch failed";
    seen.rejected = describe(isFetch ? error.cause : error);
  }
  for (let turn = 0; send.name === "ours" && turn < 20 && countListeners(signal) > 0; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 5)); // the answer may go on after its head
  }
  if (send.name === "ours") assertEquals(countListeners(signal), 0);
  return seen;
}

/** A request that hangs gives that. */
async function within(
  observed: Promise<Record<string, unknown>>,
): Promise<Record<string, unknown>> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hangs = new Promise<Record<string, unknown>>((resolve) => {
    timer = setTimeout(() => resolve({ hangs: true }), 1500);
  });
  return await Promise.race([observed, hangs]).finally(() => clearTimeout(timer));
}

async function read(response: Response, use: HopCase["use"]): Promise<unknown> {
  if (use === "json") return await response.json();
  if (use === "cancel") return await response.body?.cancel("not needed");
  if (use === "clone") {
    const copy = response.clone();
    const texts = await Promise.all([response.text(), copy.text()]);
    return [...texts, copy.status, copy.type, copy.url === response.url];
  }
  if (use === "byob") {
    const reader = response.body!.getReader({ mode: "byob" });
    let text = "";
    for (;;) {
      const { done, value } = await reader.read(new Uint8Array(4));
      text += new TextDecoder().decode(value);
      if (done) return text;
    }
  }
  const text = new TextDecoder("latin1").decode(await response.arrayBuffer());
  return text.length < 100 ? text : [text.length, text.slice(0, 20), text.slice(-20)];
}

testExceptOn(EXCEPT, "a request gives what the built-in fetch gives", async () => {
  const { Agent } = await import("undici");
  const { openNodeClient } = await import("../../../lib/fetch/runtime/node.ts");
  const { issueIdentities, startRawServer } = await import("../../support/raw_server.ts");
  const { REQUEST_CASES } = await import("../../support/hop_cases.ts");
  const { RESPONSE_CASES } = await import("../../support/hop_response_cases.ts");
  const identities = await issueIdentities();
  const { ca, client: { cert, key } } = identities;
  const cases = [...REQUEST_CASES, ...RESPONSE_CASES];
  const unequal: string[] = [];
  for (const row of cases) {
    const { early = false, answer, differs = {}, since } = row;
    if (since !== undefined && IMMUTABLE < since[0]) continue;
    const server = await startRawServer(identities, () => answer, { early });
    const dispatcher = new Agent({ connect: { ca, cert, key } });
    const client = await openNodeClient({ cert, key, ...RSA_KEY, extraCa: [ca] });
    const native: Send = (url, { method, headers, body, signal }) => {
      const init = {
        method,
        headers,
        body,
        signal,
        redirect: "manual",
        duplex: "half",
        dispatcher,
      };
      return fetch(url, init as unknown as RequestInit);
    };
    const ours: Send = (_, request) => client.send(request);
    const wire = () =>
      server.requests.splice(0).map((
        { head, body },
      ) => [...head.split("\r\n").sort(), body.length]);
    const expected = await within(observe(row, server, native));
    expected.wire = wire();
    const actual = await within(observe(row, server, ours));
    actual.wire = wire();
    const fields = expected.hangs || actual.hangs
      ? ["hangs"]
      : new Set([...Object.keys(expected), ...Object.keys(actual)]);
    for (const field of fields) {
      const isEqual = JSON.stringify(expected[field]) === JSON.stringify(actual[field]);
      if (isEqual || field in differs || "all" in differs) continue;
      const [native, ours] = [expected[field], actual[field]].map((value) => JSON.stringify(value));
      unequal.push(`${row.name}: ${field} is ${ours}, and the built-in fetch gives ${native}`);
    }
    dispatcher.close().catch(() => {}); // destroying it would end the process on Node 26
    client.close();
    server.close();
  }
  console.log(`${cases.length} cases on ${runtime} ${process.versions.undici}`);
  if (process.env.CASES_VERBOSE) console.log(unequal.join("\n"));
  assertEquals(unequal, []);
});

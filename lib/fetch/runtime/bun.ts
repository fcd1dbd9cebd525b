/**
 * Requests with a client certificate on Bun: `fetch` with `tls`.
 *
 * @module
 */
import { getBuiltin } from "../../builtin.ts";
import { codeOf } from "./causes.ts";
import {
  type Client,
  type ClientSettings,
  type HopRequest,
  isCommonKey,
  isStream,
  refuseCa,
  refuseKey,
  replacedFetch,
} from "./client.ts";
import { invalidRequest } from "./invalid_request.ts";
import { IDEMPOTENT, toInit } from "./init.ts";
import { native } from "./native.ts";
import { refuseHttpsProxy } from "./proxy.ts";
import { readEnvironment } from "./environment.ts";
import { trustAlso } from "./roots.ts";

/** The TLS options of one request. */
interface BunTls {
  readonly cert: string;
  readonly key: string;
  readonly rejectUnauthorized: true;
  readonly ca?: readonly string[];
}

/** Failures that another set of CAs may cure. */
const UNTRUSTED = /^(UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|CERT_UNTRUSTED|INVALID_CA)/;

/**
 * Opens a client on Bun. Bun keeps the connections itself, one pool for each distinct `tls`, and
 * closes them when they are idle: there is nothing to close.
 */
export async function openBunClient(settings: ClientSettings): Promise<Client> {
  const { cert, key, extraCa, proxy } = settings;
  checkBunFiles(settings);
  await (proof ??= proveFetch());
  // The explicit option overrides NODE_TLS_REJECT_UNAUTHORIZED=0.
  const base: BunTls = { cert, key, rejectUnauthorized: true };
  const trust = extraCa.length === 0 ? [base] : [
    { ...base, ca: extraCa },
    base,
    { ...base, ...await trustAlso(extraCa) },
  ];
  const chosen = new Map<string, BunTls>();

  const sendWith = async (tls: BunTls, { url, ...request }: HopRequest): Promise<Response> => {
    const init: RequestInit & { tls: BunTls; proxy?: string } = { ...toInit(request), tls };
    if (proxy !== undefined) init.proxy = proxy;
    return await native.fetch(url.href, init);
  };

  return {
    settings,
    async send(request) {
      refuseHttpsProxy("Bun", proxy, readEnvironment); // the environment may change
      checkMethod(request.method);
      const { origin } = request.url;
      const known = chosen.get(origin);
      if (known !== undefined) return await sendWith(known, request);
      return await findTrust(trust, request, sendWith, (tls) => chosen.set(origin, tls));
    },
    close() {},
  };
}

/** Rejects what BoringSSL cannot read. Bun's `fetch` would report that no connection was opened. */
export function checkBunFiles(settings: ClientSettings): void {
  if (!isCommonKey(settings)) throw refuseKey("Bun", settings);
  const { createSecureContext } = getBuiltin("node:tls");
  const { cert, key, extraCa } = settings;
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    throw refuseKey("Bun", settings, { cause });
  }
  try {
    createSecureContext({ ca: [...extraCa] });
  } catch (cause) {
    throw refuseCa("Bun", cause);
  }
}

/**
 * Sends a request with the first set of CAs that trusts the server. Bun's `ca` replaces its roots.
 * Handing over all of them with each request costs two thirds of the throughput. What works for an
 * origin is kept. A handshake that failed has sent nothing of the request.
 */
async function findTrust(
  trust: readonly BunTls[],
  request: HopRequest,
  send: (tls: BunTls, request: HopRequest) => Promise<Response>,
  keep: (tls: BunTls) => void,
): Promise<Response> {
  const isOnce = isStream(request.body);
  const attempts = isOnce ? trust.slice(-1) : trust; // a stream is gone after one attempt
  for (const [attempt, tls] of attempts.entries()) {
    try {
      const response = await send(tls, request);
      if (!isOnce || trust.length === 1) keep(tls);
      return response;
    } catch (error) {
      const isLast = attempt === attempts.length - 1;
      if (isLast || !UNTRUSTED.test(codeOf(error))) throw error;
    }
  }
  throw new Error("there is no attempt");
}

/** Bun sends a method that it does not know as GET. */
function checkMethod(method: string): void {
  if (IDEMPOTENT.has(method) || method === "POST" || method === "PATCH") return;
  const { method: sent } = new native.Request("https://localhost", { method });
  if (sent.toUpperCase() === method.toUpperCase()) return;
  throw invalidRequest(`Bun does not support the method ${method}, and would send ${sent}`);
}

let proof: Promise<void> | undefined;

/** Proves that `fetch` honors `tls`: a certificate of a wrong type must fail at once. */
async function proveFetch(): Promise<void> {
  const init: RequestInit & { tls: { cert: number } } = { tls: { cert: 0 } };
  const attempt = native.fetch("https://localhost:1/", init);
  const error: unknown = await attempt.then(() => undefined, (error) => error);
  if (codeOf(error) !== "ERR_INVALID_ARG_TYPE") throw replacedFetch("tls");
}

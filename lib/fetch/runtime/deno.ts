/**
 * Requests with a client certificate on Deno: `fetch` with a client of `Deno.createHttpClient`.
 *
 * @module
 */
import { parseProxy } from "../../identity/proxy_url.ts";
import { readPem } from "../../keys/pem.ts";
import { findFault } from "../../keys/webpki.ts";
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
import { IDEMPOTENT, toInit } from "./init.ts";
import { native } from "./native.ts";
import { readEnvironment } from "./environment.ts";
import { deniedError, isDenied } from "./permission.ts";
import { refuseHttpsProxy } from "./proxy.ts";

interface DenoHttpClient {
  close(): void;
}

interface DenoHttpClientOptions {
  readonly cert?: string;
  readonly key?: string;
  readonly caCerts?: readonly string[];
  readonly http2?: boolean;
  readonly poolMaxIdlePerHost?: number;
  readonly proxy?: { url: string; basicAuth?: { username: string; password: string } };
}

/** The part of the `Deno` namespace that is used here. Its types exist only on Deno. */
export interface DenoNamespace {
  /** Opens a pool of connections. */
  createHttpClient(options: DenoHttpClientOptions): DenoHttpClient;
}

/** The lengths of RSA keys that its TLS supports, in bits. */
const MIN_RSA = 2048;
const MAX_RSA = 8192;

/** Opens a client on Deno, whose `caCerts` add to its own roots. */
export async function openDenoClient(
  deno: DenoNamespace,
  settings: ClientSettings,
): Promise<Client> {
  const { cert, key, extraCa, proxy } = settings;
  refuseHttpsProxy("Deno", proxy, readEnvironment);
  checkDenoFiles(settings);
  await (proof ??= proveFetch(deno));
  // Over HTTP/2 one connection carries every call: a retired connection fails POSTs, an unread body
  // blocks the others, and a truncated body reads as complete.
  const options = { cert, key, caCerts: extraCa, http2: false, ...describeProxy(proxy) };
  const open = (more: DenoHttpClientOptions = {}): DenoHttpClient => {
    try {
      return deno.createHttpClient({ ...options, ...more });
    } catch (cause) {
      if (isDenied(cause)) throw deniedError(cause, ""); // of the proxy's host
      throw isCaAtFault(deno, options)
        ? refuseCa("Deno", cause)
        : refuseKey("Deno", settings, { cause });
    }
  };
  const client = open();
  // Deno repeats a request without a body, whatever its method, if a reused connection breaks.
  // This client reuses none.
  let single: DenoHttpClient | undefined;
  return {
    settings,
    async send(request) {
      const body = onceOnly(request);
      const isEmpty = body === null || (ArrayBuffer.isView(body) && body.length === 0);
      const isRepeated = isEmpty && !IDEMPOTENT.has(request.method);
      const chosen = isRepeated ? single ??= open({ poolMaxIdlePerHost: 0 }) : client;
      const init: RequestInit & { client: DenoHttpClient } = {
        ...toInit({ ...request, body }),
        client: chosen,
      };
      return await native.fetch(request.url.href, init);
    },
    close() {
      client.close();
      single?.close();
    },
  };
}

/** Rejects what its TLS does not accept. Deno before 2.9.6 would end the whole process. */
export function checkDenoFiles(settings: ClientSettings): void {
  const fault = findCertificateFault(settings);
  if (fault !== undefined || !isAccepted(settings)) throw refuseKey("Deno", settings, { fault });
}

/**
 * Returns the demand of its TLS that the leaf does not meet. Deno before 2.9.6 ends the whole
 * process on such a certificate.
 */
function findCertificateFault({ cert }: ClientSettings): string | undefined {
  const [leaf] = readPem(cert, "the client certificate");
  return leaf && findFault(leaf.bytes);
}

/** True if its TLS accepts the key. Deno before 2.9.6 ends the whole process on others. */
function isAccepted(settings: ClientSettings): boolean {
  const { keyKind } = settings;
  const hasSize = keyKind.family !== "RSA" || (keyKind.bits >= MIN_RSA && keyKind.bits <= MAX_RSA);
  return hasSize && isCommonKey(settings);
}

/** True if Deno opens the client without the CA certificates. */
function isCaAtFault(deno: DenoNamespace, options: DenoHttpClientOptions): boolean {
  try {
    deno.createHttpClient({ ...options, caCerts: [] }).close();
    return true;
  } catch {
    return false;
  }
}

/** Deno would take user name and password from the URL as they are, `%40` and all. */
function describeProxy(proxy: string | undefined): Pick<DenoHttpClientOptions, "proxy"> {
  if (proxy === undefined) return {};
  const { url, basicAuth } = parseProxy(proxy);
  return { proxy: { url: url.href, ...basicAuth && { basicAuth } } };
}

let proof: Promise<void> | undefined;

/**
 * Proves that `fetch` honors `client`: a closed one must fail, before any permission is asked for
 * and without a network.
 */
async function proveFetch({ createHttpClient }: DenoNamespace): Promise<void> {
  const client = createHttpClient({});
  client.close();
  const init: RequestInit & { client: DenoHttpClient } = { client };
  const error: unknown = await native.fetch("data:,", init).then(() => undefined, (error) => error);
  // With `Error.prototype` frozen, Deno throws a string.
  if (!/Bad resource ID/.test(String(error))) throw replacedFetch("client");
}

/**
 * Returns a body that Deno sends once. When a reused connection breaks before the response headers,
 * Deno repeats a request with a text or bytes, whatever its method: a payment would be made twice.
 * It does not repeat a `Blob`, whose length it still sends.
 */
function onceOnly({ method, body }: HopRequest): HopRequest["body"] {
  if (body === null || isStream(body)) return body;
  const isBytes = ArrayBuffer.isView(body);
  // An empty Blob would go out chunked.
  if (!isBytes) return body.size === 0 ? new Uint8Array(0) : body;
  return body.length > 0 && !IDEMPOTENT.has(method) ? new native.Blob([body]) : body;
}

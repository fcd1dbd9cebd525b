/**
 * Tunnels through a proxy: for requests on Node, and for the closer look at a failure elsewhere.
 *
 * undici's `ProxyAgent` (7.30) asks a proxy that closes the connection again and again, for as long
 * as the request waits. So the `CONNECT` request is sent here.
 *
 * @module
 */
import type { ClientRequest, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { getBuiltin } from "../../builtin.ts";
import { isProxyUrl, parseProxy } from "../../identity/proxy_url.ts";
import { timers } from "../../timers.ts";
import type { ProxyChoice } from "./proxy_choice.ts";
import { ProxyError } from "./proxy_failure.ts";

/**
 * The longest time until there is a tunnel, in milliseconds, as undici's for a connection. A limit
 * for the time between two bytes would let a proxy that trickles hold the request for ever.
 */
const TIMEOUT = 10_000;

/** A tunnel that is being opened. */
export interface Tunnel {
  /** The connection to the server. */
  readonly socket: Promise<Socket>;
  /** Ends the tunnel, whether it is open or not. */
  close(): void;
}

/**
 * Asks the proxy for a connection to a server. Only the proxy's own TLS is configured here, so the
 * proxy cannot see a client certificate. The socket rejects with a {@linkcode ProxyError} if there
 * is no tunnel.
 *
 * @param target The server's host and port
 * @param ca The CAs for an `https:` proxy's certificate; the runtime's own by default
 */
export function openTunnel(
  proxy: ProxyChoice,
  target: string,
  ca: { readonly ca?: string[] },
): Tunnel {
  let resolve = (_socket: Socket) => {};
  let reject = (_error: ProxyError) => {};
  const promise = new Promise<Socket>((...settle) => [resolve, reject] = settle);
  promise.catch(() => {}); // also if nobody waits for it any more
  let open: { destroy(error?: Error): unknown } | undefined;
  const close = (error: ProxyError) => {
    timers.clear(timer);
    reject(error);
    open?.destroy();
  };
  const timer = timers.set(() => close(new ProxyError("did not answer in time")), TIMEOUT);
  try {
    const request = open = sendConnect(proxy, target, ca);
    request.once("connect", ({ statusCode = 0 }: IncomingMessage, socket: Socket) => {
      open = socket;
      socket.on("error", () => {});
      if (statusCode !== 200) return close(new ProxyError(`rejected with status ${statusCode}`));
      timers.clear(timer);
      socket.setTimeout(0);
      resolve(socket);
    });
    request.on("error", (cause) => close(new ProxyError("cannot be used", { cause })));
    request.end();
  } catch (error) {
    close(error as ProxyError);
  }
  return { socket: promise, close: () => close(new ProxyError("is not needed any more")) };
}

function sendConnect(
  proxy: ProxyChoice,
  target: string,
  ca: { readonly ca?: string[] },
): ClientRequest {
  if (!isProxyUrl(proxy.url)) { // a URL of the environment was not checked before
    throw new ProxyError("is not an http: or https: URL");
  }
  const { url, basicAuth } = parseProxy(proxy.url);
  const headers: Record<string, string> = { host: target };
  if (basicAuth !== undefined) {
    const pair = Buffer.from(`${basicAuth.username}:${basicAuth.password}`);
    headers["proxy-authorization"] = `Basic ${pair.toString("base64")}`;
  }
  const options = { method: "CONNECT", path: target, headers, agent: false };
  if (url.protocol === "http:") return getBuiltin("node:http").request(url, options);
  const secure = { ...options, ...ca, rejectUnauthorized: true };
  return getBuiltin("node:https").request(url, secure);
}

/**
 * Tunnels through a proxy, for Node.
 *
 * undici's `ProxyAgent` asks a proxy that closes the connection again and again, for as long as
 * the request waits (7.30), so the one request that a tunnel takes is made here.
 */
import type { ClientRequest, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { isProxyUrl, parseProxy } from "../../identity/proxy_url.ts";
import { ProxyError } from "./proxy_failure.ts";

/** How long a proxy may take to answer, in milliseconds; as long as undici waits for a server. */
const TIMEOUT = 10_000;

/**
 * Asks the proxy for a connection to a server. Nothing but the proxy's own TLS is configured here:
 * there is no client certificate that it could be shown.
 *
 * @param target The server's host and port
 * @param ca What an `https:` proxy's certificate is verified with; the runtime's own by default
 * @throws {ProxyError} when there is no tunnel
 */
export async function openTunnel(
  proxy: string,
  target: string,
  ca: { readonly ca?: string[] },
): Promise<Socket> {
  if (!isProxyUrl(proxy)) { // the caller's was checked, the environment's was not
    throw new ProxyError("the proxy that HTTPS_PROXY names is not an http: or https: URL");
  }
  const { url, basicAuth } = parseProxy(proxy);
  const headers: Record<string, string> = { host: target };
  if (basicAuth !== undefined) {
    const pair = Buffer.from(`${basicAuth.username}:${basicAuth.password}`);
    headers["proxy-authorization"] = `Basic ${pair.toString("base64")}`;
  }
  const options = { method: "CONNECT", path: target, headers, agent: false, timeout: TIMEOUT };
  const request: ClientRequest = url.protocol === "https:"
    ? (await import("node:https")).request(url, { ...options, ...ca, rejectUnauthorized: true })
    : (await import("node:http")).request(url, options);
  return await new Promise((resolve, reject) => {
    const fail = (why: string, options?: ErrorOptions) =>
      reject(new ProxyError(`the proxy ${url.host} ${why}`, options));
    request.once("connect", ({ statusCode }: IncomingMessage, socket: Socket) => {
      if (statusCode === 200) {
        socket.setTimeout(0);
        return resolve(socket);
      }
      socket.on("error", () => {}).destroy();
      fail(`refused, with status ${statusCode}`);
    });
    request.once("timeout", () => request.destroy(new Error("it did not answer in time")));
    request.once("error", (cause) => fail(`cannot be used: ${cause.message}`, { cause }));
    request.end();
  });
}

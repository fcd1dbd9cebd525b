/**
 * Tunnels through a proxy, for Node.
 *
 * undici's `ProxyAgent` (7.30) asks a proxy that closes the connection again and again, for as long
 * as the request waits. So the `CONNECT` request is sent here.
 *
 * @module
 */
import type { ClientRequest, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { isProxyUrl, parseProxy } from "../../identity/proxy_url.ts";
import { ProxyError } from "./proxy_failure.ts";
import { showText } from "../../show.ts";

/** The longest wait for the proxy's answer, in milliseconds, as undici's for a server. */
const TIMEOUT = 10_000;

/**
 * Asks the proxy for a connection to a server. Only the proxy's own TLS is configured here, so the
 * proxy cannot see a client certificate.
 *
 * @param target The server's host and port
 * @param ca The CAs for an `https:` proxy's certificate; the runtime's own by default
 * @throws {ProxyError} if there is no tunnel
 */
export async function openTunnel(
  proxy: string,
  target: string,
  ca: { readonly ca?: string[] },
): Promise<Socket> {
  if (!isProxyUrl(proxy)) { // a URL of the environment was not checked before
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
    request.once("error", (cause) => fail(`cannot be used: ${showText(cause.message)}`, { cause }));
    request.end();
  });
}

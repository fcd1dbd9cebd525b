/**
 * The URL of a proxy, from the caller or the environment.
 *
 * @module
 */
import { invalidArgument } from "../errors.ts";

/**
 * Checks the URL of a proxy. The URL may contain a password, so messages do not show it.
 *
 * @throws {McFetchError} `invalid_argument` if it is not an `http:` or `https:` URL
 */
export function checkProxy(proxy: unknown): string {
  const text = proxy instanceof URL ? proxy.href : proxy;
  if (typeof text === "string" && isProxyUrl(text)) return new URL(text).href;
  throw invalidArgument("use the credentials", "proxy is not an http: or https: URL");
}

/** True if it is an `http:` or `https:` URL with a correctly encoded user name and password. */
export function isProxyUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && isWellEncoded(username) && isWellEncoded(password);
}

function isWellEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** Address of a proxy and the credentials for it. */
interface Proxy {
  /** The URL without user name and password. */
  readonly url: URL;
  /** The user name and password, if the URL has them. */
  readonly basicAuth?: { readonly username: string; readonly password: string };
}

/** Splits the URL of a proxy into address and credentials. */
export function parseProxy(proxy: string): Proxy {
  const url = new URL(proxy);
  const [username, password] = [url.username, url.password].map(decodeURIComponent);
  url.username = url.password = "";
  if (!username && !password) return { url };
  return { url, basicAuth: { username: username ?? "", password: password ?? "" } };
}

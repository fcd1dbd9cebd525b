/**
 * A proxy's URL, as the caller or the environment gives it.
 *
 * @module
 */
import { invalidArgument } from "../errors.ts";

/**
 * Checks the URL of a proxy. Nothing of it is in a message, since it may hold a password.
 *
 * @throws {McFetchError} `invalid_argument` if it is not an `http:` or `https:` URL
 */
export function checkProxy(proxy: unknown): string {
  const text = proxy instanceof URL ? proxy.href : proxy;
  if (typeof text === "string" && isProxyUrl(text)) return new URL(text).href;
  throw invalidArgument("use the credentials", "proxy is not an http: or https: URL");
}

/** Tells whether it is an `http:` or `https:` URL, its user name and password well encoded. */
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

/** What is in a proxy's URL: where it is, and who asks. */
export interface Proxy {
  /** Its URL, without user name and password. */
  readonly url: URL;
  /** Who asks, where the URL says so. */
  readonly basicAuth?: { readonly username: string; readonly password: string };
}

/** Takes a proxy's URL apart. */
export function parseProxy(proxy: string): Proxy {
  const url = new URL(proxy);
  const [username, password] = [url.username, url.password].map(decodeURIComponent);
  url.username = url.password = "";
  if (!username && !password) return { url };
  return { url, basicAuth: { username: username ?? "", password: password ?? "" } };
}

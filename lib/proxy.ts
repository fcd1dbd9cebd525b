import { McFetchError } from "./errors.ts";

/**
 * Checks the URL of a proxy. Nothing of it is in a message, since it may hold a password.
 *
 * @throws {McFetchError} `malformed_credentials` when it is not an `http:` or `https:` URL
 */
export function checkProxy(proxy: unknown): string {
  const text = proxy instanceof URL ? proxy.href : proxy;
  if (typeof text === "string" && isProxyUrl(text)) return new URL(text).href;
  throw new McFetchError(
    "malformed_credentials",
    "Cannot use the credentials: proxy is not an http: or https: URL",
  );
}

/** Tells whether it is an `http:` or `https:` URL, its user name and password well encoded. */
export function isProxyUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && canDecode(username) && canDecode(password);
}

function canDecode(text: string): boolean {
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

/**
 * Refuses an `https:` proxy where the runtime would present the client certificate to the proxy
 * too, as Deno and Bun do: they have one set of TLS options for both.
 *
 * @param proxy The proxy that the caller named; without one the environment's counts
 * @throws {McFetchError} `unsupported_runtime`
 */
export function refuseHttpsProxy(
  runtime: string,
  proxy: string | undefined,
  environment: (name: string) => string | undefined,
): void {
  const named: [string, string | undefined][] = proxy !== undefined
    ? [["proxy", proxy]]
    : VARIABLES.map((name) => [name, environment(name)]);
  for (const [name, value] of named) {
    if (!/^\s*https:/i.test(value ?? "")) continue;
    throw new McFetchError(
      "unsupported_runtime",
      `Cannot go through the https: proxy that ${name} names: ${runtime} would present the ` +
        "client certificate to the proxy; use an http: one, which tunnels TLS just the same",
    );
  }
}

/** Whichever of them Deno or Bun goes by: that `NO_PROXY` might exempt the host does not count. */
const VARIABLES = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "http_proxy"];

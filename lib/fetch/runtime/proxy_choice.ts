/**
 * The proxy that a request goes through: one reading of the environment for the request, for the
 * closer look at a failure, and for the command line.
 *
 * @module
 */
import { isEnvironmentUsed, isReadable, readEnvironment } from "./environment.ts";
import { native } from "./native.ts";
import { isExempt } from "./no_proxy.ts";

/** The proxy of a request. */
export interface ProxyChoice {
  /** The URL. It may hold a password. */
  readonly url: string;
  /** Where it came from: `proxy`, or the name of a variable. */
  readonly source: string;
}

/** True if the variables that name a proxy can be read. */
export function isProxyKnown(): boolean {
  return !("Deno" in globalThis) ||
    ["ALL_PROXY", "HTTPS_PROXY", "NO_PROXY"].every(isReadable);
}

/**
 * Returns the proxy of a request, by the rules of this runtime's own `fetch`; undefined if the
 * request goes to the server itself.
 *
 * @param named The proxy that the caller named
 */
export function findProxy(url: URL, named: string | undefined): ProxyChoice | undefined {
  const choice = named === undefined ? undefined : { url: named, source: "`proxy`" };
  if ("Deno" in globalThis) return unlessExempt(url, choice ?? findDenoProxy());
  if ("Bun" in globalThis) return unlessExempt(url, choice ?? findBunProxy());
  return choice ??
    (isEnvironmentUsed() ? unlessExempt(url, findNodeProxy()) : undefined);
}

/** The lower case overrides the upper case. An empty one counts, as in Node. */
function findNodeProxy(): ProxyChoice | undefined {
  for (const name of ["https_proxy", "http_proxy"]) {
    const source = readEnvironment(name) === undefined ? name.toUpperCase() : name;
    const url = readEnvironment(source);
    if (url) return { url, source };
  }
  return undefined;
}

/** Bun 1.4: `https_proxy` overrides `all_proxy`, and lower case upper case. Empty: unset. */
function findBunProxy(): ProxyChoice | undefined {
  return findFirst(["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"], (url) => url !== "");
}

/** Deno 2.9: ALL_PROXY overrides HTTPS_PROXY, and upper case lower case. Malformed: unset. */
function findDenoProxy(): ProxyChoice | undefined {
  return findFirst(["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy"], (text) => {
    const url = withScheme(text);
    const user = /\/\/([^/]*)@/.exec(url)?.[1];
    return /^(https?|socks5h?):\/\/[^\s]+$/i.test(url) &&
      (user === undefined || user.includes(":"));
  });
}

function findFirst(
  names: readonly string[],
  counts: (url: string) => boolean,
): ProxyChoice | undefined {
  for (const source of names) {
    const url = readEnvironment(source);
    if (url !== undefined && counts(url)) return { url: withScheme(url), source };
  }
  return undefined;
}

/** Deno and Bun take a proxy without a scheme for an `http:` one. */
function withScheme(text: string): string {
  return text.includes("://") ? text : `http://${text}`;
}

function unlessExempt(url: URL, proxy: ProxyChoice | undefined): ProxyChoice | undefined {
  return proxy === undefined || isExempt(url, readEnvironment) ? undefined : proxy;
}

/** Returns a proxy's host and port; empty if its URL cannot be read. User and password are left. */
export function describeProxyAddress(proxy: string): string {
  if (!native.URL.canParse(proxy)) return "";
  const { hostname, port, protocol } = new native.URL(proxy);
  const usual = protocol === "https:" ? "443" : protocol === "http:" ? "80" : "1080";
  return hostname === "" ? "" : `${hostname}:${port || usual}`;
}

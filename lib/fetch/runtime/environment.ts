/**
 * The environment, and the proxy that a request goes through: one reading for the request, for the
 * closer look at a failure, and for the command line.
 *
 * @module
 */
import { native } from "./native.ts";
import { isExempt } from "./no_proxy.ts";

/** The parts of `process` and `Deno` that are used. Nothing is imported: other runtimes lack it. */
interface Globals {
  readonly process?: {
    readonly env?: Readonly<Record<string, string | undefined>>;
    readonly execArgv?: readonly string[];
    readonly allowedNodeEnvironmentFlags?: ReadonlySet<string>;
  };
  readonly Deno?: {
    readonly env: { get(name: string): string | undefined };
    readonly permissions: {
      querySync(permission: { name: "env"; variable: string }): { readonly state: string };
    };
  };
  readonly Bun?: unknown;
}

/** The proxy of a request. */
export interface ProxyChoice {
  /** The URL. It may hold a password. */
  readonly url: string;
  /** Where it came from: `proxy`, or the name of a variable. */
  readonly source: string;
}

/** Reads a variable. On Deno, without the permission to do so, it is undefined. */
export function readEnvironment(name: string): string | undefined {
  const { Deno, process } = globalThis as Globals;
  if (Deno === undefined) return process?.env?.[name];
  return isReadable(name) ? Deno.env.get(name) : undefined;
}

/** True if Deno lets the program read a variable. Reading it otherwise would ask the user. */
function isReadable(variable: string): boolean {
  const { Deno } = globalThis as Globals;
  return Deno?.permissions.querySync({ name: "env", variable }).state === "granted";
}

/** True if the variables that name a proxy can be read. */
export function isProxyKnown(): boolean {
  return !("Deno" in globalThis) ||
    ["ALL_PROXY", "HTTPS_PROXY", "NO_PROXY"].every(isReadable);
}

/**
 * Returns the proxy that this runtime takes for a request, as its own `fetch` does; undefined if the
 * request goes to the server itself.
 *
 * @param named The proxy that the caller named
 */
export function findProxy(url: URL, named: string | undefined): ProxyChoice | undefined {
  const choice = named === undefined ? undefined : { url: named, source: "`proxy`" };
  if ("Deno" in globalThis) return unlessExempt(url, choice ?? findDenoProxy());
  if ("Bun" in globalThis) return unlessExempt(url, choice ?? findBunProxy());
  return choice ??
    (isForced || isEnvironmentUsed() ? unlessExempt(url, findNodeProxy()) : undefined);
}

let isForced = false;

/** Lets Node read the environment without its switch, as commands do everywhere. */
export function useEnvironmentProxy(): void {
  isForced = true;
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

/** Bun 1.4: `https_proxy` goes before `all_proxy`, lower case first. An empty one does not count. */
function findBunProxy(): ProxyChoice | undefined {
  return findFirst(["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"], (url) => url !== "");
}

/** Deno 2.9: ALL_PROXY goes before HTTPS_PROXY, upper case first. A malformed one does not count. */
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

/** True with `--use-env-proxy`, in the arguments or `NODE_OPTIONS`, or with the variable. */
function isEnvironmentUsed(): boolean {
  const { env = {}, execArgv = [], allowedNodeEnvironmentFlags } =
    (globalThis as Globals).process ?? {};
  const options = [...(env.NODE_OPTIONS ?? "").split(/\s+/), ...execArgv];
  const last = options.findLast((option) => /^--(no-)?use-env-proxy$/.test(option));
  if (last !== undefined) return last === "--use-env-proxy";
  return env.NODE_USE_ENV_PROXY === "1" &&
    allowedNodeEnvironmentFlags?.has("--use-env-proxy") === true;
}

/** Returns a proxy's host and port; empty if its URL cannot be read. User and password are left. */
export function describeProxyAddress(proxy: string): string {
  if (!native.URL.canParse(proxy)) return "";
  const { hostname, port, protocol } = new native.URL(proxy);
  const usual = protocol === "https:" ? "443" : protocol === "http:" ? "80" : "1080";
  return hostname === "" ? "" : `${hostname}:${port || usual}`;
}

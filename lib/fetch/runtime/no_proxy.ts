/**
 * `NO_PROXY`: the hosts that are reached without a proxy. Each runtime has rules of its own.
 *
 * @module
 */
import { hostOf, withoutBrackets } from "./host.ts";

/** Reads a variable. */
type Read = (name: string) => string | undefined;

/** True if the environment exempts a server from the proxy, by the rules of this runtime. */
export function isExempt(url: URL, read: Read): boolean {
  const host = hostOf(url);
  const port = Number(url.port || 443);
  if ("Deno" in globalThis) {
    // The upper case counts first, also if it is empty. Entries are divided by commas.
    const list = (read("NO_PROXY") ?? read("no_proxy") ?? "").split(",");
    return list.some((entry) => matchesDeno(entry.trim(), host));
  }
  const isBun = "Bun" in globalThis;
  // The lower case counts first. An empty one counts on Node only.
  const lower = read("no_proxy");
  const list = isBun ? lower || read("NO_PROXY") : lower ?? read("NO_PROXY");
  const entries = (list ?? "").toLowerCase().split(/[,\s]+/);
  return entries.some((entry) => matches(entry, host, port) || (isBun && isInNetwork(entry, host)));
}

/** Deno: a host with the hosts below it, or `*`; for an address itself or a network. No port. */
function matchesDeno(entry: string, host: string): boolean {
  const isAddress = host.includes(":") || parseIPv4(host) !== undefined;
  if (isAddress) return entry === host || isInNetwork(entry, host);
  return !/^\*\.|:/.test(entry) && matches(entry, host, 0);
}

/** True if an entry is the host, a host above it, or `*`. It may have a port. */
function matches(entry: string, host: string, port: number): boolean {
  if (entry === "*") return true;
  const [, name = "", onlyPort] = /^(\[.*\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/.exec(entry) ?? [];
  if (entry === host || entry === `[${host}]`) return true;
  if (onlyPort !== undefined && Number(onlyPort) !== port) return false;
  const address = withoutBrackets(name);
  if (isStrict()) {
    return /^[.*]/.test(name) ? host.endsWith(name.replace(/^\*/, "")) : host === address;
  }
  const suffix = address.replace(/^\*?\./, "");
  return suffix !== "" && (host === suffix || host.endsWith(`.${suffix}`));
}

/** True on Node 22: its `fetch` exempts the hosts below an entry only if that begins with a dot. */
function isStrict(): boolean {
  const { process, Deno, Bun } = globalThis as {
    process?: { version?: string };
    Deno?: unknown;
    Bun?: unknown;
  };
  return Deno === undefined && Bun === undefined && process?.version?.startsWith("v22.") === true;
}

/** True if an IPv4 address is in a network such as `10.0.0.0/8`. */
function isInNetwork(entry: string, host: string): boolean {
  const [, network, bits] = /^([\d.]+)\/(\d+)$/.exec(entry) ?? [];
  const [from, address] = [parseIPv4(network), parseIPv4(host)];
  if (from === undefined || address === undefined || Number(bits) > 32) return false;
  const size = 2 ** (32 - Number(bits));
  return Math.floor(from / size) === Math.floor(address / size);
}

function parseIPv4(text = ""): number | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return undefined;
  return text.split(".").reduce((number, part) => number * 256 + Number(part), 0);
}

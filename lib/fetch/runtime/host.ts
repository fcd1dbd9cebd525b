/**
 * The host of a server, with and without the brackets of an IPv6 address.
 *
 * @module
 */

/** Returns the host of a URL without the brackets of an IPv6 address. */
export function hostOf({ hostname }: URL): string {
  return withoutBrackets(hostname);
}

/** Returns a host without the brackets of an IPv6 address. */
export function withoutBrackets(host: string): string {
  return host.replaceAll(/^\[|\]$/g, "");
}

/** Joins a host and a port, as in a URL: an IPv6 address gets brackets if it has none. */
export function joinHost(host: string, port: number | string): string {
  return `${host.includes(":") && !host.startsWith("[") ? `[${host}]` : host}:${port}`;
}

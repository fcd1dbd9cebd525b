/**
 * Proxies that a runtime must not use.
 *
 * @module
 */
import { McFetchError } from "../../errors.ts";

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

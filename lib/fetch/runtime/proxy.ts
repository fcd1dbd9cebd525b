/**
 * Proxies that a runtime must not use.
 *
 * @module
 */
import { McFetchError } from "../../errors.ts";

/** The variables that Deno or Bun read. That `NO_PROXY` may exempt the host does not count. */
const VARIABLES = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "http_proxy"];

/**
 * Rejects an `https:` proxy if the runtime would present the client certificate to the proxy too, as
 * Deno and Bun do: they have one set of TLS options for both.
 *
 * @param proxy The proxy that the caller named; without one, the environment's
 * @throws {McFetchError} `unsupported_runtime`
 */
export function refuseHttpsProxy(
  runtime: string,
  proxy: string | undefined,
  environment: (name: string) => string | undefined,
): void {
  if (proxy !== undefined) return checkScheme(runtime, "proxy", proxy);
  for (const name of VARIABLES) checkScheme(runtime, name, environment(name));
}

function checkScheme(runtime: string, name: string, value: string | undefined): void {
  if (value === undefined || !/^\s*https:/i.test(value)) return;
  throw new McFetchError(
    "unsupported_runtime",
    `Cannot go through the https: proxy that ${name} names: ${runtime} would present the ` +
      "client certificate to the proxy; use an http: one, which tunnels TLS in the same way",
  );
}

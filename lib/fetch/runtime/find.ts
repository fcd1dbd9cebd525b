import { McFetchError } from "../../errors.ts";
import { openBunClient } from "./bun.ts";
import type { OpenClient } from "./client.ts";
import { type DenoNamespace, openDenoClient } from "./deno.ts";
import { openNodeClient } from "./node.ts";

/** The globals that tell the runtimes apart. */
interface Globals {
  readonly Deno?: Partial<DenoNamespace>;
  readonly Bun?: unknown;
  readonly navigator?: { readonly userAgent?: string };
  readonly process?: { readonly release?: { readonly name?: string } };
}

/**
 * Finds what this runtime has for presenting a certificate.
 *
 * Node is asked for last, since Deno, Bun and Workers say that they are Node too. None of the
 * three can be given Node's client: they take its options, ignore them, and send the request
 * without a certificate.
 *
 * @throws {McFetchError} `unsupported_runtime` where a certificate cannot be presented
 */
export function findRuntime(): OpenClient {
  const { Deno, Bun, navigator, process } = globalThis as Globals;
  if (Deno !== undefined) {
    if (Deno.createHttpClient === undefined) {
      throw unsupported("there is no Deno.createHttpClient");
    }
    return (settings) => openDenoClient(Deno as DenoNamespace, settings);
  }
  if (Bun !== undefined) return openBunClient;
  if (navigator?.userAgent === "Cloudflare-Workers") {
    throw unsupported(
      "Cloudflare Workers take certificates as bindings alone; " +
        "upload it with `wrangler mtls-certificate upload`, bind it under mtls_certificates, " +
        "and pass { fetcher: env.THE_BINDING }",
    );
  }
  if (process?.release?.name === "node") return openNodeClient;
  throw unsupported(
    "it is none of Deno, Node, Bun and Cloudflare Workers; " +
      "where something else presents the certificate, pass it as { fetcher }",
  );
}

function unsupported(why: string): McFetchError {
  return new McFetchError(
    "unsupported_runtime",
    `Cannot present a client certificate in this runtime: ${why}`,
  );
}

/**
 * The adapter of this runtime.
 *
 * @module
 */
import { type OpenClient, unsupportedRuntime } from "./client.ts";
import type { DenoNamespace } from "./deno.ts";

/** The globals that tell the runtimes apart. */
interface Globals {
  readonly Deno?: Partial<DenoNamespace>;
  readonly Bun?: unknown;
  readonly navigator?: { readonly userAgent?: string };
  readonly process?: { readonly release?: { readonly name?: string } };
}

/**
 * Loads the adapter of this runtime.
 *
 * Node is asked for last, since Deno, Bun and Workers say that they are Node too. None of the three
 * can be given Node's client: they accept its options, ignore them, and send the request without a
 * certificate.
 *
 * @throws {McFetchError} `unsupported_runtime` if a certificate cannot be presented
 */
export async function findRuntime(): Promise<OpenClient> {
  const { Deno, Bun, navigator, process } = globalThis as Globals;
  if (Deno !== undefined) {
    if (Deno.createHttpClient === undefined) {
      throw unsupportedRuntime("there is no Deno.createHttpClient");
    }
    const { openDenoClient } = await import("./deno.ts");
    return (settings) => openDenoClient(Deno as DenoNamespace, settings);
  }
  if (Bun !== undefined) return (await import("./bun.ts")).openBunClient;
  if (navigator?.userAgent === "Cloudflare-Workers") {
    throw unsupportedRuntime(
      "Cloudflare Workers support certificates only as bindings; " +
        "upload it with `wrangler mtls-certificate upload`, bind it under mtls_certificates, " +
        "and pass { fetcher: env.THE_BINDING }",
    );
  }
  if (process?.release?.name === "node") return (await import("./node.ts")).openNodeClient;
  if (navigator?.userAgent?.startsWith("Mozilla/")) {
    throw unsupportedRuntime(
      "browsers choose client certificates themselves; install the certificate in the browser or " +
        'its system and call fetch with credentials: "include", or send the request from a server',
    );
  }
  throw unsupportedRuntime(
    "it is none of Deno, Node, Bun and Cloudflare Workers; " +
      "if something else presents the certificate, pass it as { fetcher }",
  );
}

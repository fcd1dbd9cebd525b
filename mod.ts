/**
 * `fetch` with a client certificate, for Mastercard's mTLS APIs and any other, on Deno, Node, Bun
 * and Cloudflare Workers.
 *
 * {@linkcode mcFetch} sends one request. {@linkcode createMcFetch} binds a certificate to a `fetch`
 * to hand to an API client. Every failure is a {@linkcode McFetchError}.
 *
 * @module
 */
export type {
  Credentials,
  Fetcher,
  FetcherCredentials,
  KeyFile,
  KeyFileCredentials,
  PemCredentials,
  PfxCredentials,
  StaticCredentials,
} from "./lib/credentials.ts";
export { McFetchError, type McFetchErrorCode } from "./lib/errors.ts";
export { createMcFetch, type McFetch, mcFetch } from "./lib/fetch.ts";

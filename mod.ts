/**
 * `fetch` with a client certificate, for Mastercard's mTLS APIs and any other, on Deno, Node, Bun
 * and Cloudflare Workers.
 *
 * {@linkcode mcFetch} sends one request. {@linkcode createMcFetch} binds a certificate to a `fetch`
 * to hand to an API client. {@linkcode readPkcs12} and {@linkcode readPrivateKey} open key files for
 * other uses. Every failure is a {@linkcode McFetchError}.
 *
 * @module
 */
export type {
  CommonCredentials,
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
export {
  type KeyFileOptions,
  type Pkcs12Certificate,
  type Pkcs12Contents,
  type Pkcs12Identity,
  type Pkcs12Limits,
  type Pkcs12Options,
  readPkcs12,
} from "./lib/pkcs12/mod.ts";
export { type PrivateKeyContents, readPrivateKey } from "./lib/private_key.ts";

/**
 * `fetch` with a client certificate, for Mastercard's mTLS APIs and any other, on Deno, Node, Bun
 * and Cloudflare Workers.
 *
 * - {@linkcode mcFetch} sends one request.
 * - {@linkcode createMcFetch} returns a `fetch` with a certificate, for an API client.
 * - {@linkcode readMastercardErrors} reads the errors in Mastercard's responses.
 * - {@linkcode inspectCredentials} finds the problems of a certificate before a server does.
 * - {@linkcode createCsr} makes a key and a certificate request.
 * - {@linkcode readPkcs12} and {@linkcode readPrivateKey} read key files for other uses.
 * - {@linkcode writePkcs12} writes a `.p12`.
 *
 * Every failure is a {@linkcode McFetchError}. The command line is a separate entry point:
 * `deno run -A jsr:@acme/mc-mtls/cli --help`.
 *
 * @module
 */
export type {
  CertKeyCredentials,
  CredentialOptions,
  Credentials,
  Fetcher,
  FetcherCredentials,
  PfxCredentials,
} from "./lib/identity/credentials.ts";
export type { FileContents } from "./lib/keys/contents.ts";
export type { Limits, ReadOptions } from "./lib/encryption/opening.ts";
export { McFetchError, type McFetchErrorCode } from "./lib/errors.ts";
export { createMcAgent, type McAgent } from "./lib/fetch/agent.ts";
export { createMcFetch, type McFetch, mcFetch, type McFetchFunction } from "./lib/fetch/fetch.ts";
export type {
  ExpiringCertificate,
  McFetchCallOptions,
  McFetchOptions,
  RenewalOptions,
} from "./lib/fetch/options.ts";
export {
  MASTERCARD_HOSTS,
  mastercardCommonName,
  type MastercardEnvironment,
  type MastercardHost,
} from "./lib/mastercard/hosts.ts";
export { type MastercardError, readMastercardErrors } from "./lib/mastercard/errors.ts";
export type { CertificateDetails } from "./lib/certificates/details.ts";
export type { CredentialProblem, CredentialProblemCode } from "./lib/certificates/problems.ts";
export { createCsr } from "./lib/certificates/csr.ts";
export type { CsrKeyType, CsrSubject } from "./lib/certificates/csr_writer.ts";
export {
  type CredentialReport,
  inspectCredentials,
  type InspectOptions,
} from "./lib/certificates/inspect.ts";
export {
  type Pkcs12Certificate,
  type Pkcs12Contents,
  type Pkcs12Identity,
  readPkcs12,
} from "./lib/identity/read_pkcs12.ts";
export { writePkcs12, type WritePkcs12Options } from "./lib/identity/write_pkcs12.ts";
export { type PemIdentity, readIdentity } from "./lib/identity/read_identity.ts";
export { type PrivateKeyContents, readPrivateKey } from "./lib/identity/read_private_key.ts";
export { type EnvOptions, fromEnv } from "./lib/sources/environment.ts";
export {
  type CertKeyPaths,
  type FileOptions,
  type FilePath,
  fromFiles,
  type PfxPaths,
} from "./lib/sources/files.ts";
export type { LoadCredentials, LoadedCredentials, OtherOptions } from "./lib/sources/loader.ts";

/**
 * `fetch` with a client certificate, for Mastercard's mTLS APIs and any other, on Deno, Node, Bun
 * and Cloudflare Workers.
 *
 * {@linkcode mcFetch} sends one request. {@linkcode createMcFetch} binds a certificate to a `fetch`
 * to hand to an API client. {@linkcode readMastercardErrors} reads what Mastercard answers when it
 * refuses. {@linkcode inspectCredentials} tells what is wrong with a certificate, or soon will be;
 * {@linkcode createCsr} asks for a new one. {@linkcode readPkcs12}, {@linkcode readPrivateKey} and
 * {@linkcode writePkcs12} open and write key files for other uses. Every failure is a
 * {@linkcode McFetchError}.
 *
 * The command line is an entry of its own: `deno run -A jsr:@acme/mc-mtls/cli --help`.
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
export { createMcFetch, type McFetch, mcFetch } from "./lib/fetch/fetch.ts";
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
export { type PrivateKeyContents, readPrivateKey } from "./lib/identity/read_private_key.ts";

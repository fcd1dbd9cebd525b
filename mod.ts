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
 * Started as a program, it is a command line: `deno run -A jsr:@acme/mc-mtls --help`.
 *
 * @module
 */
import { startIfMain } from "./lib/main.ts";

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
  MASTERCARD_HOSTS,
  mastercardCommonName,
  type MastercardEnvironment,
  type MastercardHost,
} from "./lib/mastercard.ts";
export { type MastercardError, readMastercardErrors } from "./lib/mastercard_errors.ts";
export type { CertificateDetails } from "./lib/certificate.ts";
export type { CredentialProblem, CredentialProblemCode } from "./lib/certificate_problems.ts";
export { createCsr, type CsrKeyType, type CsrSubject } from "./lib/csr.ts";
export { type CredentialReport, inspectCredentials, type InspectOptions } from "./lib/inspect.ts";
export {
  type KeyFileOptions,
  type Pkcs12Certificate,
  type Pkcs12Contents,
  type Pkcs12Identity,
  type Pkcs12Limits,
  type Pkcs12Options,
  readPkcs12,
} from "./lib/pkcs12/mod.ts";
export { writePkcs12, type WritePkcs12Options } from "./lib/pkcs12/write.ts";
export { type PrivateKeyContents, readPrivateKey } from "./lib/private_key.ts";

startIfMain(import.meta);

/**
 * Credentials as the caller passes them.
 *
 * @module
 */
import { McFetchError } from "../errors.ts";
import type { Pkcs12Limits } from "../encryption/limits.ts";
import type { KeyFile } from "../keys/contents.ts";
import { checkProxy } from "./proxy_url.ts";

/** What may go with any credentials. */
export interface CommonCredentials {
  /**
   * The origins that the certificate may be presented to, such as
   * `["https://services.mastercard.com"]`. A request to any other rejects, and redirects are
   * followed among them. Default is any origin for a request, and its own for its redirects.
   */
  readonly origins?: readonly (string | URL)[];
}

/** What may go with any key file. */
export interface KeyFileCredentials extends CommonCredentials {
  /** The passphrase of what is encrypted. Absent means none; `""` is the empty one. */
  readonly passphrase?: string;
  /** The passphrase of what is encrypted in a PKCS#12 file, where it is not the file's own. */
  readonly keyPassphrase?: string;
  /** Bounds for opening the files, where one of the defaults is too narrow. */
  readonly limits?: Pkcs12Limits;
  /** Which identity is meant where there are several: a friendly name, or a SHA-256 fingerprint. */
  readonly alias?: string;
  /**
   * Certificates of authorities to trust in addition to the runtime's own, as PEM, DER or PKCS#7.
   * Needed only where the server's certificate comes from a private authority. Default is none.
   */
  readonly ca?: KeyFile | readonly KeyFile[];
  /**
   * The proxy to go through: an `http:` or `https:` URL, with the user name and the password in it
   * where it asks for them, percent-encoded. The proxy tunnels; it does not see the certificate.
   * An `https:` proxy works on Node alone: Deno and Bun would present the certificate to it, so
   * there the call rejects with `unsupported_runtime`.
   *
   * Default is what the runtime's own `fetch` does: Deno and Bun go by `HTTPS_PROXY` and
   * `NO_PROXY`, upper or lower case, and Node does where it was started with `NODE_USE_ENV_PROXY=1`
   * or `--use-env-proxy`. This goes before `HTTPS_PROXY`; Deno and Bun still reach directly what
   * `NO_PROXY` exempts.
   */
  readonly proxy?: string | URL;
}

/** A certificate and its private key, each in a file of its own or both in one. */
export interface PemCredentials extends KeyFileCredentials {
  /** The client certificate, alone or with its chain, in any order. */
  readonly cert: KeyFile;
  /** The private key: PKCS#8, PKCS#1 or SEC1, encrypted or not. */
  readonly key: KeyFile;
}

/** A `.p12` or `.pfx` file. */
export interface PfxCredentials extends KeyFileCredentials {
  /** The bytes of the file. */
  readonly pfx: KeyFile;
}

/** Something that already presents a certificate, such as Cloudflare's `mtls_certificates` binding. */
export interface FetcherCredentials extends CommonCredentials {
  /** The binding. Each hop of a request is one call of its `fetch`. */
  readonly fetcher: Fetcher;
}

/** An object whose `fetch` presents a client certificate. */
export interface Fetcher {
  /** Sends one request. */
  fetch(request: Request): Promise<Response>;
}

/** Credentials as they are, rather than a function that returns them. */
export type StaticCredentials =
  | PemCredentials
  | PfxCredentials
  | FetcherCredentials;

/**
 * The certificate to present, in whatever form it came: PEM, PKCS#12, or a binding that already
 * holds it. A function is asked again for every request, so that a renewed certificate is used
 * from the next request on.
 */
export type Credentials =
  | StaticCredentials
  | (() => StaticCredentials | Promise<StaticCredentials>);

/** The key files of a caller, copied, so that the caller may overwrite the originals at once. */
export type KeySource =
  & ({ readonly cert: Bytes; readonly key: Bytes } | { readonly pfx: Bytes })
  & Pick<KeyFileCredentials, "passphrase" | "keyPassphrase" | "alias" | "limits">
  & { readonly ca: readonly Bytes[]; readonly proxy?: string };

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Checks what the caller passed, and copies it.
 *
 * @throws {McFetchError} `malformed_credentials` when a part is missing or of the wrong type
 */
export function copyCredentials(credentials: StaticCredentials): KeySource | FetcherCredentials {
  const given: Partial<Record<string, unknown>> = { ...credentials };
  const forms = [
    given.pfx !== undefined,
    given.cert !== undefined || given.key !== undefined,
    given.fetcher !== undefined,
  ];
  if (forms.filter(Boolean).length !== 1) {
    throw malformed("pass one of { cert, key }, { pfx, passphrase } and { fetcher }");
  }
  if (given.fetcher !== undefined) {
    return { fetcher: checkFetcher(given.fetcher) };
  }

  const { ca = [] } = given;
  const rest = {
    ...copyText("passphrase", given.passphrase),
    ...copyText("keyPassphrase", given.keyPassphrase),
    ...copyText("alias", given.alias),
    ...(typeof given.limits === "object" && { limits: { ...given.limits } }),
    ...given.proxy === undefined ? {} : { proxy: checkProxy(given.proxy) },
    ca: (Array.isArray(ca) ? ca : [ca]).map((file) => copyFile("ca", file)),
  };
  return given.pfx !== undefined ? { pfx: copyFile("pfx", given.pfx), ...rest } : {
    cert: copyFile("cert", given.cert),
    key: copyFile("key", given.key),
    ...rest,
  };
}

const encoder = new TextEncoder();

function copyFile(name: string, file: unknown): Bytes {
  if (typeof file === "string") return encoder.encode(file);
  if (file instanceof Uint8Array) return new Uint8Array(file);
  if (file instanceof ArrayBuffer) return new Uint8Array(file.slice(0)); // or it would be a view
  const what = file === undefined ? "missing" : `a ${typeof file}, not text or bytes`;
  throw malformed(`${name} is ${what}`);
}

function copyText<Name extends string>(name: Name, text: unknown): Partial<Record<Name, string>> {
  if (text === undefined) return {};
  if (typeof text !== "string") throw malformed(`${name} is not a string`);
  return { [name]: text } as Record<Name, string>;
}

function checkFetcher(fetcher: unknown): Fetcher {
  if (typeof (fetcher as Partial<Fetcher> | null)?.fetch === "function") {
    return fetcher as Fetcher;
  }
  throw malformed("fetcher has no fetch method; pass the binding itself, such as env.MY_CERT");
}

function malformed(what: string): McFetchError {
  return new McFetchError("malformed_credentials", `Cannot use the credentials: ${what}`);
}

/**
 * Credentials as the caller passes them, and their checks.
 *
 * @module
 */
import type { Limits } from "../encryption/opening.ts";
import { invalidArgument } from "../errors.ts";
import type { FileContents } from "../keys/contents.ts";
import { type Contents, copyContents, readContents, readOptions, readText } from "./arguments.ts";
import { checkProxy } from "./proxy_url.ts";
import { readLimits } from "./read_options.ts";

/** Options of credentials in files. */
export interface CredentialOptions {
  /** The passphrase of encrypted contents. Default is none, which is not the same as `""`. */
  readonly passphrase?: string | undefined;
  /**
   * The passphrase of the private keys in a PKCS#12 file or a Java keystore, if it is not that of
   * the file. In a Java keystore each key may have its own, and `alias` chooses the key.
   */
  readonly keyPassphrase?: string | undefined;
  /**
   * The identity to use if there are several: a friendly name, which Java calls the alias, or a
   * SHA-256 fingerprint.
   */
  readonly alias?: string | undefined;
  /**
   * CA certificates to trust in addition to the runtime's own, as PEM, DER, PKCS#7 or a Java trust
   * store. Needed only if a private CA issued the server's certificate. Default is none.
   */
  readonly extraCa?: FileContents | readonly FileContents[] | undefined;
  /**
   * The URL of a proxy, `http:` or `https:`. It contains the user name and the password if the proxy
   * requires them, percent-encoded. The proxy only tunnels and does not see the certificate. An
   * `https:` proxy works only on Node. Deno and Bun would present the certificate to the proxy, so
   * the call rejects with `unsupported_runtime`.
   *
   * Default is the proxy of the runtime's own `fetch`. Deno and Bun use `HTTPS_PROXY` and
   * `NO_PROXY`, upper or lower case. Node does if it was started with `NODE_USE_ENV_PROXY=1` or
   * `--use-env-proxy`. This option overrides `HTTPS_PROXY`; Deno and Bun still connect directly to
   * hosts that `NO_PROXY` exempts.
   */
  readonly proxy?: string | URL | undefined;
  /**
   * The origins that may receive the certificate, such as `["https://services.mastercard.com"]`. A
   * request to any other origin rejects. Redirects between these origins are followed. Default is
   * any origin for a request, and the origin of the request for its redirects.
   */
  readonly origins?: readonly (string | URL)[] | undefined;
  /** Limits for opening the files, if a default is too narrow. */
  readonly limits?: Limits | undefined;
}

/** Certificate and private key, in two files or in the same file, passed twice. */
export interface CertKeyCredentials extends CredentialOptions {
  /** The client certificate, with or without its chain, in any order: PEM, DER or PKCS#7. */
  readonly cert: FileContents;
  /** The private key: PKCS#8, PKCS#1 or SEC 1, as PEM or DER, encrypted or not. */
  readonly key: FileContents;
  /** Not together with `cert` and `key`. */
  readonly pfx?: undefined;
  /** Not together with `cert` and `key`. */
  readonly fetcher?: undefined;
}

/** PKCS#12 file (`.p12` or `.pfx`) or Java keystore (JKS or JCEKS, usually `.jks`). */
export interface PfxCredentials extends CredentialOptions {
  /** The bytes of the file. */
  readonly pfx: FileContents;
  /** Not together with `pfx`. */
  readonly cert?: undefined;
  /** Not together with `pfx`. */
  readonly key?: undefined;
  /** Not together with `pfx`. */
  readonly fetcher?: undefined;
}

/** Object that presents a certificate itself, such as Cloudflare's `mtls_certificates` binding. */
export interface FetcherCredentials {
  /** The binding. A request calls its `fetch` once, and once for each redirect. */
  readonly fetcher: Fetcher;
  /** The origins that may receive the certificate, as for credentials in files. */
  readonly origins?: readonly (string | URL)[] | undefined;
  /** Not together with `fetcher`. */
  readonly cert?: undefined;
  /** Not together with `fetcher`. */
  readonly key?: undefined;
  /** Not together with `fetcher`. */
  readonly pfx?: undefined;
}

/** Object whose `fetch` presents a client certificate. */
export interface Fetcher {
  /** Sends one request. */
  fetch(request: Request): Promise<Response>;
}

/**
 * Client certificate in any form: certificate and key, a PKCS#12 file, or a binding that has the
 * certificate. A function returns the certificate of the time, if it is renewed while the program
 * runs. It is called before the first request and then at most once a minute, in the background,
 * for all requests: it cannot tell callers apart. For several tenants, pass each one's credentials.
 */
export type Credentials =
  | CertKeyCredentials
  | PfxCredentials
  | FetcherCredentials
  | (() =>
    | CertKeyCredentials
    | PfxCredentials
    | FetcherCredentials
    | Promise<CertKeyCredentials | PfxCredentials | FetcherCredentials>);

/** Credentials that are not a function. */
export type FixedCredentials = Exclude<Credentials, () => unknown>;

/** Checked files and their options. */
export interface CheckedFiles {
  readonly cert: Contents | undefined;
  readonly key: Contents | undefined;
  readonly pfx: Contents | undefined;
  readonly passphrase: string | undefined;
  readonly keyPassphrase: string | undefined;
  readonly alias: string | undefined;
  readonly limits: Limits | undefined;
  readonly extraCa: readonly Contents[];
  readonly proxy: string | undefined;
}

/** Checked credentials: either `files` or `fetcher`. */
export interface CheckedCredentials {
  readonly files: CheckedFiles | undefined;
  readonly fetcher: Fetcher | undefined;
  /** The origins as text, not yet parsed. */
  readonly origins: readonly string[] | undefined;
}

/** The options of files. With `fetcher`, only `origins` applies. */
const FILE_OPTIONS = [
  "passphrase",
  "keyPassphrase",
  "alias",
  "limits",
  "extraCa",
  "proxy",
] as const;
const NAMES = ["cert", "key", "pfx", "fetcher", "origins", ...FILE_OPTIONS] as const;

/** The options that decide the form of credentials. */
const FORMS = ["pfx", "cert", "key"] as const;

const ACTION = "use the credentials";

/**
 * Checks the caller's credentials. Reads each option once. Bytes are not copied; {@linkcode
 * copyFiles} copies them.
 *
 * @throws {McFetchError} `invalid_argument` if a part is missing, unknown, or of the wrong type
 */
export function readCredentials(credentials: FixedCredentials): CheckedCredentials {
  const given = readOptions(ACTION, credentials, NAMES);
  const { cert, key, pfx, fetcher } = given;
  const forms = [pfx, cert ?? key, fetcher].filter((form) => form !== undefined);
  const [unset, ...others] = FORMS.filter((name) => name in credentials);
  if (forms.length === 0 && unset !== undefined && others.length < 2) {
    readContents(ACTION, unset, undefined);
  }
  if (forms.length !== 1) {
    throw invalidArgument(ACTION, "pass one of { cert, key }, { pfx, passphrase } and { fetcher }");
  }
  const origins = readOriginTexts(given.origins);
  if (fetcher === undefined) return { files: readFiles(given), fetcher, origins };
  const name = FILE_OPTIONS.find((name) => given[name] !== undefined);
  if (name === undefined) return { files: undefined, fetcher: checkFetcher(fetcher), origins };
  throw invalidArgument(
    ACTION,
    `${name} has no effect on a fetcher; configure it where it is made`,
  );
}

function readFiles(given: Partial<Record<typeof NAMES[number], unknown>>): CheckedFiles {
  const { cert, key, pfx, passphrase, keyPassphrase, alias, limits, extraCa = [], proxy } = given;
  const hasPfx = pfx !== undefined;
  return {
    cert: hasPfx ? undefined : readContents(ACTION, "cert", cert),
    key: hasPfx ? undefined : readContents(ACTION, "key", key),
    pfx: hasPfx ? readContents(ACTION, "pfx", pfx) : undefined,
    passphrase: readText(ACTION, "passphrase", passphrase),
    keyPassphrase: readText(ACTION, "keyPassphrase", keyPassphrase),
    alias: readText(ACTION, "alias", alias),
    limits: readLimits(ACTION, limits),
    proxy: proxy === undefined ? undefined : checkProxy(proxy),
    extraCa: (Array.isArray(extraCa) ? [...extraCa] : [extraCa])
      .map((file) => readContents(ACTION, "extraCa", file)),
  };
}

/** Copies the bytes of files. The caller may then overwrite the originals. */
export function copyFiles(files: CheckedFiles): CheckedFiles {
  const copy = (file: Contents | undefined) => file === undefined ? undefined : copyContents(file);
  const { cert, key, pfx, extraCa } = files;
  return {
    ...files,
    cert: copy(cert),
    key: key === cert ? copy(cert) : copy(key),
    pfx: copy(pfx),
    extraCa: extraCa.map(copyContents),
  };
}

function readOriginTexts(origins: unknown): readonly string[] | undefined {
  if (origins === undefined) return undefined;
  if (Array.isArray(origins)) return origins.map(String);
  throw invalidArgument(ACTION, "origins must be an array");
}

function checkFetcher(fetcher: unknown): Fetcher {
  if (typeof (fetcher as Partial<Fetcher> | null)?.fetch === "function") return fetcher as Fetcher;
  throw invalidArgument(
    ACTION,
    "fetcher has no fetch method; pass the binding itself, such as env.MY_CERT",
  );
}

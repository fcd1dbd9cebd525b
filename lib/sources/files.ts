/**
 * `fromFiles`: credentials in files that are renewed while the program runs.
 *
 * @module
 */
import { invalidArgument } from "../errors.ts";
import { describeType, readOptions, readText } from "../identity/arguments.ts";
import type { CredentialOptions } from "../identity/credentials.ts";
import { isJavaKeystore } from "../keys/contents.ts";
import { readLimits } from "../identity/read_options.ts";
import { type LoadCredentials, makeLoader, type OtherOptions, type Part } from "./loader.ts";

/** The path of a file, or its `file:` URL. */
export type FilePath = string | URL;

/** Options of {@linkcode fromFiles}: those of credentials, with paths for files. */
export interface FileOptions extends Omit<CredentialOptions, "extraCa"> {
  /** The file that holds the passphrase. The line break at its end does not count. */
  readonly passphraseFile?: FilePath | undefined;
  /** The files of CA certificates to trust in addition to the runtime's own. */
  readonly extraCa?: FilePath | readonly FilePath[] | undefined;
}

/** The files of a certificate and its private key. */
export interface CertKeyPaths extends FileOptions {
  /** The certificate, with or without its chain. */
  readonly cert: FilePath;
  /** The private key. */
  readonly key: FilePath;
  /** Not together with `cert` and `key`. */
  readonly pfx?: undefined;
}

/** The path of a PKCS#12 file. */
export interface PfxPaths extends FileOptions {
  /** The PKCS#12 file. */
  readonly pfx: FilePath;
  /** Not together with `pfx`. */
  readonly cert?: undefined;
  /** Not together with `pfx`. */
  readonly key?: undefined;
}

const ACTION = "read the credentials from files";

const NAMES = [
  ...["cert", "key", "pfx", "passphrase", "passphraseFile", "keyPassphrase", "alias"] as const,
  ...["extraCa", "proxy", "origins", "limits"] as const,
];

/**
 * Returns a function for `createMcFetch` that reads credentials from files, and reads them again
 * when a file has changed: its identity, its size or a time. Symbolic links are followed, so the
 * files may be a secret of Kubernetes, cert-manager's `tls.crt` and `tls.key`, or certbot's `live`
 * folder. Files that do not fit together are read again for half a second; then the function
 * rejects, and `createMcFetch` keeps the last good certificate. Runs on Deno, Node and Bun.
 *
 * @param paths The paths of the files, and options as in credentials
 * @returns The function; it returns the same object until a file changes
 * @throws {McFetchError} `invalid_argument` if an option is missing, unknown, or of the wrong type.
 * The function rejects with `credentials_unavailable` if a file cannot be read, and with the codes
 * of key files if they cannot be used
 *
 * @example A secret of Kubernetes
 * ```ts no-eval
 * import { createMcFetch, fromFiles } from "@acme/mc-mtls";
 *
 * const fetch = createMcFetch(fromFiles({
 *   cert: "/etc/client/tls.crt",
 *   key: "/etc/client/tls.key",
 *   origins: ["https://services.mastercard.com"],
 * }));
 * console.log((await fetch("https://services.mastercard.com/")).status);
 * ```
 */
export function fromFiles(paths: CertKeyPaths | PfxPaths): LoadCredentials {
  const given = readOptions(ACTION, paths, NAMES);
  const { cert, key, pfx, passphraseFile, extraCa = [] } = given;
  if ((pfx === undefined) === ((cert ?? key) === undefined)) {
    throw invalidArgument(ACTION, "pass one of { cert, key } and { pfx }, as paths");
  }
  const list: unknown[] = Array.isArray(extraCa) ? extraCa : [extraCa];
  const parts = {
    ...pfx === undefined
      ? { cert: readPath("cert", cert), key: readPath("key", key) }
      : { pfx: readPath("pfx", pfx) },
    ...passphraseFile !== undefined && {
      passphraseFile: readPath("passphraseFile", passphraseFile),
    },
    extraCa: list.map((path) => readPath("extraCa", path)),
  };
  if (passphraseFile !== undefined && given.passphrase !== undefined) {
    throw invalidArgument(ACTION, "pass one of passphrase and passphraseFile");
  }
  return makeLoader(parts, readOther(ACTION, given));
}

/** Checks and copies the options that are not files. The loader checks the rest with the files. */
export function readOther(
  action: string,
  { passphrase, keyPassphrase, alias, proxy, origins, limits }: Partial<
    Record<keyof OtherOptions, unknown>
  >,
): OtherOptions {
  return {
    passphrase: readText(action, "passphrase", passphrase),
    keyPassphrase: readText(action, "keyPassphrase", keyPassphrase),
    alias: readText(action, "alias", alias),
    proxy: proxy as OtherOptions["proxy"],
    origins: (Array.isArray(origins) ? [...origins] : origins) as OtherOptions["origins"],
    limits: readLimits(action, limits),
  };
}

/** PEM, or base64 of DER on one line. A message about a path would show the key. */
const CONTENTS = /[\0\r\n]|-----BEGIN |^\s*M[A-P][\w+/=-]{62,}\s*$/;

function readPath(name: string, path: unknown): Part {
  if (typeof path === "string" && path !== "") {
    if (!CONTENTS.test(path) && !isJavaKeystore(path)) return { path };
    throw invalidArgument(ACTION, `${name} must be a path, not the contents of a file`);
  }
  const fromUrl = path instanceof URL && path.protocol === "file:" ? toPath(path) : undefined;
  if (fromUrl !== undefined) return { path: fromUrl };
  const got = path === "" ? "an empty text" : describeType(path);
  throw invalidArgument(
    ACTION,
    path === undefined ? `${name} is missing` : `${name} must be a path or a file: URL: got ${got}`,
  );
}

/**
 * Returns the path of a `file:` URL, which on Windows begins with the drive; `undefined` if its
 * percent-encoding is wrong.
 */
function toPath({ pathname }: URL): string | undefined {
  try {
    const path = decodeURIComponent(pathname);
    return /^\/[A-Za-z]:/.test(path) ? path.slice(1) : path;
  } catch {
    return undefined;
  }
}

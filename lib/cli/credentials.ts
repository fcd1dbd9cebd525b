/** The credentials that a command is given: files, a passphrase from somewhere safe, a proxy. */
import process from "node:process";
import {
  type CertKeyCredentials,
  type CheckedFiles,
  readCredentials,
} from "../identity/credentials.ts";
import { McFetchError } from "../errors.ts";
import { loadIdentity } from "../identity/identity.ts";
import { detectDerKind } from "../identity/kinds.ts";
import { findEnvironmentProxy } from "../fetch/runtime/environment.ts";
import { UsageError } from "./command.ts";
import { readInput } from "./files.ts";
import { askSecret, isInteractive } from "./terminal.ts";

interface TextOption {
  readonly type: "string";
  readonly short?: string;
}

/** Options of every command that opens a key file. */
export const KEY_FILE_OPTIONS: Readonly<Record<keyof KeyFileValues, TextOption>> = {
  key: { type: "string" },
  alias: { type: "string" },
  "passphrase-file": { type: "string" },
};

/** Their help. */
export const KEY_FILE_HELP =
  `  --key FILE              the private key, where it is in a file of its own
  --alias NAME            which identity is meant, where the file has several
  --passphrase-file FILE  a file that holds the passphrase; otherwise the environment variable
                          MC_MTLS_PASSPHRASE does, or it is asked for`;

/** Options of every command that opens a connection. */
export const CONNECTION_OPTIONS: Readonly<Record<keyof ConnectionValues, TextOption>> = {
  ...KEY_FILE_OPTIONS,
  cert: { type: "string", short: "E" },
  ca: { type: "string" },
  cacert: { type: "string" },
  proxy: { type: "string", short: "x" },
};

/** Their help. */
export const CONNECTION_HELP: string =
  `  -E, --cert FILE         the client certificate: a .p12, or PEM or DER
${KEY_FILE_HELP}
  --ca, --cacert FILE     CA certificates to trust in addition to the runtime's own
  -x, --proxy URL         the proxy; otherwise HTTPS_PROXY and NO_PROXY count`;

/** What was given for {@linkcode KEY_FILE_OPTIONS}. */
export interface KeyFileValues {
  readonly key?: string | undefined;
  readonly alias?: string | undefined;
  readonly "passphrase-file"?: string | undefined;
}

/** What was given for {@linkcode CONNECTION_OPTIONS}. */
export interface ConnectionValues extends KeyFileValues {
  readonly cert?: string | undefined;
  readonly ca?: string | undefined;
  readonly cacert?: string | undefined;
  readonly proxy?: string | undefined;
}

/** How often a passphrase is asked for. */
const ATTEMPTS = 3;

/**
 * Does something with the credentials, and asks for their passphrase where it turns out that they
 * have one and it was not given.
 *
 * @param file The file with the certificate, and with the key unless `values` name another
 */
export async function withCredentials<Result>(
  file: string,
  values: KeyFileValues,
  use: (files: CheckedFiles) => Promise<Result>,
): Promise<Result> {
  const { alias } = values;
  const cert = await readInput(file);
  const files = values.key !== undefined
    ? { cert, key: await readInput(values.key) }
    : detectDerKind(cert) === "PKCS#12"
    ? { pfx: cert }
    : { cert, key: cert };
  let passphrase = await readPassphrase(values["passphrase-file"], "MC_MTLS_PASSPHRASE");
  const asks = passphrase === undefined && isInteractive();
  for (let attempt = 0;; attempt++) {
    try {
      return await use(readCredentials({ ...files, alias, passphrase }).files!);
    } catch (error) {
      const wrong = error instanceof McFetchError && error.code === "wrong_passphrase";
      if (!wrong || !asks || attempt === ATTEMPTS) throw error;
      passphrase = await askSecret(`Passphrase of ${values.key ?? file}: `);
    }
  }
}

/** The passphrase in a file or in an environment variable. Arguments can be seen by other users. */
export async function readPassphrase(
  file: string | undefined,
  variable: string,
): Promise<string | undefined> {
  if (file === undefined) return process.env[variable];
  return new TextDecoder().decode(await readInput(file)).replace(/\r?\n$/, ""); // an editor's last line end
}

/** Opens what was given for {@linkcode CONNECTION_OPTIONS}: the identity as PEM, not encrypted. */
export async function openCredentials(
  url: URL,
  values: ConnectionValues,
): Promise<CertKeyCredentials> {
  if (values.cert === undefined) throw new UsageError("--cert FILE is missing.");
  const { cert, key } = await withCredentials(
    values.cert,
    values,
    (files) => loadIdentity(files, "command line"),
  );
  const proxy = values.proxy ?? findEnvironmentProxy(url.hostname, Number(url.port || 443));
  const { ca = values.cacert } = values;
  const extraCa = ca === undefined ? undefined : await readInput(ca);
  return { cert, key, extraCa, proxy };
}

/** A URL that was given as an argument. It is not shown, since it may hold a secret. */
export function readUrl(text: string): URL {
  if (/^https:/i.test(text) && URL.canParse(text)) return new URL(text);
  throw new UsageError("The URL must be one that begins with https://");
}

/**
 * Reads the credentials of a command: files, a passphrase from a safe place, and a proxy.
 *
 * @module
 */
import process from "node:process";
import { McFetchError } from "../errors.ts";
import { useEnvironmentProxy } from "../fetch/runtime/environment.ts";
import {
  type CertKeyCredentials,
  type CheckedFiles,
  type PfxCredentials,
  readCredentials,
} from "../identity/credentials.ts";
import { loadIdentity } from "../identity/identity.ts";
import { detectDerKind } from "../identity/kinds.ts";
import { isJavaKeystore } from "../keys/contents.ts";
import { UsageError } from "./command.ts";
import { readInput, readInputText } from "./files.ts";
import { askSecret, isInteractive } from "./terminal.ts";
import { showText } from "../show.ts";

interface TextOption {
  readonly type: "string";
  readonly short?: string;
}

/** The options of every command that opens a key file. */
export const KEY_FILE_OPTIONS: Readonly<Record<keyof KeyFileValues, TextOption>> = {
  key: { type: "string" },
  alias: { type: "string" },
  "passphrase-file": { type: "string" },
  "key-passphrase-file": { type: "string" },
};

/** The help for {@linkcode KEY_FILE_OPTIONS}. */
export const KEY_FILE_HELP = `  --key FILE              read the private key from a separate file
  --alias NAME            choose one of several identities in the file
  --passphrase-file FILE  read the passphrase from FILE (otherwise from the environment variable
                          MC_MTLS_PASSPHRASE, or ask for it)
  --key-passphrase-file FILE
                          read the passphrase of the private key from FILE, if it is not the
                          file's (otherwise from the environment variable
                          MC_MTLS_KEY_PASSPHRASE)`;

/** The options of every command that opens a connection. */
export const CONNECTION_OPTIONS: Readonly<Record<keyof ConnectionValues, TextOption>> = {
  ...KEY_FILE_OPTIONS,
  cert: { type: "string", short: "E" },
  ca: { type: "string" },
  cacert: { type: "string" },
  proxy: { type: "string", short: "x" },
};

/** The help for {@linkcode CONNECTION_OPTIONS}. */
export const CONNECTION_HELP: string =
  `  -E, --cert FILE         present this client certificate: a .p12, a .jks, or PEM or DER
${KEY_FILE_HELP}
  --ca, --cacert FILE     trust these CA certificates in addition to the runtime's own
  -x, --proxy URL         connect through this proxy (the one of HTTPS_PROXY and NO_PROXY)`;

interface KeyFileValues {
  readonly key?: string | undefined;
  readonly alias?: string | undefined;
  readonly "passphrase-file"?: string | undefined;
  readonly "key-passphrase-file"?: string | undefined;
}

interface ConnectionValues extends KeyFileValues {
  readonly cert?: string | undefined;
  readonly ca?: string | undefined;
  readonly cacert?: string | undefined;
  readonly proxy?: string | undefined;
}

/** The number of times that a command asks for a passphrase. */
const ATTEMPTS = 3;

/**
 * Opens a key file and uses it. Asks for the passphrase if the file needs one and none was given.
 *
 * @param file The file with the certificate, and with the key unless `values` name another file
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
    : detectDerKind(cert) === "PKCS#12" || isJavaKeystore(cert)
    ? { pfx: cert }
    : { cert, key: cert };
  let passphrase = await readPassphrase(values["passphrase-file"], "MC_MTLS_PASSPHRASE");
  const keyPassphrase = await readPassphrase(
    values["key-passphrase-file"],
    "MC_MTLS_KEY_PASSPHRASE",
  );
  const canAsk = passphrase === undefined && isInteractive();
  for (let attempt = 0;; attempt++) {
    try {
      return await use(checkFiles({ ...files, alias, passphrase, keyPassphrase }));
    } catch (error) {
      const isWrong = error instanceof McFetchError && error.code === "wrong_passphrase";
      if (!isWrong || !canAsk || attempt === ATTEMPTS) throw error;
      passphrase = await askSecret(`Passphrase of ${showText(values.key ?? file)}: `);
    }
  }
}

/** Checks the files of a command. */
export function checkFiles(credentials: CertKeyCredentials | PfxCredentials): CheckedFiles {
  const { files } = readCredentials(credentials);
  if (files === undefined) throw new TypeError("Commands have no fetcher");
  return files;
}

/** Reads a passphrase from a file or an environment variable. Other users can see arguments. */
export async function readPassphrase(
  file: string | undefined,
  variable: string,
): Promise<string | undefined> {
  if (file === undefined) return process.env[variable];
  return (await readInputText(file)).replace(/\r?\n$/, ""); // editors end the last line
}

/** Reads the values of {@linkcode CONNECTION_OPTIONS}. The identity is PEM, not encrypted. */
export async function openCredentials(values: ConnectionValues): Promise<CertKeyCredentials> {
  if (values.cert === undefined) throw new UsageError("Missing option: --cert FILE");
  const { cert, key } = await withCredentials(
    values.cert,
    values,
    (files) => loadIdentity(files, "command line"),
  );
  useEnvironmentProxy();
  const { ca = values.cacert } = values;
  const extraCa = ca === undefined ? undefined : await readInput(ca);
  return { cert, key, extraCa, proxy: values.proxy };
}

/** Reads the URL of a request. The message does not show the URL: it may hold a secret. */
export function readHttpsUrl(text: string): URL {
  if (/^https:/i.test(text) && URL.canParse(text)) return new URL(text);
  throw new UsageError("The URL must begin with https://");
}

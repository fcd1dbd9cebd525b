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
import { type Refused, UsageError } from "./arguments.ts";
import { readInput, readInputText } from "./files.ts";
import { oneLine, printError } from "./layout.ts";
import { splitCert } from "./cert_option.ts";
import { askSecret, isInteractive } from "./terminal.ts";

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
  pass: { type: "string" },
};

/** The help for {@linkcode KEY_FILE_OPTIONS}. */
export const KEY_FILE_HELP = `  --key FILE              read the private key from a separate file
  --alias NAME            choose one of several identities in the file
  --passphrase-file FILE  read the passphrase from FILE, or from standard input for - (otherwise
                          from the environment variable MC_MTLS_PASSPHRASE, or ask for it)
  --key-passphrase-file FILE
                          read the passphrase of the private key from FILE, if it is not the
                          file's (otherwise from the environment variable
                          MC_MTLS_KEY_PASSPHRASE)
  --pass PASSPHRASE       use this passphrase; other users of this machine can see it`;

const USE_FILE = "pass --passphrase-file FILE, set MC_MTLS_PASSPHRASE, or type it when asked";

/** Options of OpenSSL and step for passphrases. */
export const REFUSED_PASSPHRASES: Refused = {
  password: USE_FILE,
  passphrase: USE_FILE,
  passin: USE_FILE,
  "password-file": "it is called --passphrase-file FILE",
};

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
  `  -E, --cert FILE[:PASS]  present this client certificate: a .p12, a .jks, or PEM or DER
${KEY_FILE_HELP}
  --ca, --cacert FILE     trust these CA certificates in addition to the runtime's own
  -x, --proxy URL         connect through this proxy (the one of HTTPS_PROXY and NO_PROXY)`;

interface KeyFileValues {
  readonly key?: string | undefined;
  readonly alias?: string | undefined;
  readonly "passphrase-file"?: string | undefined;
  readonly "key-passphrase-file"?: string | undefined;
  readonly pass?: string | undefined;
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
 * @param contents The contents of the file, if they were read already
 */
export async function withCredentials<Result>(
  file: string,
  values: KeyFileValues,
  use: (files: CheckedFiles) => Promise<Result>,
  contents?: Uint8Array<ArrayBuffer>,
): Promise<Result> {
  const { alias } = values;
  const cert = contents ?? await readInput(file);
  const files = values.key !== undefined
    ? { cert, key: await readInput(values.key) }
    : detectDerKind(cert) === "PKCS#12" || isJavaKeystore(cert)
    ? { pfx: cert }
    : { cert, key: cert };
  let passphrase = await readOwnPassphrase(values);
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
      if (attempt > 0) printError("Wrong passphrase. Try again.");
      passphrase = await askSecret(`Passphrase of ${oneLine(values.key ?? file)}: `);
    }
  }
}

async function readOwnPassphrase(values: KeyFileValues): Promise<string | undefined> {
  const { pass, "passphrase-file": file } = values;
  if (pass === undefined) return await readPassphrase(file, "MC_MTLS_PASSPHRASE");
  if (file === undefined) return pass;
  throw new UsageError("Pass either --passphrase-file, or the passphrase itself");
}

/** Checks the files of a command. */
export function checkFiles(credentials: CertKeyCredentials | PfxCredentials): CheckedFiles {
  const { files } = readCredentials(credentials);
  if (files === undefined) throw new TypeError("Commands have no fetcher");
  return files;
}

/** Reads a passphrase from a file, standard input or an environment variable. */
export async function readPassphrase(
  file: string | undefined,
  variable: string,
): Promise<string | undefined> {
  if (file === undefined) return process.env[variable];
  if (file === "-" && isInteractive()) return await askSecret("Passphrase: ");
  return (await readInputText(file)).replace(/\r?\n$/, ""); // editors end the last line
}

/** Reads the values of {@linkcode CONNECTION_OPTIONS}. The identity is PEM, not encrypted. */
export async function openCredentials(values: ConnectionValues): Promise<CertKeyCredentials> {
  if (values.cert === undefined) throw new UsageError("Missing option: --cert FILE");
  const { file, pass = values.pass } = await splitCert(values.cert);
  const { cert, key } = await withCredentials(
    file,
    { ...values, pass },
    (files) => loadIdentity(files, "command line"),
  );
  useEnvironmentProxy();
  const given = [values.ca, values.cacert].filter((path) => path !== undefined);
  const extraCa = await Promise.all(given.map(readInput));
  return { cert, key, extraCa, proxy: readProxy(values.proxy) };
}

/** Reads the URL of a proxy. As with curl, it is an `http:` URL if it names no scheme. */
function readProxy(proxy: string | undefined): string | undefined {
  return proxy === undefined || /^[a-z][a-z0-9+.-]*:\/\//i.test(proxy) ? proxy : `http://${proxy}`;
}

/** Reads the URL of a request. The message does not show the URL: it may hold a secret. */
export function readHttpsUrl(text: string): URL {
  if (/^https:/i.test(text) && URL.canParse(text)) return new URL(text);
  throw new UsageError("The URL must begin with https://");
}

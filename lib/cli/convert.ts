/**
 * `mc-mtls convert`: writes a key file in another format.
 *
 * @module
 */
import { loadIdentity } from "../identity/identity.ts";
import { writePkcs12 } from "../identity/write_pkcs12.ts";
import { readArguments, UsageError } from "./arguments.ts";
import { type Command, ExitCode } from "./command.ts";
import {
  KEY_FILE_HELP,
  KEY_FILE_OPTIONS,
  readPassphrase,
  REFUSED_PASSPHRASES,
  withCredentials,
} from "./credentials.ts";
import { writePrivateFiles } from "./files.ts";
import { oneLine, print } from "./layout.ts";
import { askSecret, isInteractive } from "./terminal.ts";

const OPTIONS = {
  ...KEY_FILE_OPTIONS,
  output: { type: "string", short: "o" },
  "new-passphrase-file": { type: "string" },
  "friendly-name": { type: "string" },
  iterations: { type: "string" },
  force: { type: "boolean" },
} as const;

/** The command. */
export const command: Command = {
  summary: "Write a key file as PEM or .p12, for other programs",
  usage: "FILE -o OUTPUT [options]",
  example: "client.pem --key client.key -o client.p12",
  help:
    `FILE is a .p12, a Java keystore (.jks), or a certificate as PEM or DER; - is standard input.
The ending of OUTPUT chooses the format:
  .p12, .pfx  PKCS#12 with AES-256, for OpenSSL 3, Java from 8u301, and browsers
  .pem        the certificate, its issuers and the private key, not encrypted
  .crt, .cer  only the certificate and its issuers, as PEM
  .key        only the private key, as PEM, not encrypted

Options
${KEY_FILE_HELP}
  -o, --output OUTPUT     write this file; only your user can read it
  --new-passphrase-file FILE
                          read the passphrase of the new .p12 from FILE, or from standard input
                          for - (otherwise from the environment variable MC_MTLS_NEW_PASSPHRASE,
                          or ask for it)
  --friendly-name NAME    name the key in the .p12; Java calls the name an alias
  --iterations COUNT      derive the .p12's keys with COUNT iterations (600000); .NET accepts at
                          most 300000
  --force                 replace a file that already exists`,
  async run(args) {
    const { values, positionals: [file = ""] } = readArguments(
      args,
      OPTIONS,
      ["FILE"],
      REFUSED_PASSPHRASES,
    );
    const { output, force, "friendly-name": friendlyName } = values;
    if (output === undefined) throw new UsageError("Missing option: -o OUTPUT");
    const write = WRITERS[/\.[^.]+$/.exec(output)?.[0].toLowerCase() ?? ""];
    if (write === undefined) {
      throw new UsageError("--output must end with .p12, .pfx, .pem, .crt, .cer or .key");
    }
    const iterations = readIterations(values.iterations);
    const identity = await withCredentials(
      file,
      values,
      (files) => loadIdentity(files, "command line"),
    );
    const contents = await write({
      ...identity,
      ...friendlyName !== undefined && { friendlyName },
      ...iterations !== undefined && { iterations },
      readPassphrase: () => readNewPassphrase(values["new-passphrase-file"]),
    });
    await writePrivateFiles([{ path: output, contents }], force);
    print(`Wrote ${oneLine(output)}`);
    return ExitCode.ok;
  },
};

/** Contents of the new file, and the settings of a `.p12`. */
interface Source {
  readonly cert: string;
  readonly key: string;
  readonly friendlyName?: string;
  readonly iterations?: number;
  readPassphrase(): Promise<string>;
}

type Writer = (source: Source) => Promise<string | Uint8Array>;

const writeP12: Writer = async ({ cert, key, friendlyName, iterations, readPassphrase }) =>
  await writePkcs12({ cert, key, friendlyName, iterations, passphrase: await readPassphrase() });
const writeCertificates: Writer = ({ cert }) => Promise.resolve(cert);

/** The writers by the ending of the file's name. */
const WRITERS: Readonly<Record<string, Writer>> = {
  ".p12": writeP12,
  ".pfx": writeP12,
  ".pem": ({ cert, key }) => Promise.resolve(cert + key),
  ".crt": writeCertificates,
  ".cer": writeCertificates,
  ".key": ({ key }) => Promise.resolve(key),
};

function readIterations(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new UsageError("--iterations must be a number");
}

async function readNewPassphrase(file: string | undefined): Promise<string> {
  const passphrase = await readPassphrase(file, "MC_MTLS_NEW_PASSPHRASE");
  if (passphrase !== undefined) return passphrase;
  if (!isInteractive()) {
    throw new UsageError(
      "The new file needs a passphrase; pass --new-passphrase-file FILE, or set the environment " +
        "variable MC_MTLS_NEW_PASSPHRASE",
    );
  }
  const first = await askSecret("Passphrase of the new file: ");
  if (first === await askSecret("Repeat the passphrase: ")) return first;
  throw new UsageError("The two passphrases differ");
}

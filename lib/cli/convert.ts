import { loadIdentity } from "../identity/identity.ts";
import { writePkcs12 } from "../identity/write_pkcs12.ts";
import { type Command, ExitCode, readArguments, UsageError } from "./command.ts";
import { KEY_FILE_HELP, KEY_FILE_OPTIONS, readPassphrase, withCredentials } from "./credentials.ts";
import { writePrivateFile } from "./files.ts";
import { askSecret, isInteractive } from "./terminal.ts";

const OPTIONS = {
  ...KEY_FILE_OPTIONS,
  output: { type: "string", short: "o" },
  "new-passphrase-file": { type: "string" },
  "friendly-name": { type: "string" },
  iterations: { type: "string" },
  force: { type: "boolean" },
} as const;

/** `mc-mtls convert` */
export const command: Command = {
  summary: "Writes any key file as PEM or .p12, for other programs",
  usage: "FILE -o OUTPUT [options]",
  help: `FILE is a .p12, or a certificate as PEM or DER. OUTPUT says by its ending what is written:
  .p12, .pfx  PKCS#12 with AES-256, as OpenSSL 3, Java from 8u301 and browsers read it
  .pem        the certificate, its issuers and the private key, which is not encrypted
  .crt, .cer  the certificate and its issuers alone, as PEM
  .key        the private key alone, as PEM, not encrypted

Options
${KEY_FILE_HELP}
  -o, --output OUTPUT     what to write; your user alone can read it
  --new-passphrase-file FILE
                          a file that holds the passphrase of the new .p12; otherwise the
                          environment variable MC_MTLS_NEW_PASSPHRASE does, or it is asked for
  --friendly-name NAME    what the .p12 calls the key; Java calls it the alias
  --iterations COUNT      of the .p12's key derivation. Default is 600000; .NET takes up to 300000
  --force                 replaces a file that is there already`,
  async run(args) {
    const { values, positionals } = readArguments(args, OPTIONS, ["FILE"]);
    const { output = "", force, "friendly-name": friendlyName } = values;
    const write = WRITERS[/\.[^.]+$/.exec(output)?.[0].toLowerCase() ?? ""];
    if (write === undefined) {
      throw new UsageError("--output must end with .p12, .pfx, .pem, .crt, .cer or .key.");
    }
    const iterations = readIterations(values.iterations);
    const identity = await withCredentials(
      positionals[0]!,
      values,
      (files) => loadIdentity(files, "command line"),
    );
    const contents = await write({
      ...identity,
      ...friendlyName !== undefined && { friendlyName },
      ...iterations !== undefined && { iterations },
      passphrase: () => readNewPassphrase(values["new-passphrase-file"]),
    });
    await writePrivateFile(output, contents, force);
    console.log(`${output} is written.`);
    return ExitCode.ok;
  },
};

interface Source {
  readonly cert: string;
  readonly key: string;
  readonly friendlyName?: string;
  readonly iterations?: number;
  passphrase(): Promise<string>;
}

type Writer = (source: Source) => Promise<string | Uint8Array>;

const toPkcs12: Writer = async ({ cert, key, friendlyName, iterations, passphrase }) =>
  await writePkcs12({ cert, key, friendlyName, iterations, passphrase: await passphrase() });
const toCertificates: Writer = ({ cert }) => Promise.resolve(cert);

const WRITERS: Readonly<Record<string, Writer>> = {
  ".p12": toPkcs12,
  ".pfx": toPkcs12,
  ".pem": ({ cert, key }) => Promise.resolve(cert + key),
  ".crt": toCertificates,
  ".cer": toCertificates,
  ".key": ({ key }) => Promise.resolve(key),
};

function readIterations(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new UsageError("--iterations must be a number.");
}

async function readNewPassphrase(file: string | undefined): Promise<string> {
  const given = await readPassphrase(file, "MC_MTLS_NEW_PASSPHRASE");
  if (given !== undefined) return given;
  if (!isInteractive()) {
    throw new UsageError(
      "The passphrase of the new file is missing: --new-passphrase-file FILE, or the environment " +
        "variable MC_MTLS_NEW_PASSPHRASE.",
    );
  }
  const first = await askSecret("Passphrase of the new file: ");
  if (first === await askSecret("The same again: ")) return first;
  throw new UsageError("The two passphrases are not the same.");
}

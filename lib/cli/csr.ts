import { createCsr } from "../certificates/csr.ts";
import type { CsrKeyType } from "../certificates/csr_writer.ts";
import { mastercardCommonName } from "../mastercard/hosts.ts";
import { type Command, ExitCode, readArguments, UsageError } from "./command.ts";
import { writePrivateFile } from "./files.ts";
import { programName } from "./program.ts";

const OPTIONS = {
  environment: { type: "string" },
  cid: { type: "string" },
  "common-name": { type: "string" },
  organization: { type: "string" },
  "organizational-unit": { type: "string" },
  country: { type: "string" },
  "key-type": { type: "string" },
  output: { type: "string", short: "o" },
  force: { type: "boolean" },
} as const;

/** `mc-mtls csr` */
export const command: Command = {
  summary: "Makes a private key, and the request for its certificate",
  usage: "--environment ENV --organization NAME --organizational-unit NAME [options]",
  help: `Options
  --environment ENV           sandbox or production: the common name is made as Mastercard's naming
                              rule has it
  --cid CID                   the company's verified customer identifier. Default is 000000
  --common-name NAME          a common name of your own, instead of --environment and --cid
  --organization NAME         the company
  --organizational-unit NAME  the name of your project on Mastercard Developers
  --country CC                the country, two letters
  --key-type TYPE             "RSA 2048" (default), "RSA 3072", "RSA 4096", "EC P-256", "EC P-384"
  -o, --output NAME           writes NAME.csr and NAME.key. Default is client
  --force                     replaces files that are there already

NAME.csr goes to Mastercard. NAME.key stays with you: it is not encrypted, and your user alone can
read it.`,
  async run(args) {
    const { values } = readArguments(args, OPTIONS);
    const { country, output = "client", force } = values;
    const { csr, key } = await createCsr({
      commonName: commonName(values),
      organization: required("organization", values.organization),
      organizationalUnit: required("organizational-unit", values["organizational-unit"]),
      ...country !== undefined && { country },
    }, values["key-type"] === undefined ? {} : { keyType: values["key-type"] as CsrKeyType });
    await writePrivateFile(`${output}.key`, key, force);
    await writePrivateFile(`${output}.csr`, csr, force);
    console.log(`${output}.key is the private key; keep it, and keep it to yourself.
${output}.csr is the request: upload it to your project on Mastercard Developers, or in the Key
Management Portal. With the certificate that comes back:

  ${programName()} convert CERTIFICATE.pem --key ${output}.key -o ${output}.p12`);
    return ExitCode.ok;
  },
};

function commonName(
  { environment, cid, "common-name": own }: {
    environment?: string | undefined;
    cid?: string | undefined;
    "common-name"?: string | undefined;
  },
): string {
  if (own !== undefined) {
    if (environment === undefined && cid === undefined) return own;
    throw new UsageError("--common-name and --environment exclude each other.");
  }
  if (environment !== "sandbox" && environment !== "production") {
    throw new UsageError("--environment must be sandbox or production.");
  }
  return mastercardCommonName({ environment, ...cid !== undefined && { cid } });
}

function required(name: string, value: string | undefined): string {
  if (value !== undefined) return value;
  throw new UsageError(`--${name} NAME is missing.`);
}

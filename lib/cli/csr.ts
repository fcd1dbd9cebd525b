/**
 * `mc-mtls csr`: makes a private key and its certificate request.
 *
 * @module
 */
import { createCsr } from "../certificates/csr.ts";
import type { CsrKeyType } from "../certificates/csr_writer.ts";
import { mastercardCommonName } from "../mastercard/hosts.ts";
import { type Command, ExitCode, readArguments, UsageError } from "./command.ts";
import { writePrivateFile } from "./files.ts";
import { programName } from "./program.ts";
import { showText } from "../show.ts";

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

/** The command. */
export const command: Command = {
  summary: "Make a private key and the request for its certificate",
  usage: "--environment ENV --organization NAME --organizational-unit NAME [options]",
  example: "--environment sandbox --organization Example --organizational-unit Pay",
  help: `Options
  --environment ENV           make the common name by Mastercard's naming rule, for sandbox or
                              production
  --cid CID                   the company's verified customer identifier (000000)
  --common-name NAME          use this common name instead of --environment and --cid
  --organization NAME         the company
  --organizational-unit NAME  the name of your project on Mastercard Developers
  --country CC                the country, two letters (none)
  --key-type TYPE             "RSA 2048", "RSA 3072", "RSA 4096", "EC P-256" or "EC P-384"
                              ("RSA 2048")
  -o, --output NAME           write NAME.csr and NAME.key (client)
  --force                     replace files that already exist

Upload NAME.csr to Mastercard. Keep NAME.key secret: it is not encrypted, and only your user can
read it.`,
  async run(args) {
    const { values } = readArguments(args, OPTIONS);
    const { country, output = "client", force, "key-type": keyType } = values;
    const { csr, key } = await createCsr({
      commonName: readCommonName(values),
      ...readOrganization(values),
      ...country !== undefined && { country },
    }, { keyType: keyType as CsrKeyType | undefined });
    await writePrivateFile(`${output}.key`, key, force);
    await writePrivateFile(`${output}.csr`, csr, force);
    const name = showText(output);
    console.log(`Wrote the private key to ${name}.key; keep it secret
Wrote the request to ${name}.csr; upload it to your project on Mastercard Developers, or in the
Key Management Portal. When you have the certificate, run:

  ${programName()} convert CERTIFICATE.pem --key ${name}.key -o ${name}.p12`);
    return ExitCode.ok;
  },
};

interface NameValues {
  readonly environment?: string | undefined;
  readonly cid?: string | undefined;
  readonly "common-name"?: string | undefined;
  readonly organization?: string | undefined;
  readonly "organizational-unit"?: string | undefined;
}

function readCommonName({ environment, cid, "common-name": own }: NameValues): string {
  if (own !== undefined) {
    if (environment === undefined && cid === undefined) return own;
    throw new UsageError("Pass either --common-name, or --environment and --cid");
  }
  if (environment !== "sandbox" && environment !== "production") {
    throw new UsageError("--environment must be sandbox or production");
  }
  return mastercardCommonName({ environment, cid });
}

function readOrganization(
  { organization, "organizational-unit": organizationalUnit }: NameValues,
): { organization: string; organizationalUnit: string } {
  if (organization !== undefined && organizationalUnit !== undefined) {
    return { organization, organizationalUnit };
  }
  const missing = [
    ...organization === undefined ? ["--organization NAME"] : [],
    ...organizationalUnit === undefined ? ["--organizational-unit NAME"] : [],
  ];
  throw new UsageError(`Missing option: ${missing.join(", ")}`);
}

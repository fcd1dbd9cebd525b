/**
 * `mc-mtls csr`: makes a private key and its certificate request.
 *
 * @module
 */
import { createCsr } from "../certificates/csr.ts";
import type { CsrKeyType } from "../certificates/csr_writer.ts";
import process from "node:process";
import { mastercardCommonName } from "../mastercard/hosts.ts";
import { readArguments, type Refused, UsageError, type Values } from "./arguments.ts";
import { type Command, ExitCode } from "./command.ts";
import { writePrivateFiles } from "./files.ts";
import { oneLine, print, printError } from "./layout.ts";
import { programName } from "./program.ts";

const OPTIONS = {
  environment: { type: "string" },
  cid: { type: "string" },
  "common-name": { type: "string" },
  organization: { type: "string" },
  "organizational-unit": { type: "string" },
  country: { type: "string" },
  san: { type: "string", multiple: true },
  "key-type": { type: "string" },
  days: { type: "string" },
  output: { type: "string", short: "o" },
  print: { type: "boolean" },
  force: { type: "boolean" },
} as const;

/** Options of `openssl req` and `step certificate create`. */
const REFUSED: Refused = {
  subj: "name the parts with --common-name, --organization, --organizational-unit and --country",
  addext: "name the alternative names with --san",
  newkey: "choose the key with --key-type",
  x509: "the command makes a request, and a CA makes the certificate from it",
  "not-after": "the CA decides how long the certificate is valid",
};

/** The command. */
export const command: Command = {
  summary: "Make a private key and the request for its certificate",
  usage: "--common-name NAME | --environment ENV ... [options]",
  example: "--common-name payments.example --san payments.example -o payments",
  help: `For any CA
  --common-name NAME          the name of the client or server

For Mastercard
  --environment ENV           make the common name by Mastercard's naming rule, for sandbox or
                              production; needs --organization and --organizational-unit
  --cid CID                   the company's verified customer identifier (000000)

Options
  --organization NAME         the company
  --organizational-unit NAME  the unit; for Mastercard, the name of your project on Mastercard
                              Developers
  --country CC                the country, two letters (none)
  --san NAME                  an alternative name: a host, an IP address, an e-mail address or a
                              URI; repeat the option for more
  --key-type TYPE             "RSA 2048", "RSA 3072", "RSA 4096", "EC P-256" or "EC P-384"
                              ("RSA 2048")
  -o, --output NAME           write NAME.csr and NAME.key (client)
  --print                     print the request instead of writing NAME.csr
  --force                     replace files that already exist

Send NAME.csr to the CA. Keep NAME.key secret: it is not encrypted, and only your user can read it.
With a CA of your own, three programs make a .p12 in one line:

  ${programName()} csr --common-name me --print |
    openssl x509 -req -CA ca.pem -CAkey ca.key |
    ${programName()} convert - --key client.key -o client.p12`,
  async run(args) {
    const { values } = readArguments(args, OPTIONS, [], REFUSED);
    const { country, san, output = "client", force, "key-type": keyType } = values;
    const { organization, "organizational-unit": organizationalUnit } = values;
    const { csr, key } = await createCsr({
      commonName: readCommonName(values),
      organization,
      organizationalUnit,
      country,
    }, { keyType: keyType as CsrKeyType | undefined, names: san });
    const keyFile = { path: `${output}.key`, contents: key };
    const csrFile = { path: `${output}.csr`, contents: csr };
    await writePrivateFiles(values.print ? [keyFile] : [keyFile, csrFile], force);
    // The request is the only output of --print.
    const report = values.print ? printError : print;
    report(`Wrote the private key to ${oneLine(keyFile.path)}; keep it secret`);
    if (values.days !== undefined) {
      report("--days has no effect: the CA decides how long the certificate is valid");
    }
    if (values.print) process.stdout.write(csr);
    else report(describeNextStep(oneLine(output), values.environment !== undefined));
    return ExitCode.ok;
  },
};

function describeNextStep(output: string, isMastercard: boolean): string {
  const receiver = isMastercard
    ? "upload it to your project on Mastercard Developers, or in the Key Management Portal"
    : "send it to your CA";
  return `Wrote the request to ${output}.csr; ${receiver}
When you have the certificate, run:

  ${programName()} convert CERTIFICATE.pem --key ${output}.key -o ${output}.p12`;
}

function readCommonName(values: Values<typeof OPTIONS>): string {
  const { environment, cid, "common-name": own } = values;
  if (own !== undefined) {
    if (environment === undefined && cid === undefined) return own;
    throw new UsageError("Pass either --common-name, or --environment and --cid");
  }
  if (environment === undefined) {
    throw new UsageError("Missing option: --common-name NAME, or --environment for Mastercard");
  }
  if (environment !== "sandbox" && environment !== "production") {
    throw new UsageError("--environment must be sandbox or production");
  }
  // Mastercard requires both.
  const missing = (["organization", "organizational-unit"] as const)
    .filter((name) => values[name] === undefined);
  if (missing.length > 0) {
    const names = missing.map((name) => `--${name} NAME`).join(", ");
    throw new UsageError(`Missing option: ${names}`);
  }
  return mastercardCommonName({ environment, cid });
}

/**
 * `mc-mtls inspect`: shows the contents and problems of a key file.
 *
 * @module
 */
import process from "node:process";
import { inspectFiles, readEnvironment } from "../certificates/inspect.ts";
import { withAdvice } from "../identity/entry.ts";
import { readArguments } from "./arguments.ts";
import { type Command, ExitCode } from "./command.ts";
import {
  KEY_FILE_HELP,
  KEY_FILE_OPTIONS,
  readHttpsUrl,
  REFUSED_PASSPHRASES,
  withCredentials,
} from "./credentials.ts";
import { readInput } from "./files.ts";
import { checkChain } from "./inspect_chain.ts";
import {
  areCas,
  detectContent,
  inspectCas,
  type Inspection,
  inspectRequest,
  readCertificates,
} from "./inspect_others.ts";
import { formatReport } from "./inspect_report.ts";
import { formatJson, print } from "./layout.ts";

const OPTIONS = {
  ...KEY_FILE_OPTIONS,
  ca: { type: "string" },
  cacert: { type: "string" },
  url: { type: "string" },
  environment: { type: "string" },
  json: { type: "boolean" },
} as const;

/** The command. */
export const command: Command = {
  summary: "Show the contents and problems of a key file",
  usage: "FILE [options]",
  example: "client.p12 --url https://services.mastercard.com",
  help: `FILE is a .p12, a Java keystore (.jks), a certificate or a chain, CA certificates, or a
certificate request, as PEM or DER; - is standard input.

Options
${KEY_FILE_HELP}
  --ca, --cacert FILE     verify the chain against these CA certificates
  --url URL               check the certificate for this URL; Mastercard's hosts accept only some
                          issuers (any URL, whose rules are unknown)
  --environment ENV       check the certificate for Mastercard's sandbox or production (not for
                          Mastercard)
  --json                  print the report as JSON

The exit code is 1 if there is a problem. A certificate without its private key is no problem
unless --key names a file, or FILE is a .p12.`,
  async run(args) {
    const { values, positionals: [file = ""] } = readArguments(
      args,
      OPTIONS,
      ["FILE"],
      REFUSED_PASSPHRASES,
    );
    const url = values.url === undefined ? undefined : readHttpsUrl(values.url);
    const environment = readEnvironment(values.environment);
    const contents = await readInput(file);
    const ca = values.ca ?? values.cacert;
    const { text, json, hasProblem } = await withAdvice("command line", () => {
      return inspectContents(contents, { file, url, environment, ca }, values);
    });
    if (values.json) process.stdout.write(`${formatJson(json)}\n`);
    else print(text);
    return hasProblem ? ExitCode.problem : ExitCode.ok;
  },
};

interface Question {
  readonly file: string;
  readonly url: URL | undefined;
  readonly environment: ReturnType<typeof readEnvironment>;
  readonly ca: string | undefined;
}

async function inspectContents(
  contents: Uint8Array<ArrayBuffer>,
  { file, url, environment, ca }: Question,
  values: Parameters<typeof withCredentials>[1],
): Promise<Inspection> {
  const now = new Date();
  const content = await detectContent(contents);
  if ("request" in content) return await inspectRequest(content.request);
  const mayLackKey = !content.isStore && values.key === undefined;
  if (mayLackKey && ca === undefined) {
    const { certificates, hasKey } = await readCertificates(contents, "the file");
    if (!hasKey && await areCas(certificates)) return await inspectCas(certificates, now);
  }
  const { report, verification } = await withCredentials(file, values, async (files) => {
    const report = await inspectFiles(files, { url, environment, now }, "command line");
    const { fingerprint } = report.leaf;
    const verification = ca === undefined
      ? undefined
      : await checkChain(files, fingerprint, ca, now);
    return { report, verification };
  }, contents);
  // A chain that is complete with the CAs of --ca is complete.
  const isVerified = verification !== undefined && verification.problem === undefined;
  const problems = report.problems.filter(({ code }) =>
    !(mayLackKey && code === "no_private_key") && !(isVerified && code === "incomplete_chain")
  );
  const hasProblem = problems.length > 0 || verification?.problem !== undefined;
  return {
    text: formatReport({ ...report, problems }, verification, now),
    json: { ...report, problems, ...verification && { verification } },
    hasProblem,
  };
}

import { type CredentialReport, inspectFiles } from "../certificates/inspect.ts";
import { daysText, ENVIRONMENTS } from "../certificates/problems.ts";
import { type Command, ExitCode, readArguments } from "./command.ts";
import { KEY_FILE_HELP, KEY_FILE_OPTIONS, readUrl, withCredentials } from "./credentials.ts";
import { table } from "./terminal.ts";

const OPTIONS = {
  ...KEY_FILE_OPTIONS,
  url: { type: "string" },
  json: { type: "boolean" },
} as const;

/** `mc-mtls inspect` */
export const command: Command = {
  summary: "Shows what a key file holds, and what is wrong with it",
  usage: "FILE [options]",
  help: `FILE is a .p12, or a certificate as PEM or DER.

Options
${KEY_FILE_HELP}
  --url URL               where the certificate is to be presented
  --json                  the same for programs

The exit code is 1 where there is a problem, so that a monitor can run it every day.`,
  async run(args) {
    const { values, positionals } = readArguments(args, OPTIONS, ["FILE"]);
    const url = values.url === undefined ? undefined : readUrl(values.url);
    const report = await withCredentials(
      positionals[0]!,
      values,
      (files) => inspectFiles(files, url, new Date(), "command line"),
    );
    console.log(values.json ? JSON.stringify(report, undefined, 2) : describe(report));
    return report.problems.length === 0 ? ExitCode.ok : ExitCode.problem;
  },
};

function describe(report: CredentialReport): string {
  const { leaf, daysLeft, environment, chain, problems } = report;
  const days = daysText(Math.abs(daysLeft));
  const rows: [string, string][] = [
    ["Subject", leaf.subject],
    ["Issuer", leaf.issuer],
    ["Serial number", leaf.serialNumber],
    ["Valid from", dateText(leaf.notBefore)],
    ["Valid until", `${dateText(leaf.notAfter)}, ${days} ${daysLeft < 0 ? "ago" : "from now"}`],
    ["SHA-256", leaf.fingerprint],
    ["Key", leaf.keyType],
    ["Signature", leaf.signatureAlgorithm],
    ["Key usage", leaf.keyUsages.join(", ") || "(not said)"],
    ["Purpose", leaf.extendedKeyUsages.join(", ") || "(not said)"],
    ["Names", leaf.names.join(", ") || "(none)"],
    ["For", environment === undefined ? "(not Mastercard)" : ENVIRONMENTS[environment]],
    ...chain.map(({ subject }, i): [string, string] => [i === 0 ? "Chain" : "", subject]),
  ];
  const found = problems.map(({ code, message }): [string, string] => [`  ${code}`, message]);
  return `${table(rows)}\n\n${found.length === 0 ? "No problems." : `Problems:\n${table(found)}`}`;
}

function dateText(date: Date): string {
  return date.toISOString().replace("T", " ").replace(/\.\d+Z$/, " UTC");
}

import { type CredentialReport, inspectCredentials } from "../certificates/inspect.ts";
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
    const url = values.url === undefined ? {} : { url: readUrl(values.url) };
    const report = await withCredentials(
      positionals[0]!,
      values,
      (credentials) => inspectCredentials(credentials, url),
    );
    console.log(values.json ? JSON.stringify(report, undefined, 2) : describe(report));
    return report.problems.length === 0 ? ExitCode.ok : ExitCode.problem;
  },
};

const ENVIRONMENTS = { sandbox: "Mastercard's sandbox", production: "Mastercard's production" };

function describe(report: CredentialReport): string {
  const { notBefore, notAfter, daysLeft, environment, chain, problems } = report;
  const days = Math.abs(daysLeft) === 1 ? "1 day" : `${Math.abs(daysLeft)} days`;
  const rows: [string, string][] = [
    ["Subject", report.subject],
    ["Issuer", report.issuer],
    ["Serial number", report.serialNumber],
    ["Valid from", dateText(notBefore)],
    ["Valid until", `${dateText(notAfter)}, ${days} ${daysLeft < 0 ? "ago" : "from now"}`],
    ["SHA-256", report.fingerprint],
    ["Key", report.keyType],
    ["Signature", report.signatureAlgorithm],
    ["Key usage", report.keyUsages.join(", ") || "(not said)"],
    ["Purpose", report.extendedKeyUsages.join(", ") || "(not said)"],
    ["Names", report.names.join(", ") || "(none)"],
    ["For", environment === undefined ? "(not Mastercard)" : ENVIRONMENTS[environment]],
    ...chain.map(({ subject }, i): [string, string] => [i === 0 ? "Chain" : "", subject]),
  ];
  const found = problems.map(({ code, message }): [string, string] => [`  ${code}`, message]);
  return `${table(rows)}\n\n${found.length === 0 ? "No problems." : `Problems:\n${table(found)}`}`;
}

function dateText(date: Date): string {
  return date.toISOString().replace("T", " ").replace(/\.\d+Z$/, " UTC");
}

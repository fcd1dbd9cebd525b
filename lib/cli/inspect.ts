/**
 * `mc-mtls inspect`: shows the contents and problems of a key file.
 *
 * @module
 */
import { type CredentialReport, inspectFiles, readEnvironment } from "../certificates/inspect.ts";
import { formatDays } from "../certificates/problems.ts";
import { ENVIRONMENT_NAMES } from "../mastercard/hosts.ts";
import { type Command, ExitCode, readArguments } from "./command.ts";
import { KEY_FILE_HELP, KEY_FILE_OPTIONS, readHttpsUrl, withCredentials } from "./credentials.ts";
import { formatTable } from "./terminal.ts";

const OPTIONS = {
  ...KEY_FILE_OPTIONS,
  url: { type: "string" },
  environment: { type: "string" },
  json: { type: "boolean" },
} as const;

/** The command. */
export const command: Command = {
  summary: "Show the contents and problems of a key file",
  usage: "FILE [options]",
  example: "client.p12 --url https://services.mastercard.com",
  help: `FILE is a .p12, a Java keystore (.jks), or a certificate as PEM or DER.

Options
${KEY_FILE_HELP}
  --url URL               check the certificate for this URL; Mastercard's hosts accept only some
                          issuers (any URL, whose rules are unknown)
  --environment ENV       check the certificate for Mastercard's sandbox or production (not for
                          Mastercard)
  --json                  print the report as JSON

The exit code is 1 if there is a problem. A monitor can run this command every day.`,
  async run(args) {
    const { values, positionals: [file = ""] } = readArguments(args, OPTIONS, ["FILE"]);
    const url = values.url === undefined ? undefined : readHttpsUrl(values.url);
    const environment = readEnvironment(values.environment);
    const report = await withCredentials(
      file,
      values,
      (files) => inspectFiles(files, { url, environment, now: new Date() }, "command line"),
    );
    console.log(values.json ? JSON.stringify(report, undefined, 2) : formatReport(report));
    return report.problems.length === 0 ? ExitCode.ok : ExitCode.problem;
  },
};

function formatReport(report: CredentialReport): string {
  const { leaf, daysLeft, environment, chain, problems } = report;
  const days = formatDays(Math.abs(daysLeft));
  const rows: [string, string][] = [
    ["Subject", leaf.subject],
    ["Issuer", leaf.issuer],
    ["Serial number", leaf.serialNumber],
    ["Valid from", formatTime(leaf.notBefore)],
    ["Valid until", `${formatTime(leaf.notAfter)}, ${days} ${daysLeft < 0 ? "ago" : "from now"}`],
    ["SHA-256", leaf.fingerprint],
    ["Key", leaf.keyType],
    ["Signature", leaf.signatureAlgorithm],
    ["Key usage", leaf.keyUsages.join(", ") || "(not stated)"],
    ["Purpose", leaf.extendedKeyUsages.join(", ") || "(not stated)"],
    ["Names", leaf.names.join(", ") || "(none)"],
    ["For", environment === undefined ? "(not Mastercard)" : ENVIRONMENT_NAMES[environment]],
    ...chain.map(({ subject }, i): [string, string] => [i === 0 ? "Chain" : "", subject]),
  ];
  const found = problems.map(({ code, message }): [string, string] => [`  ${code}`, message]);
  const verdict = found.length === 0 ? "No problems." : `Problems:\n${formatTable(found)}`;
  return `${formatTable(rows)}\n\n${verdict}`;
}

function formatTime(date: Date): string {
  return date.toISOString().replace("T", " ").replace(/\.\d+Z$/, " UTC");
}

/**
 * Formats the report of `mc-mtls inspect`.
 *
 * @module
 */
import process from "node:process";
import type { CertificateDetails } from "../certificates/details.ts";
import type { CredentialReport } from "../certificates/inspect.ts";
import { formatDays } from "../certificates/problems.ts";
import type { ChainVerdict } from "../certificates/verify_chain.ts";
import { ENVIRONMENT_NAMES } from "../mastercard/hosts.ts";
import { formatTable, formatTime, oneLine, paint, readColumns } from "./layout.ts";

/** Formats a report, and the verification against `--ca`. */
export function formatReport(
  report: CredentialReport,
  verification: ChainVerdict | undefined,
  now: Date,
): string {
  const { leaf, daysLeft, environment, chain } = report;
  const bar = formatBar(leaf, now);
  const rows: [string, string][] = [
    ["Subject", leaf.subject],
    ["Issuer", leaf.issuer],
    ["Serial number", leaf.serialNumber],
    ["Valid from", formatTime(leaf.notBefore)],
    ["Valid until", formatEnd(leaf.notAfter, daysLeft)],
    ...bar === "" ? [] : [["Time used", bar] satisfies [string, string]],
    ["SHA-256", leaf.fingerprint],
    ["Key", leaf.keyType],
    ["Signature", leaf.signatureAlgorithm],
    ["Key usage", leaf.keyUsages.join(", ") || "(not stated)"],
    ["Purpose", leaf.extendedKeyUsages.join(", ") || "(not stated)"],
    ["Names", leaf.names.join(", ") || "(none)"],
    ["For", environment === undefined ? "(not Mastercard)" : ENVIRONMENT_NAMES[environment]],
    ...chain.map(({ subject }, i): [string, string] => [i === 0 ? "Chain" : "", subject]),
  ];
  if (verification?.problem === undefined && verification !== undefined) {
    rows.push(["Verified by", verification.path.at(-1) ?? ""]);
  }
  return `${formatTable(rows)}\n\n${formatProblems(report, verification)}`;
}

/** Formats the end of a validity, with the days until then. */
export function formatEnd(notAfter: Date, daysLeft: number): string {
  const days = formatDays(Math.abs(daysLeft));
  return `${formatTime(notAfter)}, ${days} ${daysLeft < 0 ? "ago" : "from now"}`;
}

function formatProblems(
  { problems }: CredentialReport,
  verification: ChainVerdict | undefined,
): string {
  const found = problems.map(({ code, severity, message }) => ({ code, severity, message }));
  const untrusted = verification?.problem;
  const all: { code: string; severity: string; message: string }[] = untrusted === undefined
    ? found
    : [...found, { code: "untrusted_chain", severity: "error", message: untrusted }];
  if (all.length === 0) return paint("No problems.", "green");
  const width = Math.max(...all.map(({ code }) => code.length));
  const lines = all.map(({ code, severity, message }) => {
    const shown = paint(code, severity === "error" ? "red" : "yellow");
    return `  ${shown}${" ".repeat(width - code.length + 2)}${oneLine(message)}`;
  });
  return ["Problems:", ...lines].join("\n");
}

/** The width of the bar, in columns. */
const BAR_WIDTH = 20;

/** Shows at a terminal how much of a certificate's validity has passed. */
function formatBar({ notBefore, notAfter }: CertificateDetails, now: Date): string {
  if (readColumns(process.stdout) === undefined) return "";
  const total = notAfter.getTime() - notBefore.getTime();
  const share = Math.min(1, Math.max(0, (now.getTime() - notBefore.getTime()) / total));
  if (Number.isNaN(share)) return "";
  const bar = "=".repeat(Math.round(BAR_WIDTH * share)).padEnd(BAR_WIDTH, "-");
  return `[${bar}] ${Math.floor(100 * share)} %`;
}

/**
 * `mc-mtls fetch --verbose`: the handshake and the headers, with curl's marks.
 *
 * @module
 */
import process from "node:process";
import { describeCertificate } from "../certificates/details.ts";
import { describeHandshake, type Handshake } from "../fetch/handshake.ts";
import { openFiles } from "../fetch/settings.ts";
import type { CertKeyCredentials } from "../identity/credentials.ts";
import { checkFiles } from "./credentials.ts";
import { readCertificates } from "./inspect_others.ts";
import { formatTime, oneLine, paint, printError, replaceControls } from "./layout.ts";

/** Headers whose values are secrets. */
const SECRETS = /^((proxy-)?authorization|(set-)?cookie)$/;

/** Prints the handshake with the server, and the request. */
export async function printRequest(
  url: URL,
  { method, headers }: { readonly method: string; readonly headers: Headers },
  credentials: CertKeyCredentials,
): Promise<void> {
  await printHandshake(url, credentials);
  printLines(">", [`${method} ${url.pathname}${url.search} HTTP/1.1`, `host: ${url.host}`]);
  printLines(">", formatHeaders(headers));
}

/** Prints the status and the headers of a response. */
export function printResponse(response: Response): void {
  printLines("<", [formatStatus(response), ...formatHeaders(response.headers)]);
}

/** Formats the status and the headers as `-i` prints them. */
export function formatHead(response: Response): string {
  const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`);
  const lines = [formatStatus(response), ...headers].map(replaceControls);
  return `${lines.join("\n")}\n\n`;
}

function formatStatus({ status, statusText }: Response): string {
  return `HTTP ${status} ${statusText}`.trimEnd();
}

function formatHeaders(headers: Headers): string[] {
  return [...headers].map(([name, value]) =>
    `${name}: ${SECRETS.test(name) ? "(not shown)" : value}`
  );
}

function printLines(mark: string, lines: readonly string[]): void {
  for (const line of lines) {
    printError(`${paint(mark, "dim", process.stderr)} ${oneLine(line)}`);
  }
}

/** The most CAs that are named. A server of a government names hundreds. */
const MAX_AUTHORITIES = 5;

/**
 * Prints what the server says in a handshake. No runtime shows the handshake of a request, so this
 * is another one, before the request and on the same way.
 */
async function printHandshake(url: URL, credentials: CertKeyCredentials): Promise<void> {
  const settings = await openFiles(checkFiles(credentials));
  const { version, cipher, chain, request, isSent } = await describeHandshake(url, settings);
  if (version === undefined) {
    return printLines("*", ["The handshake with the server cannot be observed."]);
  }
  const lines = [`${version}${cipher === undefined ? "" : `, ${cipher}`}`];
  chain.forEach(({ subject, issuer, notAfter }, i) => {
    const name = i === 0 ? "Server certificate" : `Server's chain ${i}`;
    lines.push(`${name}: ${subject}, issued by ${issuer}, valid until ${formatTime(notAfter)}`);
  });
  printLines("*", [...lines, ...describeRequest(request), await describeSent(credentials, isSent)]);
}

function describeRequest(request: Handshake["request"]): string[] {
  if (request === undefined) return ["Whether the server asks for a certificate is not known."];
  if (request === null) return ["The server asks for no client certificate in the handshake."];
  const { authorities, signatures } = request;
  const named = authorities.slice(0, MAX_AUTHORITIES).join("; ");
  const more = authorities.length - MAX_AUTHORITIES;
  return [
    "The server asks for a client certificate" +
    (named === "" ? "." : `, issued by: ${named}${more > 0 ? `; and ${more} others` : ""}`),
    ...signatures.length === 0 ? [] : [`It accepts the signatures ${signatures.join(", ")}`],
  ];
}

async function describeSent(
  { cert }: CertKeyCredentials,
  isSent: boolean | undefined,
): Promise<string> {
  const { certificates: [leaf] } = await readCertificates(
    new TextEncoder().encode(String(cert)), // PEM; see `openCredentials`
    "the client certificate",
  );
  if (leaf === undefined) return "There is no client certificate.";
  const { subject, issuer, notAfter } = await describeCertificate(leaf);
  const verb = isSent === undefined ? "ready" : isSent ? "sent" : "not sent";
  return `Client certificate, ${verb}: ${subject}, issued by ${issuer}, valid until ` +
    formatTime(notAfter);
}

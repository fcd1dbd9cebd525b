/**
 * `mc-mtls fetch`: sends a request, with the options of curl.
 *
 * @module
 */
import process from "node:process";
import { text } from "node:stream/consumers";
import { createMcFetch } from "../fetch/fetch.ts";
import type { CertKeyCredentials } from "../identity/credentials.ts";
import { type Command, ExitCode, readArguments, UsageError } from "./command.ts";
import {
  CONNECTION_HELP,
  CONNECTION_OPTIONS,
  openCredentials,
  readHttpsUrl,
} from "./credentials.ts";
import { saveBody } from "./download.ts";
import { readInput, readInputText } from "./files.ts";
import { readRefusal } from "./refusal.ts";
import { showLine } from "./terminal.ts";

const OPTIONS = {
  ...CONNECTION_OPTIONS,
  request: { type: "string", short: "X" },
  header: { type: "string", short: "H", multiple: true },
  data: { type: "string", short: "d", multiple: true },
  include: { type: "boolean", short: "i" },
  output: { type: "string", short: "o" },
} as const;

/** The command. */
export const command: Command = {
  summary: "Send a request with the certificate, with curl's options",
  usage: "URL --cert FILE [options]",
  example: "https://services.mastercard.com/petstore --cert client.p12",
  help: `Options
${CONNECTION_HELP}
  -X, --request METHOD    use this method (GET, or POST with --data)
  -H, --header "N: V"     send this header; repeat the option for more headers
  -d, --data TEXT         send this body; @FILE sends a file, and @- standard input. Repeat the
                          option to join several with &
  -i, --include           print the status and headers before the body
  -o, --output FILE       write the body to FILE

The command follows redirects within the origin of URL. The exit code is 1 for a status of 400 or
more.`,
  async run(args) {
    const { values, positionals: [address = ""] } = readArguments(args, OPTIONS, ["URL"]);
    const url = readHttpsUrl(address);
    const init = await readRequest(values);
    const credentials = await openCredentials(values);
    const fetch = createMcFetch(credentials);
    try {
      const response = await fetch(url, init);
      return await printResponse(response, values, credentials, url);
    } finally {
      await fetch.close();
    }
  },
};

/** Prints the response, and explains it if it is an error. Returns the exit code. */
async function printResponse(
  response: Response,
  { include, output }: {
    readonly include?: boolean | undefined;
    readonly output?: string | undefined;
  },
  credentials: CertKeyCredentials,
  url: URL,
): Promise<number> {
  if (include) process.stdout.write(formatHead(response));
  const failed = response.status >= 400;
  const { lines } = failed ? await readRefusal(response, credentials, url) : { lines: [] };
  await saveBody(response, output);
  if (!failed) return ExitCode.ok;
  const { status, statusText } = response;
  const head = `The server answered ${status} ${statusText}`.trimEnd();
  console.error(["", head, ...lines].map(showLine).join("\n"));
  return ExitCode.problem;
}

async function readRequest(
  { request, header = [], data }: {
    readonly request?: string | undefined;
    readonly header?: readonly string[] | undefined;
    readonly data?: readonly string[] | undefined;
  },
): Promise<RequestInit> {
  const headers = new Headers();
  for (const line of header) {
    const [, name, value] = /^([^:\s]+):\s*(.*)$/.exec(line) ?? [];
    try {
      headers.append(name ?? "", value ?? "");
    } catch { // The message does not show the header: it may be a secret.
      throw new UsageError('--header must have the form "Name: value"');
    }
  }
  if (data === undefined) return { headers, ...request !== undefined && { method: request } };
  if (!headers.has("content-type")) {
    headers.set("content-type", "application/x-www-form-urlencoded"); // curl's default
  }
  const body = await readData(data);
  return { headers, body, method: request ?? "POST" };
}

/** Reads the body. A single file is sent byte for byte. */
async function readData(data: readonly string[]): Promise<string | Uint8Array<ArrayBuffer>> {
  const [first = ""] = data;
  if (data.length === 1 && isFile(first)) return await readInput(first.slice(1));
  const parts: string[] = [];
  for (const part of data) {
    if (part === "@-") parts.push(await text(process.stdin));
    else parts.push(isFile(part) ? await readInputText(part.slice(1)) : part);
  }
  return parts.join("&");
}

function isFile(part: string): boolean {
  return part.startsWith("@") && part !== "@-";
}

function formatHead({ status, statusText, headers }: Response): string {
  const lines = [...headers].map(([name, value]) => `${showLine(`${name}: ${value}`)}\n`);
  return showLine(`HTTP ${status} ${statusText}`.trimEnd()) + `\n${lines.join("")}\n`;
}

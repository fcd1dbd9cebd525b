import process from "node:process";
import { text } from "node:stream/consumers";
import { createMcFetch } from "../fetch/fetch.ts";
import type { CertKeyCredentials } from "../identity/credentials.ts";
import { type Command, ExitCode, readArguments, UsageError } from "./command.ts";
import { CONNECTION_HELP, CONNECTION_OPTIONS, openCredentials, readUrl } from "./credentials.ts";
import { saveBody } from "./download.ts";
import { readInput } from "./files.ts";
import { readRefusal } from "./refusal.ts";
import { clean } from "./terminal.ts";

const OPTIONS = {
  ...CONNECTION_OPTIONS,
  request: { type: "string", short: "X" },
  header: { type: "string", short: "H", multiple: true },
  data: { type: "string", short: "d", multiple: true },
  include: { type: "boolean", short: "i" },
  output: { type: "string", short: "o" },
} as const;

/** `mc-mtls fetch` */
export const command: Command = {
  summary: "Sends a request with the certificate, with curl's options",
  usage: "URL --cert FILE [options]",
  help: `Options
${CONNECTION_HELP}
  -X, --request METHOD    default is GET, and POST with --data
  -H, --header "N: V"     a header; may be given several times
  -d, --data TEXT         the body; @FILE is that file's contents, @- what comes in. Several are
                          joined with &
  -i, --include           shows status and headers before the body
  -o, --output FILE       writes the body to a file

Redirects are followed within the origin of URL. The exit code is 1 for a status from 400 up.`,
  async run(args) {
    const { values, positionals } = readArguments(args, OPTIONS, ["URL"]);
    const url = readUrl(positionals[0]!);
    const init = await readRequest(values);
    const credentials = await openCredentials(url, values);
    const fetch = createMcFetch(credentials);
    try {
      const response = await fetch(url, init);
      return await report(response, values, credentials, url);
    } finally {
      await fetch.close();
    }
  },
};

/** Writes the response, and says what the server has against the request. */
async function report(
  response: Response,
  { include, output }: {
    readonly include?: boolean | undefined;
    readonly output?: string | undefined;
  },
  credentials: CertKeyCredentials,
  url: URL,
): Promise<number> {
  if (include) process.stdout.write(describeHead(response));
  const failed = response.status >= 400;
  const { lines } = failed ? await readRefusal(response, credentials, url) : { lines: [] };
  await saveBody(response, output);
  if (!failed) return ExitCode.ok;
  const { status, statusText } = response;
  const head = `The server answered ${status} ${statusText}`.trimEnd();
  console.error(clean(["", head, ...lines].join("\n")));
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
    } catch { // nothing of it is shown, since it may be a secret in the wrong place
      throw new UsageError('--header takes a header, as in "Name: value".');
    }
  }
  if (data === undefined) return { headers, ...request !== undefined && { method: request } };
  if (!headers.has("content-type")) {
    headers.set("content-type", "application/x-www-form-urlencoded"); // curl's default
  }
  const body = await readData(data);
  return { headers, body, method: request ?? "POST" };
}

/** One file goes out as it is, whatever octets it has. */
async function readData(data: readonly string[]): Promise<string | Uint8Array<ArrayBuffer>> {
  const [only] = data;
  if (data.length === 1 && only!.startsWith("@") && only !== "@-") {
    return await readInput(only!.slice(1));
  }
  const parts: string[] = [];
  for (const part of data) {
    if (part === "@-") parts.push(await text(process.stdin));
    else {parts.push(
        part.startsWith("@") ? new TextDecoder().decode(await readInput(part.slice(1))) : part,
      );}
  }
  return parts.join("&");
}

function describeHead({ status, statusText, headers }: Response): string {
  const lines = [...headers].map(([name, value]) => `${name}: ${value}\n`);
  return `HTTP ${status} ${statusText}`.trimEnd() + `\n${lines.join("")}\n`;
}

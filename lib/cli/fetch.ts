/**
 * `mc-mtls fetch`: sends a request, with the options of curl.
 *
 * @module
 */
import process from "node:process";
import { McFetchError } from "../errors.ts";
import { createMcFetch } from "../fetch/fetch.ts";
import { readArguments, UsageError, type Values } from "./arguments.ts";
import { type Command, ExitCode } from "./command.ts";
import {
  CONNECTION_HELP,
  CONNECTION_OPTIONS,
  openCredentials,
  readHttpsUrl,
  REFUSED_PASSPHRASES,
} from "./credentials.ts";
import { NO_EFFECT, REFUSED_OPTIONS } from "./curl_options.ts";
import { isTimeout, saveBody } from "./download.ts";
import { findExitCode } from "./exit_codes.ts";
import { paint, printError, replaceControls } from "./layout.ts";
import { OutputFile } from "./output.ts";
import { readRefusal } from "./refusal.ts";
import { readRequest, REQUEST_OPTIONS } from "./request.ts";
import { formatHead, printRequest, printResponse } from "./verbose.ts";

const OPTIONS = {
  ...CONNECTION_OPTIONS,
  ...REQUEST_OPTIONS,
  ...NO_EFFECT,
  include: { type: "boolean", short: "i" },
  output: { type: "string", short: "o" },
  fail: { type: "boolean", short: "f" },
  "max-time": { type: "string", short: "m" },
  silent: { type: "boolean", short: "s" },
  "show-error": { type: "boolean", short: "S" },
  verbose: { type: "boolean", short: "v" },
} as const;

type FetchValues = Values<typeof OPTIONS>;

/** The command. */
export const command: Command = {
  summary: "Send a request with the certificate, with curl's options",
  usage: "URL --cert FILE [options]",
  example: "https://services.mastercard.com/petstore --cert client.p12",
  help: `Options
${CONNECTION_HELP}
  -X, --request METHOD    use this method (GET, or POST with a body)
  -H, --header "N: V"     send this header; repeat the option for more headers
  -u, --user NAME:PASS    send a name and a password; asks for the password if there is none
  -d, --data TEXT         send this body. @FILE sends a file without its line breaks, @- standard
                          input. Repeat the option to join several with &
  --data-binary TEXT      the same, with the file as it is
  --data-raw TEXT         the same, without a meaning for @
  --data-urlencode TEXT   the same, percent-encoded
  --json TEXT             send this body as JSON; @FILE sends a file
  -F, --form NAME=TEXT    send a form with this field; NAME=@FILE sends a file
  -T, --upload-file FILE  send this file with PUT; - is standard input
  -G, --get               put the data into the URL
  -I, --head              send a HEAD request, and print the headers
  -i, --include           print the status and headers before the body
  -o, --output FILE       write the body to FILE; the file gets its name when it is complete
  -f, --fail              print no body for a status of 400 or more
  -m, --max-time SECONDS  end the request after this time (no limit)
  -s, --silent            print no progress and no messages; -S prints messages all the same
  -v, --verbose           show the handshake and the headers

The command follows redirects within the origin of URL, as curl with -L, and always verifies the
server. The exit code is 1 for a status of 400 or more.`,
  async run(args) {
    const refused = { ...REFUSED_PASSPHRASES, ...REFUSED_OPTIONS };
    const { values, positionals: [address = ""] } = readArguments(args, OPTIONS, ["URL"], refused);
    try {
      return await sendRequest(readHttpsUrl(address), values);
    } catch (error) {
      // As with curl, -s hides failures, but not mistakes in the arguments.
      const isHidden = values.silent && !values["show-error"] && !(error instanceof UsageError);
      if (!isHidden) throw error;
      return findExitCode(error);
    }
  },
};

async function sendRequest(given: URL, values: FetchValues): Promise<number> {
  const limit = readMaxTime(values["max-time"]);
  const { url, init } = await readRequest(given, values);
  const credentials = await openCredentials(values);
  const { output } = values;
  const file = output === undefined || output === "-" ? undefined : await OutputFile.open(output);
  const fetch = createMcFetch(credentials);
  try {
    if (values.verbose) await printRequest(url, init, credentials);
    const signal = limit === undefined ? null : AbortSignal.timeout(limit * 1000);
    const response = await fetch(url, { ...init, signal });
    if (values.verbose) printResponse(response);
    const failed = response.status >= 400;
    const { lines } = failed ? await readRefusal(response, credentials, url) : { lines: [] };
    await saveResponse(response, values, file);
    if (!failed) return ExitCode.ok;
    if (!values.silent || values["show-error"]) reportStatus(response, lines);
    return ExitCode.problem;
  } catch (error) {
    if (limit === undefined || !isTimeout(error)) throw error;
    const message = `Cannot finish the request: it takes longer than ${limit} s; ` +
      "raise --max-time, or check the server";
    throw new McFetchError("connection_failed", message, { cause: error });
  } finally {
    await file?.close();
    await fetch.close();
  }
}

/** Prints or saves the headers that were asked for, and the body. */
async function saveResponse(
  response: Response,
  { include, head, fail, silent = false, output }: FetchValues,
  file: OutputFile | undefined,
): Promise<void> {
  if (include || head) {
    const text = formatHead(response);
    if (file === undefined) process.stdout.write(text);
    else await file.write(new TextEncoder().encode(text));
  }
  if (fail && response.status >= 400) await response.body?.cancel();
  else await saveBody(response, file, { isSilent: silent, isRaw: output === "-" });
}

function reportStatus({ status, statusText }: Response, lines: readonly string[]): void {
  const head = `The server answered ${status} ${statusText}`.trimEnd();
  const [first, ...rest] = [head, ...lines].map(replaceControls);
  printError(["", paint(first ?? "", "red", process.stderr), ...rest].join("\n"));
}

function readMaxTime(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  // 24 days, the longest time of a timer.
  if (/^\d{1,7}(\.\d+)?$/.test(text) && Number(text) > 0 && Number(text) < 2_000_000) {
    return Number(text);
  }
  throw new UsageError("--max-time must be a number of seconds, such as 10 or 2.5");
}

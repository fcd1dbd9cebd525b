/**
 * `mc-mtls check`: opens a connection step by step, and shows which step fails.
 *
 * @module
 */
import { lookup } from "node:dns/promises";
import { connect } from "node:net";
import { McFetchError } from "../errors.ts";
import { toMcFetchError } from "../fetch/failures.ts";
import { createMcFetch } from "../fetch/fetch.ts";
import { describeHandshake, type Handshake } from "../fetch/handshake.ts";
import type { ClientSettings } from "../fetch/runtime/client.ts";
import {
  describeProxyAddress,
  findProxy,
  type ProxyChoice,
} from "../fetch/runtime/proxy_choice.ts";
import { showText } from "../show.ts";
import { findRuntime } from "../fetch/runtime/find.ts";
import { openSocket } from "../fetch/runtime/handshake.ts";
import { hostOf } from "../fetch/runtime/host.ts";
import { openFiles } from "../fetch/settings.ts";
import type { CertKeyCredentials } from "../identity/credentials.ts";
import { isProxyUrl } from "../identity/proxy_url.ts";
import { readArguments } from "./arguments.ts";
import { judgeCertificate } from "./check_certificate.ts";
import { type Command, ExitCode } from "./command.ts";
import {
  checkFiles,
  CONNECTION_HELP,
  CONNECTION_OPTIONS,
  openCredentials,
  readHttpsUrl,
} from "./credentials.ts";
import { formatTime } from "./layout.ts";
import { readRefusal } from "./refusal.ts";
import { type Relay, startRelay } from "./relay.ts";
import { type StepName, Steps } from "./steps.ts";
import { describeError } from "./words.ts";

/** The time limit of each step, in milliseconds. */
const TIME_LIMIT = 15_000;

/** Characters of a response that are searched for the server's verdict. */
const MAX_ANSWER = 64 * 1024;

/** The command. */
export const command: Command = {
  summary: "Open a connection step by step, and show which step fails",
  usage: "URL --cert FILE [options]",
  example: "https://services.mastercard.com --cert client.p12",
  help:
    `The last step sends a GET request to URL. The step "client certificate" fails if the server did
not ask for one, or rejects it. The connection passes with any status.

Options
${CONNECTION_HELP}`,
  async run(args) {
    const { values, positionals: [address = ""] } = readArguments(args, CONNECTION_OPTIONS, [
      "URL",
    ]);
    const url = readHttpsUrl(address);
    const credentials = await openCredentials(values);
    const settings = await openFiles(checkFiles(credentials));
    // The runtime's adapter checks the certificate and its key before TLS gets them.
    (await (await findRuntime())(settings)).close();
    const steps = new Steps();
    let handshake: Handshake | undefined;
    try {
      await connectTo(url, settings, steps);
      handshake = await describeHandshake(url, settings, TIME_LIMIT);
      await sendRequest(url, credentials, settings, handshake, steps);
    } catch (error) {
      const failure = error instanceof McFetchError
        ? error
        : await toMcFetchError(error, url, settings);
      passHandshake(failure, handshake, steps);
      steps.fail(findStep(failure, handshake, steps), describeError(failure));
    }
    return steps.failed ? ExitCode.problem : ExitCode.ok;
  },
};

/** The steps to the server: name, TCP, proxy. */
async function connectTo(url: URL, settings: ClientSettings, steps: Steps): Promise<void> {
  const proxy = findProxy(url, settings.proxy);
  const isHttp = proxy !== undefined && isProxyUrl(proxy.url);
  const first = isHttp ? new URL(proxy.url) : url;
  if (proxy !== undefined && !isHttp) {
    steps.pass(`left to the proxy ${describeProxyAddress(proxy.url)}`);
    steps.pass("left to the proxy");
    return steps.pass(`named by ${nameSource(proxy)}, no http: or https: one: not looked into`);
  }
  await connectTcp(first, steps);
  if (proxy === undefined) return steps.pass("none");
  (await openSocket(url, settings)).destroy();
  steps.pass(`${describeProxyAddress(proxy.url)}, named by ${nameSource(proxy)}, opens a tunnel`);
}

function nameSource({ source }: ProxyChoice): string {
  return source === "`proxy`" ? "--proxy" : source;
}

async function connectTcp(url: URL, steps: Steps): Promise<void> {
  const host = hostOf(url);
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  const { address } = await lookup(host);
  steps.pass(`${host} is ${address}`);
  const socket = connect(port, host);
  const failure = (code: string, why: string) => Object.assign(new Error(why), { code });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve).on("error", reject);
      socket.once("close", () => reject(failure("ECONNRESET", "the connection was closed")));
      socket.setTimeout(TIME_LIMIT, () => socket.destroy(failure("ETIMEDOUT", "it took too long")));
    });
    steps.pass(`connected to ${address}, port ${port}`);
  } finally {
    socket.destroy();
  }
}

/** Sends the request, watched by a relay if there can be one, and reports the last steps. */
async function sendRequest(
  url: URL,
  credentials: CertKeyCredentials,
  settings: ClientSettings,
  handshake: Handshake,
  steps: Steps,
): Promise<void> {
  const proxy = findProxy(url, settings.proxy);
  const isWatchable = proxy === undefined || isProxyUrl(proxy.url);
  const relay = isWatchable ? await startRelay(url, settings).catch(() => undefined) : undefined;
  const fetch = createMcFetch({ ...credentials, ...relay && { proxy: relay.url } });
  try {
    const signal = AbortSignal.timeout(TIME_LIMIT);
    const response = await fetch(url, { redirect: "manual", signal });
    await reportResponse(response, credentials, url, { handshake, relay }, steps);
  } finally {
    await fetch.close();
    relay?.close();
  }
}

async function reportResponse(
  response: Response,
  credentials: CertKeyCredentials,
  url: URL,
  { handshake, relay }: { handshake: Handshake; relay: Relay | undefined },
  steps: Steps,
): Promise<void> {
  const { seen } = relay ?? {};
  const { status, statusText } = response;
  const { isCertificate, lines } = await readRefusal(response.clone(), credentials, url);
  const text = status < 400 ? "" : (await response.text().catch(() => "")).slice(0, MAX_ANSWER);
  await response.body?.cancel().catch(() => {});
  passHandshake(undefined, { ...handshake, ...seen }, steps);
  if (isCertificate) {
    const sent = handshake.isSent
      ? ["The server asked for a certificate, and this one was sent."]
      : [];
    return steps.fail(undefined, ...lines, ...sent);
  }
  const verdict = judgeCertificate(handshake, seen, { status, text });
  const said = verdict.text.split("\n");
  if (verdict.isGood) steps.pass(...said);
  else steps.warn(...said);
  steps.pass(`${status} ${statusText}`.trimEnd(), ...lines);
}

/** Prints the steps TLS and server trust, if they passed: with a response, or with a verdict. */
function passHandshake(
  failure: McFetchError | undefined,
  handshake: Handshake | undefined,
  steps: Steps,
): void {
  if (steps.next !== "TLS" || handshake?.version === undefined) return;
  const isPast = failure === undefined || isVerdict(failure) ||
    /^(server_untrusted|invalid_response|connection_failed)$/.test(failure.code);
  if (!isPast) return;
  steps.pass(`${handshake.version}, ${handshake.cipher}`);
  if (failure?.code === "server_untrusted") return;
  const [leaf] = handshake.chain;
  steps.pass(
    leaf === undefined
      ? "trusted"
      : `${showText(leaf.subject)}, issued by ${showText(leaf.issuer)}, valid until ` +
        formatTime(leaf.notAfter),
  );
}

/** True if the error is about the client certificate. A few alerts mean it without its name. */
function isVerdict({ code, message }: McFetchError): boolean {
  return code.startsWith("certificate_") ||
    (code === "tls_failed" && /certificate only after|alert internal_error/.test(message));
}

/** Returns the step that an error belongs to; undefined for the next one. */
function findStep(
  failure: McFetchError,
  handshake: Handshake | undefined,
  steps: Steps,
): StepName | undefined {
  if (isVerdict(failure)) return "client certificate";
  if (failure.code === "server_untrusted") return "server trust";
  if (steps.next !== "client certificate") return undefined;
  // The handshake is past. A server that closes the connection may have rejected the certificate.
  const isClosed = /closed the connection/.test(failure.message) && handshake?.request;
  return isClosed ? undefined : "HTTP";
}

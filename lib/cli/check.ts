import { lookup } from "node:dns/promises";
import { connect, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { type CertKeyCredentials, readCredentials } from "../identity/credentials.ts";
import { McFetchError } from "../errors.ts";
import { toMcFetchError } from "../fetch/failures.ts";
import { createMcFetch } from "../fetch/fetch.ts";
import { openFiles } from "../fetch/settings.ts";
import { parseProxy } from "../identity/proxy_url.ts";
import type { ClientSettings } from "../fetch/runtime/client.ts";
import { findRuntime } from "../fetch/runtime/find.ts";
import { trustAlso } from "../fetch/runtime/roots.ts";
import { openTunnel } from "../fetch/runtime/tunnel.ts";
import { type Command, ExitCode, readArguments } from "./command.ts";
import { CONNECTION_HELP, CONNECTION_OPTIONS, openCredentials, readUrl } from "./credentials.ts";
import { readRefusal } from "./refusal.ts";
import { Steps } from "./steps.ts";
import { explain } from "./terminal.ts";

/** How long each step may take, in milliseconds. */
const PATIENCE = 15_000;

/** `mc-mtls check` */
export const command: Command = {
  summary: "Opens a connection step by step, and says which step fails",
  usage: "URL --cert FILE [options]",
  help:
    `The last step sends a GET request to URL. Whatever its status, the connection is sound, unless
the server says that it does not accept the certificate.

Options
${CONNECTION_HELP}`,
  async run(args) {
    const { values, positionals } = readArguments(args, CONNECTION_OPTIONS, ["URL"]);
    const url = readUrl(positionals[0]!);
    const credentials = await openCredentials(url, values);
    const settings = await openFiles(readCredentials(credentials).files!);
    // Each runtime looks at the certificate and its key before they come near its TLS.
    (await (await findRuntime())(settings)).close();
    const steps = new Steps();
    try {
      await openStepByStep(url, settings, steps);
      const fetch = createMcFetch(credentials);
      try {
        const signal = AbortSignal.timeout(PATIENCE);
        const response = await fetch(url, { redirect: "manual", signal });
        await judge(response, credentials, url, steps);
      } finally {
        await fetch.close();
      }
    } catch (error) {
      const failure = error instanceof McFetchError
        ? error
        : await toMcFetchError(error, url, settings);
      steps.fail(failure.code, explain(failure));
    }
    return steps.failed ? ExitCode.problem : ExitCode.ok;
  },
};

async function openStepByStep(url: URL, settings: ClientSettings, steps: Steps): Promise<void> {
  const { proxy, extraCa } = settings;
  const port = Number(url.port || 443);
  const first = proxy === undefined ? undefined : parseProxy(proxy).url;
  const host = withoutBrackets((first ?? url).hostname);
  const firstPort = first === undefined
    ? port
    : Number(first.port || (first.protocol === "https:" ? 443 : 80));

  const { address } = await lookup(host);
  steps.pass(`${host} is ${address}`);
  const direct = connect(firstPort, host);
  await happens(direct, "connect");
  steps.pass(`connected to ${address}, port ${firstPort}`);

  let socket = direct;
  if (proxy === undefined) {
    steps.pass("none");
  } else {
    direct.destroy();
    socket = await openTunnel(proxy, `${url.hostname}:${port}`, await trustAlso(extraCa));
    steps.pass(`${first!.host} connects`);
  }
  const servername = withoutBrackets(url.hostname);
  const { cert, key } = settings;
  const trust = await trustAlso(extraCa);
  const tls = connectTls({ socket, servername, cert, key, rejectUnauthorized: true, ...trust });
  try {
    await happens(tls, "secureConnect");
    steps.pass(`${tls.getProtocol()}, ${tls.getCipher().name}`);
    const { subject, issuer, valid_to } = tls.getPeerCertificate();
    steps.pass(`CN=${subject.CN}, issued by CN=${issuer.CN ?? issuer.O}, valid until ${valid_to}`);
  } finally {
    tls.destroy();
    socket.destroy();
  }
}

/** Waits for what a socket is to say, or for its failure. One that takes too long is ended. */
function happens(socket: Socket | TLSSocket, event: "connect" | "secureConnect"): Promise<void> {
  const failure = (code: string, why: string) => Object.assign(new Error(why), { code });
  return new Promise((resolve, reject) => {
    socket.once(event, resolve).once("error", reject);
    socket.once("close", () => reject(failure("ECONNRESET", "the connection was closed")));
    socket.setTimeout(PATIENCE, () => socket.destroy(failure("ETIMEDOUT", "it took too long")));
  });
}

async function judge(
  response: Response,
  credentials: CertKeyCredentials,
  url: URL,
  steps: Steps,
): Promise<void> {
  const { isCertificate, lines } = await readRefusal(response, credentials, url);
  await response.body?.cancel();
  if (isCertificate) return steps.fail("certificate_rejected", lines.join("\n"));
  steps.pass("presented, and not refused");
  const { status, statusText } = response;
  steps.pass([`${status} ${statusText}`.trimEnd(), ...lines].join("\n"));
}

function withoutBrackets(hostname: string): string {
  return hostname.replaceAll(/^\[|\]$/g, "");
}

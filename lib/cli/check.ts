/**
 * `mc-mtls check`: opens a connection step by step, and shows which step fails.
 *
 * @module
 */
import { lookup } from "node:dns/promises";
import { connect, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { McFetchError } from "../errors.ts";
import { toMcFetchError } from "../fetch/failures.ts";
import { createMcFetch } from "../fetch/fetch.ts";
import type { ClientSettings } from "../fetch/runtime/client.ts";
import { findRuntime } from "../fetch/runtime/find.ts";
import { trustAlso } from "../fetch/runtime/roots.ts";
import { openTunnel } from "../fetch/runtime/tunnel.ts";
import { openFiles } from "../fetch/settings.ts";
import type { CertKeyCredentials } from "../identity/credentials.ts";
import { parseProxy } from "../identity/proxy_url.ts";
import { type Command, ExitCode, readArguments } from "./command.ts";
import {
  checkFiles,
  CONNECTION_HELP,
  CONNECTION_OPTIONS,
  openCredentials,
  readHttpsUrl,
} from "./credentials.ts";
import { readRefusal } from "./refusal.ts";
import { Steps } from "./steps.ts";
import { describeError } from "./terminal.ts";

/** The time limit of each step, in milliseconds. */
const TIME_LIMIT = 15_000;

/** The command. */
export const command: Command = {
  summary: "Open a connection step by step, and show which step fails",
  usage: "URL --cert FILE [options]",
  example: "https://services.mastercard.com --cert client.p12",
  help: `The last step sends a GET request to URL. The connection passes with any status, unless the
response says that the server rejects the certificate.

Options
${CONNECTION_HELP}`,
  async run(args) {
    const { values, positionals: [address = ""] } = readArguments(args, CONNECTION_OPTIONS, [
      "URL",
    ]);
    const url = readHttpsUrl(address);
    const credentials = await openCredentials(url, values);
    const settings = await openFiles(checkFiles(credentials));
    // The runtime's adapter checks the certificate and its key before TLS gets them.
    (await (await findRuntime())(settings)).close();
    const steps = new Steps();
    try {
      await openStepByStep(url, settings, steps);
      const fetch = createMcFetch(credentials);
      try {
        const signal = AbortSignal.timeout(TIME_LIMIT);
        const response = await fetch(url, { redirect: "manual", signal });
        await reportResponse(response, credentials, url, steps);
      } finally {
        await fetch.close();
      }
    } catch (error) {
      const failure = error instanceof McFetchError
        ? error
        : await toMcFetchError(error, url, settings);
      steps.fail(failure.code, describeError(failure));
    }
    return steps.failed ? ExitCode.problem : ExitCode.ok;
  },
};

async function openStepByStep(url: URL, settings: ClientSettings, steps: Steps): Promise<void> {
  const { proxy, extraCa, cert, key } = settings;
  const first = proxy === undefined ? url : parseProxy(proxy).url;
  let socket = await connectTcp(first, steps);
  const trust = await trustAlso(extraCa);
  if (proxy === undefined) {
    steps.pass("none");
  } else {
    socket.destroy();
    socket = await openTunnel({ url: proxy, source: "" }, `${url.hostname}:${portOf(url)}`, trust)
      .socket;
    steps.pass(`${first.host} connects`);
  }
  const servername = hostOf(url);
  const tls = connectTls({ socket, servername, cert, key, rejectUnauthorized: true, ...trust });
  try {
    await waitFor(tls, "secureConnect");
    steps.pass(`${tls.getProtocol()}, ${tls.getCipher().name}`);
    const { subject, issuer, valid_to } = tls.getPeerCertificate();
    steps.pass(`CN=${subject.CN}, issued by CN=${issuer.CN ?? issuer.O}, valid until ${valid_to}`);
  } finally {
    tls.destroy();
    socket.destroy();
  }
}

async function connectTcp(url: URL, steps: Steps): Promise<Socket> {
  const host = hostOf(url);
  const port = portOf(url);
  const { address } = await lookup(host);
  steps.pass(`${host} is ${address}`);
  const socket = connect(port, host);
  await waitFor(socket, "connect");
  steps.pass(`connected to ${address}, port ${port}`);
  return socket;
}

/** Waits for an event of a socket. Rejects if the socket fails, or after {@linkcode TIME_LIMIT}. */
function waitFor(socket: Socket | TLSSocket, event: "connect" | "secureConnect"): Promise<void> {
  const failure = (code: string, why: string) => Object.assign(new Error(why), { code });
  return new Promise((resolve, reject) => {
    socket.once(event, resolve).once("error", reject);
    socket.once("close", () => reject(failure("ECONNRESET", "the connection was closed")));
    socket.setTimeout(TIME_LIMIT, () => socket.destroy(failure("ETIMEDOUT", "it took too long")));
  });
}

/** Reports the last two steps: the server's verdict on the certificate, and the response. */
async function reportResponse(
  response: Response,
  credentials: CertKeyCredentials,
  url: URL,
  steps: Steps,
): Promise<void> {
  const { isCertificate, lines } = await readRefusal(response, credentials, url);
  await response.body?.cancel();
  if (isCertificate) return steps.fail("certificate_rejected", ...lines);
  steps.pass("presented, not rejected");
  const { status, statusText } = response;
  steps.pass(`${status} ${statusText}`.trimEnd(), ...lines);
}

/** Returns the host without the brackets of an IPv6 address. */
function hostOf({ hostname }: URL): string {
  return hostname.replaceAll(/^\[|\]$/g, "");
}

function portOf({ port, protocol }: URL): number {
  return Number(port || (protocol === "https:" ? 443 : 80));
}

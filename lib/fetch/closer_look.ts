/**
 * A closer look at a failed handshake: what the server's own half of it tells. This file is loaded
 * only if an error says too little.
 *
 * @module
 */
import type { ServerFacts } from "../tls/probe.ts";
import {
  type Failure,
  findFailure,
  HANDSHAKE_FAILURE,
  LATE,
  REJECTED,
  REQUIRED,
  UNTRUSTED,
} from "./failure_table.ts";
import { showText } from "../show.ts";
import { describeRequest, isCertificateSent } from "./handshake.ts";
import { listTexts } from "./runtime/causes.ts";
import type { ClientSettings } from "./runtime/client.ts";
import { observeHandshake } from "./runtime/handshake.ts";
import { retraceHandshake } from "./runtime/retrace.ts";
import { explainDistrust } from "./server_trust.ts";

/** A row, with words that say more. */
export type Finding = Pick<Failure, "code" | "says" | "certificate">;

/** Looks under way: many requests that fail at once are one failure of one server. */
const looks = new Map<string, Promise<ServerFacts>>();

function look(url: URL, settings: ClientSettings): Promise<ServerFacts> {
  const key = `${url.origin} ${settings.proxy ?? ""}`;
  return share(looks, key, () => observeHandshake(url, settings));
}

/** Handshakes that are repeated with a certificate. */
const traces = new WeakMap<ClientSettings, Map<string, Promise<Error | undefined>>>();

function trace(url: URL, settings: ClientSettings): Promise<Error | undefined> {
  const known = traces.get(settings) ?? new Map<string, Promise<Error | undefined>>();
  traces.set(settings, known);
  const work = () => retraceHandshake(url, settings).catch(() => undefined);
  return share(known, url.origin, work);
}

/** Begins a piece of work, unless the same is under way. */
function share<Result>(
  underWay: Map<string, Promise<Result>>,
  key: string,
  begin: () => Promise<Result>,
): Promise<Result> {
  const known = underWay.get(key);
  if (known !== undefined) return known;
  const work = begin().finally(() => underWay.delete(key));
  underWay.set(key, work);
  return work;
}

/**
 * Finds out more about a failure.
 *
 * @param failure The row of the error
 * @param error The runtime's own error
 */
export async function lookCloser(
  failure: Failure,
  error: unknown,
  url: URL,
  settings: ClientSettings,
): Promise<Finding> {
  const [facts, traced] = await Promise.all([
    look(url, settings),
    failure.retrace ? trace(url, settings) : undefined,
  ]);
  const row = findFailure(traced) ?? failure;
  const texts = [...listTexts(error), ...listTexts(traced)];
  if (row === UNTRUSTED) {
    const here = { runtime: runtimeName(), host: url.hostname };
    const says = await explainDistrust(texts, facts.chain ?? [], settings.extraCa, here);
    return { ...row, says: says ?? `${row.says} (${shortText(texts)}); ask its operator` };
  }
  if (row === HANDSHAKE_FAILURE || row === LATE || row === REQUIRED) {
    return explainHandshakeFailure(row, facts, settings);
  }
  if (row.code === "certificate_rejected") return addAsked(row, facts, settings);
  if (/Diffie-Hellman/.test(row.says) && facts.dhBits !== undefined) {
    return { ...row, says: row.says.replace("too short", `too short (${facts.dhBits} bits)`) };
  }
  return row;
}

/** A handshake fails for the cipher, for the certificate, or since the server asks too late. */
function explainHandshakeFailure(
  row: Failure,
  facts: ServerFacts,
  settings: ClientSettings,
): Finding {
  const isSent = isCertificateSent(facts, settings.keyKind);
  if (facts.request && isSent === false) return addAsked(REQUIRED, facts, settings);
  if (row === REQUIRED && !isSent) return row;
  const { cipher } = facts;
  if (cipher !== undefined && !isSupported(cipher)) {
    const dh = facts.dhBits === undefined ? "" : `, with ${facts.dhBits} bits`;
    const says = `the server chose the cipher suite ${cipher}${dh}, which ${runtimeName()} does ` +
      "not support; ask its operator to enable TLS 1.3, or ECDHE with AES-GCM in TLS 1.2";
    return { code: "tls_failed", says };
  }
  // The server has sent its certificate by then, so it has found a cipher.
  if (facts.request && isSent) return addAsked(REJECTED, facts, settings);
  if (row === LATE) return facts.request === null ? LATE : REJECTED;
  return row;
}

/** Adds the CAs and signatures that the server names. */
function addAsked(row: Failure, { request }: ServerFacts, settings: ClientSettings): Finding {
  if (!request) return row;
  const { authorities, signatures, namesOthers } = describeRequest(request, settings.cert);
  const accepted = row === REQUIRED
    ? `. It accepts the signatures ${showText(signatures.join(", ") || "(none)")}`
    : namesOthers
    ? `. It accepts certificates of ${showText(authorities.join("; "))}`
    : "";
  return { ...row, says: `${row.says}${accepted}` };
}

/** True if the runtime's TLS supports a cipher suite. Node's supports all that are offered. */
function isSupported(cipher: string): boolean {
  if ("Deno" in globalThis) return !/^TLS_(DHE|RSA)_|_CBC_/.test(cipher); // rustls
  if ("Bun" in globalThis) return !/^TLS_DHE_|3DES/.test(cipher); // BoringSSL
  return true;
}

/** Returns the name of this runtime. */
function runtimeName(): string {
  return "Deno" in globalThis ? "Deno" : "Bun" in globalThis ? "Bun" : "Node";
}

/** The last text is the innermost cause's. Deno's begins with the URL, which may hold a secret. */
function shortText(texts: readonly string[]): string {
  const text = texts.at(-1) ?? "";
  return showText(/invalid peer certificate: (.*)/.exec(text)?.[1] ?? text.split(" ")[0] ?? "");
}

/**
 * What `check` says about the client certificate: whether the server asked for it, whether it was
 * sent, and what the server made of it.
 *
 * @module
 */
import type { Handshake } from "../fetch/handshake.ts";
import type { Watched } from "../tls/watcher.ts";

/** A verdict on the client certificate. */
export interface Verdict {
  readonly isGood: boolean;
  readonly text: string;
}

/** The response, as far as it tells something about the certificate. */
export interface Answer {
  readonly status: number;
  /** The beginning of the body. */
  readonly text: string;
}

/** The bodies of servers that reject a certificate over HTTP: nginx, Apache, HAProxy, Envoy. */
const REJECTED =
  /The SSL certificate error|No required SSL certificate was sent|certificate (verify|verification) failed/i;
const LATE_13 = /Post-Handshake Authentication/i;

/**
 * Judges a request that was answered.
 *
 * @param handshake The first half of a handshake of our own
 * @param seen What was seen of the request's own connection; undefined if it was not watched
 */
export function judgeCertificate(
  handshake: Handshake,
  seen: Watched | undefined,
  { status, text }: Answer,
): Verdict {
  const { request, isSent } = handshake;
  if (request === undefined) {
    return {
      isGood: status < 400,
      text: "not rejected, but it is not known whether the server asked for it",
    };
  }
  if (request === null) return judgeUnasked(seen, { status, text });
  const asked = `the server asked for one${describeAsked(handshake)}`;
  if (isSent === false || seen?.isSent === false) {
    return {
      isGood: false,
      text: `not sent: ${asked}, and the key of this certificate has none of these signatures: ` +
        list(request.signatures, MAX_SIGNATURES),
    };
  }
  if (REJECTED.test(text)) return { isGood: false, text: `sent, and rejected over HTTP: ${asked}` };
  const others = request.namesOthers
    ? "\nNone of these CAs issued this certificate; some servers then do not accept it."
    : "";
  const signatures = request.signatures.length === 0
    ? ""
    : `\nIt accepts the signatures ${list(request.signatures, MAX_SIGNATURES)}.`;
  const answer = status === 401 || status === 403
    ? `, not rejected in the handshake; status ${status} may be about it`
    : ", not rejected";
  return { isGood: true, text: `sent${answer}; ${asked}${others}${signatures}` };
}

/** CAs that are listed at most. */
const MAX_NAMES = 5;

/** Signature schemes that are listed at most. There are some twenty. */
const MAX_SIGNATURES = 24;

function describeAsked({ request }: Handshake): string {
  if (!request || request.authorities.length === 0) return ", of any CA";
  return `, of ${list(request.authorities, MAX_NAMES, "; ")}`;
}

function list(names: readonly string[], most: number, separator = ", "): string {
  const more = names.length - most;
  return names.slice(0, most).join(separator) + (more > 0 ? `${separator}and ${more} more` : "");
}

function judgeUnasked(seen: Watched | undefined, { status, text }: Answer): Verdict {
  if (seen?.isAskedLate) {
    return {
      isGood: status !== 401 && status !== 403,
      text: "asked for only after the request (TLS 1.2 renegotiation), and sent then, which Deno " +
        "does not support; ask the operator to ask in the handshake",
    };
  }
  const never = "not sent: the server did not ask for one in the handshake";
  if (LATE_13.test(text)) {
    return {
      isGood: false,
      text: `${never}, but after the request (TLS 1.3 post-handshake authentication), which no ` +
        "runtime supports; ask the operator to ask in the handshake, or to allow only TLS 1.2 there",
    };
  }
  const late = status === 401 || status === 403
    ? "; it may want to ask after the request, which no runtime supports in TLS 1.3"
    : "";
  return {
    isGood: false,
    text: `${never}${late}; check the host: APIs often have another one for client certificates`,
  };
}

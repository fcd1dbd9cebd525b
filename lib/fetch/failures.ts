/**
 * The meaning of a failed request: one table for all runtimes. Node and Bun report it in an error's
 * `code`, Deno and workerd only in its message.
 *
 * @module
 */
import type { ClientSettings } from "./runtime/client.ts";
import { retraceHandshake } from "./runtime/retrace.ts";
import { McFetchError, type McFetchErrorCode } from "../errors.ts";
import { readPem } from "../keys/pem.ts";
import { isProxyFailure } from "./runtime/proxy_failure.ts";
import { readCertificate } from "../keys/x509.ts";

/** A row of the table. */
interface Failure {
  /** Found in the `code`, a space and the `message` of an error or of one of its causes. */
  readonly pattern: RegExp;
  readonly code: McFetchErrorCode;
  /** The text for a person, after the URL. */
  readonly says: string;
  /** True if the handshake must be repeated to find the reason. */
  readonly retrace?: true;
  /** True if the client certificate may be the reason. Its problems are then listed too. */
  readonly certificate?: true;
}

const ASK_AGAIN = "request a new one and present that";

/** The first row that fits decides. TLS alerts are those of RFC 8446, section 6.2. */
const FAILURES: readonly Failure[] = [
  {
    // BoringSSL, in Bun, ends the handshake itself if it has no signature that the server accepts.
    pattern: /ALERT_CERTIFICATE_REQUIRED|alert: CertificateRequired|NO_COMMON_SIGNATURE_ALGORITHMS/,
    code: "certificate_required",
    says: "the server requires a client certificate and accepts none with this kind of key; " +
      "ask its operator which keys and signatures it accepts",
    certificate: true,
  },
  {
    pattern: /ALERT_CERTIFICATE_EXPIRED|alert: CertificateExpired/,
    code: "certificate_expired",
    says: `the server says that the client certificate has expired; ${ASK_AGAIN}`,
    certificate: true,
  },
  {
    pattern: /ALERT_CERTIFICATE_REVOKED|alert: CertificateRevoked/,
    code: "certificate_revoked",
    says: `the server says that the client certificate was revoked; ${ASK_AGAIN}`,
    certificate: true,
  },
  {
    pattern: /ALERT_UNKNOWN_CA|alert: UnknownCA/,
    code: "certificate_rejected",
    says: "the server does not know the CA that issued the client certificate; check that the " +
      "certificate is for this environment, and that its issuers are sent with it",
    certificate: true,
  },
  {
    pattern: /ALERT_UNSUPPORTED_CERTIFICATE|alert: UnsupportedCertificate/,
    code: "certificate_rejected",
    says: "the server says that the client certificate is not meant for this use",
    certificate: true,
  },
  {
    pattern:
      /ALERT_(BAD_CERTIFICATE|CERTIFICATE_UNKNOWN|ACCESS_DENIED|DECRYPT_ERROR)|alert: (BadCertificate|CertificateUnknown|AccessDenied|DecryptError)/,
    code: "certificate_rejected",
    says: "the server does not accept the client certificate",
    certificate: true,
  },
  {
    pattern: /ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH|not valid for name/,
    code: "server_untrusted",
    says: "the server's certificate is for another name",
  },
  {
    pattern: /^CERT_HAS_EXPIRED|invalid peer certificate: .*expired/i,
    code: "server_untrusted",
    says: "the server's certificate has expired",
  },
  {
    pattern:
      /UNABLE_TO_|SELF_SIGNED_CERT|^CERT_|^INVALID_(CA|PURPOSE)|invalid peer certificate|certificate is not trusted/,
    code: "server_untrusted",
    says: "the server's certificate is not trusted; if a private CA issued it, " +
      "pass that CA's certificate as `extraCa`",
  },
  {
    pattern: /ALERT_PROTOCOL_VERSION|alert: ProtocolVersion|UNSUPPORTED_PROTOCOL/,
    code: "tls_failed",
    says: "the server and this runtime have no version of TLS in common",
  },
  {
    pattern: /NO_APPLICATION_PROTOCOL|alert: NoApplicationProtocol/,
    code: "tls_failed",
    says: "the server does not speak HTTP/1.1, perhaps only HTTP/2; " +
      "ask its operator to enable HTTP/1.1, which this library uses on all runtimes",
  },
  {
    pattern: /WRONG_VERSION_NUMBER|corrupt message/,
    code: "tls_failed",
    says: "the server does not speak TLS on this port",
  },
  {
    // A TLS 1.2 server also sends it if it requires a certificate.
    pattern: /ALERT_HANDSHAKE_FAILURE|alert: HandshakeFailure|^EPROTO/,
    code: "tls_failed",
    says:
      "the TLS handshake failed: the server and this runtime have no cipher in common, or the " +
      "server accepts no client certificate with this kind of key",
    retrace: true,
    certificate: true,
  },
  {
    pattern: /ERR_SSL_|fatal alert|peer (is incompatible|misbehaved)|^EPROTO/,
    code: "tls_failed",
    says: "the TLS handshake failed",
    certificate: true,
  },
  {
    pattern: /ECONNREFUSED|Connection refused/,
    code: "connection_failed",
    says: "the connection was refused; check the port, and any firewall in between",
  },
  {
    pattern: /ENOTFOUND|EAI_|dns error/,
    code: "connection_failed",
    says: "the name of the host cannot be resolved",
  },
  {
    pattern: /bad port|Requests to port/,
    code: "connection_failed",
    says: 'fetch does not connect to this port (Fetch Standard, "bad port")',
  },
  {
    pattern: /ETIMEDOUT|_TIMEOUT|timed? ?out/i,
    code: "connection_failed",
    says: "it took too long; check the network, or allow more time",
  },
  {
    pattern:
      /ECONNRESET|EPIPE|UND_ERR_SOCKET|reset by peer|eof|close_notify|connection (was )?(closed|lost)/i,
    code: "connection_failed",
    says: "the server closed the connection without an answer; " +
      "some do so if they reject the client certificate",
    certificate: true,
  },
];

/**
 * Returns the error for a failed request.
 *
 * @param cause The runtime's own error. Its message stays there, since it may hold the whole URL
 * @param url The URL of the request
 * @param settings The settings of the client, if there was one
 */
export async function toMcFetchError(
  cause: unknown,
  url: URL,
  settings: ClientSettings | undefined,
): Promise<McFetchError> {
  if (cause instanceof McFetchError) return cause;
  if (isProxyFailure(cause)) return proxyFailed(cause, url);
  let failure = findFailure(cause);
  if (failure?.retrace && settings !== undefined) {
    failure = findFailure(await retraceHandshake(url, settings).catch(() => undefined)) ?? failure;
  }
  const says = failure?.says ?? "the runtime's own error, in `cause`, says why";
  const notes = failure?.certificate && settings !== undefined ? await diagnose(settings.cert) : "";
  const message = `${describeUrl(url)}: ${says}${notes}`;
  return new McFetchError(failure?.code ?? "connection_failed", message, { cause });
}

function proxyFailed(cause: unknown, url: URL): McFetchError {
  const says =
    "the proxy rejected the request or could not be reached; check its URL, user name and password";
  return new McFetchError("proxy_failed", `${describeUrl(url)}: ${says}`, { cause });
}

/** Retry helpers know a network error by this text; see {@linkcode McFetchError}. */
function describeUrl({ origin }: URL): string {
  return `error sending request for url (${origin})`;
}

/** Finds the row for an error. The reason may be some causes below. */
function findFailure(error: unknown): Failure | undefined {
  const texts: string[] = [];
  for (let inner = error, depth = 0; inner instanceof Error && depth < 8; depth++) {
    const code = "code" in inner ? String(inner.code) : "";
    texts.push(`${code} ${inner.message}`);
    // If a name has several addresses, Node has an error for each.
    inner = inner instanceof AggregateError ? inner.errors[0] : inner.cause;
  }
  return FAILURES.find(({ pattern }) => texts.some((text) => pattern.test(text)));
}

/** Lists the problems of the certificate. pkijs is loaded only for this. */
async function diagnose(cert: string): Promise<string> {
  try {
    const { describeCertificate, publicKeyKind } = await import("../certificates/details.ts");
    const { findProblems } = await import("../certificates/problems.ts");
    const file = "the client certificate";
    const all = readPem(cert, file).map(({ bytes }) => readCertificate(bytes, file));
    const [leaf, ...chain] = await Promise.all(all.map(describeCertificate));
    if (leaf === undefined || all[0] === undefined) return "";
    const kind = publicKeyKind(all[0]);
    const problems = findProblems(leaf, kind, chain, new Date());
    const texts = problems.map(({ message }) => message);
    return texts.length === 0 ? "" : `. About the client certificate: ${texts.join("; ")}`;
  } catch {
    return ""; // pkijs reads fewer certificates than TLS does; the failure itself counts
  }
}

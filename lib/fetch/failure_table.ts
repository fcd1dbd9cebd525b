/**
 * The meaning of a failed request: one table for all runtimes. Node and Bun report it in an error's
 * `code`, Deno and workerd only in its message.
 *
 * @module
 */
import type { McFetchErrorCode } from "../errors.ts";
import { listTexts } from "./runtime/causes.ts";

/** A row of the table. */
export interface Failure {
  /** Found in the `code`, a space and the `message` of an error or of one of its causes. */
  readonly pattern: RegExp;
  readonly code: McFetchErrorCode;
  /** The text for a person, after the URL. */
  readonly says: string;
  /** True if a look at the server's handshake can tell more. */
  readonly look?: true;
  /** True if the handshake must be repeated to read the server's alert. */
  readonly retrace?: true;
  /** True if the client certificate may be the reason. Its problems are then listed too. */
  readonly certificate?: true;
}

const ASK_AGAIN = "request a new one and present that";

/** The row for a server that requires a certificate, which is found also without an alert. */
export const REQUIRED: Failure = {
  // BoringSSL, in Bun, ends the handshake itself if it has no signature that the server accepts.
  pattern: /ALERT_CERTIFICATE_REQUIRED|alert: CertificateRequired|NO_COMMON_SIGNATURE_ALGORITHMS/,
  code: "certificate_required",
  says: "the server requires a client certificate and accepts none with this kind of key; " +
    "ask its operator which keys and signatures it accepts",
  look: true,
  certificate: true,
};

/** The row for a server that rejects the certificate without a reason. */
export const REJECTED: Failure = {
  pattern:
    /ALERT_(BAD_CERTIFICATE|CERTIFICATE_UNKNOWN|ACCESS_DENIED|DECRYPT_ERROR)|alert: (BadCertificate|CertificateUnknown|AccessDenied|DecryptError)/,
  code: "certificate_rejected",
  says: "the server does not accept the client certificate; the server's log says why",
  certificate: true,
};

/** The row for every certificate of a server that is not trusted. `server_trust.ts` says why. */
export const UNTRUSTED: Failure = {
  pattern:
    /UNABLE_TO_|SELF_SIGNED_CERT|^(CERT|CRL|ERROR_IN)_|^(INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|UNSPECIFIED|HOSTNAME_MISMATCH|ERR_TLS_CERT_ALTNAME_INVALID)|invalid peer certificate|certificate is not trusted|KEY_USAGE_BIT_INCORRECT|not valid for name/,
  code: "server_untrusted",
  says: "the server's certificate is not trusted",
  look: true,
};

/** The row for a server that asks for the certificate after the request, on Deno. */
export const LATE: Failure = {
  // An alert of the handshake itself comes with "client error (Connect)".
  pattern: /^ received fatal alert: HandshakeFailure/,
  code: "tls_failed",
  says:
    "the server asks for the client certificate only after the request (TLS 1.2 renegotiation), " +
    "which Deno does not support; ask its operator to ask in the handshake, or use Node or Bun",
};

/** The row for the alert with the most meanings. A TLS 1.2 server has it for certificates, too. */
export const HANDSHAKE_FAILURE: Failure = {
  pattern: /ALERT_HANDSHAKE_FAILURE|alert: HandshakeFailure|^EPROTO/,
  code: "tls_failed",
  says: "the server and this runtime have no cipher in common, or no key exchange; " +
    "ask its operator to enable TLS 1.3, or ECDHE with AES-GCM in TLS 1.2",
  look: true,
  retrace: true,
  certificate: true,
};

/** The first row that fits decides. TLS alerts are those of RFC 8446, section 6.2. */
export const FAILURES: readonly Failure[] = [
  {
    pattern: /Requires \w+ access to|ERR_ACCESS_DENIED/,
    code: "permission_denied",
    says: "the runtime does not permit the program to connect", // `permission.ts` says to what
  },
  REQUIRED,
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
    look: true,
    certificate: true,
  },
  {
    pattern: /ALERT_UNSUPPORTED_CERTIFICATE|alert: UnsupportedCertificate/,
    code: "certificate_rejected",
    says: "the server says that the client certificate is not meant for this use; " +
      "ask its CA for one with the extended key usage clientAuth",
    certificate: true,
  },
  REJECTED,
  UNTRUSTED,
  {
    pattern: /ALERT_PROTOCOL_VERSION|alert: ProtocolVersion|UNSUPPORTED_PROTOCOL/,
    code: "tls_failed",
    says: "the server and this runtime have no version of TLS in common; " +
      "ask its operator to enable TLS 1.2 or 1.3",
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
    says: "the server does not speak TLS on this port; check the port",
  },
  {
    pattern: /UNSAFE_LEGACY_RENEGOTIATION/,
    code: "tls_failed",
    says: "the server does not support secure renegotiation (RFC 5746), which Node requires; ask " +
      "its operator to update its TLS, or use Deno or Bun, or start Node with an OpenSSL " +
      "configuration that has `Options = UnsafeLegacyServerConnect`",
  },
  {
    pattern: /DH_KEY_TOO_SMALL|BAD_DH_P_LENGTH/,
    code: "tls_failed",
    says: "the server's Diffie-Hellman key is too short; " +
      "ask its operator to enable ECDHE, or DHE with 2048 bits",
    look: true,
  },
  {
    pattern: /ALERT_INTERNAL_ERROR|alert: InternalError/,
    code: "tls_failed",
    says: "the server ended the TLS handshake with the alert internal_error; some servers do so " +
      "if they reject the client certificate, such as Apache if its chain is longer than " +
      "SSLVerifyDepth. The server's log says why",
    certificate: true,
  },
  LATE,
  HANDSHAKE_FAILURE,
  {
    pattern: /ERR_SSL_|fatal alert|peer (is incompatible|misbehaved)/,
    code: "tls_failed",
    says: "the TLS handshake failed; the server's log says why",
    certificate: true,
  },
  {
    pattern: /HEADERS_OVERFLOW|HEADER_OVERFLOW|ResponseHeadersTooLarge|message head is too large/,
    code: "invalid_response",
    says: "its headers are longer than this runtime accepts; shorten them on the server" +
      " (Node's limit of 16 KiB is raised with --max-http-header-size)",
  },
  {
    pattern:
      /does not match the HTTP|HPE_|UND_ERR_RES_CONTENT_LENGTH_MISMATCH|Malformed_HTTP|Invalid(Content|HTTP|Chunk)|(invalid|unexpected) (HTTP|content-length|transfer-encoding)/i,
    code: "invalid_response",
    says: "it is not valid HTTP/1.1; check that the port belongs to an HTTP server",
  },
  {
    pattern: /ECONNREFUSED|Connection ?refused/i,
    code: "connection_failed",
    says: "the connection was refused; check the port, and any firewall in between",
  },
  {
    pattern: /ENOTFOUND|EAI_|dns error/,
    code: "connection_failed",
    says: "the name of the host cannot be resolved; check the name and the network",
  },
  {
    pattern: /EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|(Network|host) (is )?unreachable|No route/i,
    code: "connection_failed",
    says: "there is no route to the host; check the network, VPN and address",
  },
  {
    pattern: /bad port|Requests to port/,
    code: "connection_failed",
    says: 'fetch does not connect to this port (Fetch Standard, "bad port")',
  },
  {
    pattern: /timed? ?out/i,
    code: "connection_failed",
    says: "it took too long; check the network, or allow more time",
  },
  {
    pattern:
      /ECONNRESET|EPIPE|UND_ERR_SOCKET|reset by peer|\beof\b|close_notify|connection (was )?(closed|lost)/i,
    code: "connection_failed",
    says: "the server closed the connection without an answer; " +
      "some do so if they reject the client certificate",
    certificate: true,
  },
];

/** Finds the row for an error. The reason may be some causes below. */
export function findFailure(error: unknown): Failure | undefined {
  const texts = listTexts(error);
  return FAILURES.find(({ pattern }) => texts.some((text) => pattern.test(text)));
}

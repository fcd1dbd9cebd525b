/**
 * The failure table with the errors of the runtimes, as each of them reported it: on Node 20 to 26,
 * Deno 2.9 and Bun 1.4. Each text is a `code`, a space and a `message`.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import test from "node:test";
import type { McFetchErrorCode } from "../../mod.ts";
import { findFailure } from "../../lib/fetch/failure_table.ts";
import { toMcFetchError } from "../../lib/fetch/failures.ts";

/** The ends of the messages: after the URL, up to the advice. */
const NO_CIPHER = "have no cipher in common, or no key exchange; " +
  "ask its operator to enable TLS 1.3, or ECDHE with AES-GCM in TLS 1.2";
const NOT_HTTP = "it is not valid HTTP/1.1; check that the port belongs to an HTTP server";
const CLOSED = "the server closed the connection without an answer; " +
  "some do so if they reject the client certificate";

const openssl = (code: string, text: string) =>
  `ERR_SSL_${code} 80ACB307057F0000:error:0A000415:SSL routines:ssl3_read_bytes:${text}:` +
  "../deps/openssl/openssl/ssl/record/rec_layer_s3.c:1601:SSL alert number 45\n";
const boringssl = (code: string) =>
  `ERR_SSL_${code} error:10000415:SSL routines:OPENSSL_internal:${code}`;
const deno = (text: string) =>
  ` error sending request for url (https://localhost:1/?secret=hunter2): client error ${text}`;
const bun = (code: string) =>
  `${code} ${code} fetching "https://localhost:1/?secret=hunter2". For more information, pass ` +
  "`verbose: true` in the second argument to fetch()";

/** A row: the code, what the message says with its advice, and the texts. */
const ROWS: readonly (readonly [McFetchErrorCode, string, readonly string[]])[] = [
  ["permission_denied", "run it with --allow-net", [
    ' Requires net access to "localhost:1", run again with the --allow-net flag',
    "ERR_ACCESS_DENIED Access to this API has been restricted. Use --allow-net to manage permissions.",
  ]],
  [
    "certificate_required",
    "requires a client certificate and accepts none with this kind of key; " +
    "ask its operator which keys and signatures it accepts",
    [
      openssl("TLSV13_ALERT_CERTIFICATE_REQUIRED", "tlsv13 alert certificate required"),
      boringssl("NO_COMMON_SIGNATURE_ALGORITHMS"),
      " received fatal alert: CertificateRequired",
      deno("(Connect): received fatal alert: CertificateRequired"),
    ],
  ],
  ["certificate_expired", "certificate has expired; request a new one and present that", [
    openssl("SSLV3_ALERT_CERTIFICATE_EXPIRED", "sslv3 alert certificate expired"),
    boringssl("SSLV3_ALERT_CERTIFICATE_EXPIRED"),
    " received fatal alert: CertificateExpired",
    deno("(Connect): received fatal alert: CertificateExpired"),
  ]],
  ["certificate_revoked", "certificate was revoked; request a new one and present that", [
    openssl("SSLV3_ALERT_CERTIFICATE_REVOKED", "sslv3 alert certificate revoked"),
    boringssl("SSLV3_ALERT_CERTIFICATE_REVOKED"),
    " received fatal alert: CertificateRevoked",
  ]],
  [
    "certificate_rejected",
    "does not know the CA that issued the client certificate; check that the certificate is for " +
    "this environment, and that its issuers are sent with it",
    [
      openssl("TLSV1_ALERT_UNKNOWN_CA", "tlsv1 alert unknown ca"),
      boringssl("TLSV1_ALERT_UNKNOWN_CA"),
      " received fatal alert: UnknownCA",
    ],
  ],
  [
    "certificate_rejected",
    "not meant for this use; ask its CA for one with the extended key usage clientAuth",
    [
      openssl("SSLV3_ALERT_UNSUPPORTED_CERTIFICATE", "sslv3 alert unsupported certificate"),
      boringssl("SSLV3_ALERT_UNSUPPORTED_CERTIFICATE"),
      " received fatal alert: UnsupportedCertificate",
    ],
  ],
  ["certificate_rejected", "does not accept the client certificate; the server's log says why", [
    openssl("SSLV3_ALERT_BAD_CERTIFICATE", "sslv3 alert bad certificate"),
    boringssl("SSLV3_ALERT_BAD_CERTIFICATE"),
    " received fatal alert: BadCertificate",
    openssl("SSLV3_ALERT_CERTIFICATE_UNKNOWN", "sslv3 alert certificate unknown"),
    boringssl("SSLV3_ALERT_CERTIFICATE_UNKNOWN"),
    " received fatal alert: CertificateUnknown",
    openssl("TLSV1_ALERT_ACCESS_DENIED", "tlsv1 alert access denied"),
    boringssl("TLSV1_ALERT_ACCESS_DENIED"),
    " received fatal alert: AccessDenied",
    openssl("TLSV1_ALERT_DECRYPT_ERROR", "tlsv1 alert decrypt error"),
    boringssl("TLSV1_ALERT_DECRYPT_ERROR"),
    " received fatal alert: DecryptError",
  ]],
  ["server_untrusted", "the server's certificate is not trusted", [
    "CERT_HAS_EXPIRED certificate has expired",
    "CERT_NOT_YET_VALID certificate is not yet valid",
    "CERT_REVOKED certificate revoked",
    "CERT_UNTRUSTED certificate not trusted",
    "CERT_SIGNATURE_FAILURE certificate signature failure",
    "CRL_HAS_EXPIRED CRL has expired",
    "ERROR_IN_CERT_NOT_AFTER_FIELD format error in certificate's notAfter field",
    "DEPTH_ZERO_SELF_SIGNED_CERT self-signed certificate",
    "SELF_SIGNED_CERT_IN_CHAIN self-signed certificate in certificate chain",
    "UNABLE_TO_GET_ISSUER_CERT unable to get issuer certificate",
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY unable to get local issuer certificate",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE unable to verify the first certificate",
    "INVALID_CA invalid CA certificate",
    "INVALID_PURPOSE unsuitable certificate purpose",
    "PATH_LENGTH_EXCEEDED path length constraint exceeded",
    "UNSPECIFIED CA signature digest algorithm too weak",
    "HOSTNAME_MISMATCH hostname mismatch",
    "ERR_TLS_CERT_ALTNAME_INVALID Hostname/IP does not match certificate's altnames: Host: localhost.",
    boringssl("KEY_USAGE_BIT_INCORRECT"),
    bun("ERR_TLS_CERT_ALTNAME_INVALID"),
    deno("(Connect): invalid peer certificate: UnknownIssuer"),
    deno("(Connect): invalid peer certificate: BadSignature"),
    deno("(Connect): invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))"),
    deno(
      "(Connect): invalid peer certificate: certificate expired: verification time 1795818025 " +
        "(UNIX), but certificate is not valid after 1795038873 (779152 seconds ago)",
    ),
    deno('(Connect): invalid peer certificate: certificate not valid for name "localhost"'),
  ]],
  ["tls_failed", "no version of TLS in common; ask its operator to enable TLS 1.2 or 1.3", [
    openssl("TLSV1_ALERT_PROTOCOL_VERSION", "tlsv1 alert protocol version"),
    "ERR_SSL_UNSUPPORTED_PROTOCOL 80ACB307057F0000:error:0A000102:SSL routines::unsupported protocol",
    boringssl("TLSV1_ALERT_PROTOCOL_VERSION"),
    boringssl("UNSUPPORTED_PROTOCOL"),
    deno("(Connect): received fatal alert: ProtocolVersion"),
  ]],
  ["tls_failed", "only HTTP/2; ask its operator to enable HTTP/1.1, which this library uses", [
    openssl("TLSV1_ALERT_NO_APPLICATION_PROTOCOL", "tlsv1 alert no application protocol"),
    boringssl("TLSV1_ALERT_NO_APPLICATION_PROTOCOL"),
    deno("(Connect): received fatal alert: NoApplicationProtocol"),
  ]],
  ["tls_failed", "the server does not speak TLS on this port; check the port", [
    "ERR_SSL_WRONG_VERSION_NUMBER 80ACB307057F0000:error:0A00010B:SSL routines:ssl3_get_record:" +
    "wrong version number:../deps/openssl/openssl/ssl/record/ssl3_record.c:350:\n",
    boringssl("WRONG_VERSION_NUMBER"),
    deno("(Connect): received corrupt message of type InvalidContentType"),
  ]],
  ["tls_failed", "secure renegotiation (RFC 5746), which Node requires; ask its operator to", [
    "ERR_SSL_UNSAFE_LEGACY_RENEGOTIATION_DISABLED 806CC608F37F0000:error:0A000152:SSL routines:" +
    "final_renegotiate:unsafe legacy renegotiation disabled",
  ]],
  [
    "tls_failed",
    "Diffie-Hellman key is too short; ask its operator to enable ECDHE, or DHE with 2048 bits",
    [
      "ERR_SSL_DH_KEY_TOO_SMALL 80ACB307057F0000:error:0A00018A:SSL routines::dh key too small",
      boringssl("BAD_DH_P_LENGTH"),
    ],
  ],
  ["tls_failed", "the alert internal_error; some servers do so if they reject the client cert", [
    openssl("TLSV1_ALERT_INTERNAL_ERROR", "tlsv1 alert internal error"),
    boringssl("TLSV1_ALERT_INTERNAL_ERROR"),
    deno("(Connect): received fatal alert: InternalError"),
    " received fatal alert: InternalError",
  ]],
  ["tls_failed", "asks for the client certificate only after the request (TLS 1.2 renegotiation)", [
    " received fatal alert: HandshakeFailure",
  ]],
  ["tls_failed", NO_CIPHER, [
    openssl("SSLV3_ALERT_HANDSHAKE_FAILURE", "sslv3 alert handshake failure"),
    boringssl("SSLV3_ALERT_HANDSHAKE_FAILURE"),
    deno("(Connect): received fatal alert: HandshakeFailure"),
    "EPROTO EPROTO: The TLS handshake failed. Does the server speak TLS on this port?",
  ]],
  ["tls_failed", "the TLS handshake failed; the server's log says why", [
    openssl("TLSV13_ALERT_MISSING_EXTENSION", "tlsv13 alert missing extension"),
    "ERR_SSL_reason(1109) error:10000455:SSL routines:OPENSSL_internal:reason(1109)",
    deno("(Connect): received fatal alert: MissingExtension"),
    deno("(Connect): peer is incompatible: NoCipherSuitesInCommon"),
    deno("(Connect): peer misbehaved: TooMuchEarlyDataReceived"),
  ]],
  ["invalid_response", "longer than this runtime accepts; shorten them on the server", [
    "UND_ERR_HEADERS_OVERFLOW Headers Overflow Error",
    "HPE_HEADER_OVERFLOW Parse Error: Header overflow",
    bun("ResponseHeadersTooLarge"),
    deno("(SendRequest): message head is too large"),
  ]],
  ["invalid_response", NOT_HTTP, [
    "undefined Response does not match the HTTP/1.1 protocol (Invalid status code)",
    "HPE_INVALID_CONSTANT Parse Error: Expected HTTP/",
    "UND_ERR_RES_CONTENT_LENGTH_MISMATCH Response body length does not match content-length header",
    bun("Malformed_HTTP_Response"),
    bun("InvalidContentLength"),
    deno("(SendRequest): invalid HTTP version parsed"),
    deno("(SendRequest): invalid content-length parsed"),
    deno("(SendRequest): unexpected transfer-encoding parsed"),
  ]],
  [
    "connection_failed",
    "the connection was refused; check the port, and any firewall in between",
    [
      "ECONNREFUSED connect ECONNREFUSED 127.0.0.1:44271",
      "ECONNREFUSED ECONNREFUSED: Unable to connect. Is the computer able to access the url?",
      "ConnectionRefused Unable to connect. Is the computer able to access the url?",
      deno("(Connect): tcp connect error: Connection refused (os error 111)"),
    ],
  ],
  ["connection_failed", "cannot be resolved; check the name and the network", [
    "ENOTFOUND getaddrinfo ENOTFOUND no-such-host.invalid",
    "EAI_AGAIN getaddrinfo EAI_AGAIN no-such-host.invalid",
    deno("(Connect): dns error: failed to lookup address information: Name or service not known"),
  ]],
  ["connection_failed", "there is no route to the host; check the network, VPN and address", [
    "EHOSTUNREACH connect EHOSTUNREACH 192.0.2.1:443",
    "ENETUNREACH connect ENETUNREACH 2001:db8::1:443 - Local (:::0)",
    "EADDRNOTAVAIL connect EADDRNOTAVAIL ::1:443",
    deno("(Connect): tcp connect error: Network is unreachable (os error 101)"),
    deno("(Connect): tcp connect error: No route to host (os error 113)"),
  ]],
  ["connection_failed", 'fetch does not connect to this port (Fetch Standard, "bad port")', [
    " bad port",
    " Fetch failed: Requests to port 9 are blocked",
  ]],
  ["connection_failed", "it took too long; check the network, or allow more time", [
    "UND_ERR_CONNECT_TIMEOUT Connect Timeout Error (attempted address: localhost:1, timeout: 10000ms)",
    "UND_ERR_HEADERS_TIMEOUT Headers Timeout Error",
    "UND_ERR_BODY_TIMEOUT Body Timeout Error",
    "ETIMEDOUT connect ETIMEDOUT 192.0.2.1:443",
    deno("(Connect): tcp connect error: Connection timed out (os error 110)"),
  ]],
  ["connection_failed", CLOSED, [
    "ECONNRESET read ECONNRESET",
    "ECONNRESET Client network socket disconnected before secure TLS connection was established",
    "ECONNRESET ECONNRESET: The socket connection was closed unexpectedly.",
    "EPIPE write EPIPE",
    "UND_ERR_SOCKET other side closed",
    deno("(Connect): Connection reset by peer (os error 104)"),
    deno("(Connect): tls handshake eof"),
    " peer closed connection without sending TLS close_notify: https://docs.rs/rustls/latest",
    deno("(SendRequest): connection closed before message completed"),
    " Network connection lost.",
  ]],
];

/** Makes the error of a text. */
function errorOf(text: string): Error {
  const at = text.indexOf(" ");
  const error = new Error(text.slice(at + 1));
  return at === 0 ? error : Object.assign(error, { code: text.slice(0, at) });
}

/** The ways in which a runtime wraps its errors. */
const WRAPPED: readonly ((error: Error) => Error)[] = [
  (error) => error,
  (error) => new TypeError("fetch failed", { cause: error }),
  (error) => new TypeError("fetch failed", { cause: new Error("inner", { cause: error }) }),
  (error) => new AggregateError([error, new Error("of another address")]),
];

const URL_SHOWN = new URL("https://localhost:8443/path?secret=hunter2");

for (const [code, says, texts] of ROWS) {
  test(`${code}: ${says.slice(0, 50)}`, async () => {
    for (const text of texts) {
      for (const wrap of WRAPPED) {
        const cause = wrap(errorOf(text));
        const error = await toMcFetchError(cause, URL_SHOWN, undefined);
        assertEquals(error.code, code, text);
        assertStringIncludes(error.message, says, text);
        assert(error.cause === cause);
        const isNetwork = code !== "permission_denied" && code !== "invalid_response";
        assertEquals(error.name, isNetwork ? "TypeError" : "McFetchError");
        assert(!error.message.includes("hunter2"), error.message);
        assert(/^[A-Z].*: |^error sending request for url /.test(error.message), error.message);
      }
    }
  });
}

test("the message begins as network errors of the runtimes do, with the origin", async () => {
  const begin = "error sending request for url (https://localhost:8443): ";
  const refused = await toMcFetchError(errorOf("ECONNREFUSED x"), URL_SHOWN, undefined);
  assertEquals(refused.message.slice(0, begin.length), begin);
  const response = await toMcFetchError(errorOf("HPE_X x"), URL_SHOWN, undefined);
  assertStringIncludes(response.message, "Cannot use the response of https://localhost:8443: it");
});

test("an error that is in no row shows its code, and nothing of its message", async () => {
  const rows: [unknown, string][] = [
    [errorOf("E_UNKNOWN hunter2"), " (E_UNKNOWN), in `cause`, says why"],
    [new Error("x", { cause: errorOf("E_INNER hunter2") }), " (E_INNER), in `cause`, says why"],
    [new Error("hunter2"), "the runtime's own error, in `cause`, says why"],
    [Object.assign(new Error("x"), { code: "hunter 2" }), "own error, in `cause`"],
    ["hunter2", "the runtime's own error, in `cause`, says why"],
    [undefined, "the runtime's own error, in `cause`, says why"],
  ];
  for (const [cause, expected] of rows) {
    const { code, message } = await toMcFetchError(cause, URL_SHOWN, undefined);
    assertEquals(code, "connection_failed");
    assertStringIncludes(message, expected);
    assert(!message.includes("hunter"), message);
  }
});

test("a row is found up to eight errors deep, and a circle of causes ends", () => {
  const nest = (depth: number): Error =>
    depth === 1 ? errorOf("ECONNREFUSED x") : new Error("outer", { cause: nest(depth - 1) });
  assertEquals(findFailure(nest(8))?.code, "connection_failed");
  assertEquals(findFailure(nest(9)), undefined);
  const circle = new Error("one");
  circle.cause = new Error("two", { cause: circle });
  assertEquals(findFailure(circle), undefined);
});

/**
 * Repeating a failed TLS handshake to read the server's alert.
 *
 * @module
 */
import type { ClientSettings } from "./client.ts";
import { readEnvironment } from "./environment.ts";
import { trustAlso } from "./roots.ts";

/** The longest wait for the alert, in milliseconds. */
const PATIENCE = 2_000;

/**
 * Repeats a failed TLS handshake to read the server's alert. Bun's `fetch` does not report it. A
 * TLS 1.2 server has one alert for a missing certificate and a missing cipher.
 *
 * Only the handshake is sent, to the origin of the request. Nothing is sent if there is a proxy,
 * since the handshake would go around it, or on Deno, which reports the alert.
 *
 * @returns The error, with the TLS alert in its `code`; `undefined` if there is none this time
 */
export async function retraceHandshake(
  url: URL,
  { cert, key, extraCa, proxy }: ClientSettings,
): Promise<Error | undefined> {
  if ("Deno" in globalThis) return undefined;
  if (proxy ?? readEnvironment("HTTPS_PROXY") ?? readEnvironment("https_proxy")) return undefined;
  const { connect } = await import("node:tls");
  const { isIP } = await import("node:net");
  const host = url.hostname.replaceAll(/^\[|\]$/g, "");
  const options = {
    host,
    port: Number(url.port || 443),
    cert,
    key,
    // An IP address is not a server name (RFC 6066, section 3).
    ...isIP(host) === 0 && { servername: host },
    ALPNProtocols: ["http/1.1"],
    rejectUnauthorized: true,
    ...await trustAlso(extraCa),
  };
  return await new Promise((resolve) => {
    const socket = connect(options);
    const end = (error?: Error) => {
      resolve(error);
      clearTimeout(timer);
      socket.destroy();
    };
    const timer = setTimeout(end, PATIENCE);
    socket.once("end", () => end());
    socket.once("error", (error) => {
      // The server sent its own certificate, so it rejects ours.
      const sawServer = Object.keys(socket.getPeerCertificate() ?? {}).length > 0;
      end(sawServer && /HANDSHAKE_FAILURE|CERTIFICATE_TYPE/.test(codeOf(error)) ? REQUIRED : error);
    });
  });
}

/** The alert of TLS 1.3 for a missing certificate. TLS 1.2 has none. */
const REQUIRED = Object.assign(new Error("the server requires a certificate"), {
  code: "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
});

function codeOf(error: Error): string {
  return "code" in error ? String(error.code) : "";
}

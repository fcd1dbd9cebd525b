import type { ClientSettings } from "./client.ts";
import { readEnvironment } from "./environment.ts";
import { trustAlso } from "./roots.ts";

/** How long the server's verdict is waited for, in milliseconds. */
const PATIENCE = 2_000;

/**
 * Goes through a TLS handshake that failed once more, to hear what the server has against it. Bun's
 * `fetch` does not say, and in TLS 1.2 a server says the same of a missing certificate as of a
 * missing cipher. Nothing but the handshake is sent, to the origin that was asked for; and nothing
 * at all where a proxy stands in between, which this would pass by, or on Deno, which has told all
 * that it can.
 *
 * @returns The error, with the TLS alert in its `code`; `undefined` where there is none this time
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
      // The server came as far as its own certificate, so it is ours that it has something against.
      const sawServer = Object.keys(socket.getPeerCertificate() ?? {}).length > 0;
      end(sawServer && /HANDSHAKE_FAILURE|CERTIFICATE_TYPE/.test(codeOf(error)) ? REQUIRED : error);
    });
  });
}

/** What TLS 1.3 says of a missing certificate, for which TLS 1.2 has no alert of its own. */
const REQUIRED = Object.assign(new Error("the server requires a certificate"), {
  code: "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
});

function codeOf(error: Error): string {
  return "code" in error ? String(error.code) : "";
}

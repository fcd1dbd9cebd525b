/**
 * Repeating a failed TLS handshake to read the server's alert.
 *
 * @module
 */
import { getBuiltin } from "../../builtin.ts";
import { codeOf } from "./causes.ts";
import type { ClientSettings } from "./client.ts";
import { type Closing, openSocket, workFor } from "./handshake.ts";
import { hostOf } from "./host.ts";
import { trustAlso } from "./roots.ts";

/** The longest wait for the alert, in milliseconds. */
const PATIENCE = 2_000;

/**
 * Repeats a failed TLS handshake to read the server's alert. Bun's `fetch` does not report it. A
 * TLS 1.2 server has one alert for a missing certificate and a missing cipher.
 *
 * Only the handshake is sent, to the origin of the request, through the proxy of the request.
 * Nothing is sent on Deno, which reports the alert.
 *
 * @returns The error, with the TLS alert in its `code`; `undefined` if there is none this time
 */
export async function retraceHandshake(
  url: URL,
  settings: ClientSettings,
): Promise<Error | undefined> {
  if ("Deno" in globalThis) return undefined;
  return await workFor(PATIENCE, (closing) => shakeHands(url, settings, closing));
}

async function shakeHands(
  url: URL,
  settings: ClientSettings,
  closing: Closing,
): Promise<Error | undefined> {
  const { connect } = getBuiltin("node:tls");
  const { isIP } = getBuiltin("node:net");
  const { cert, key, extraCa } = settings;
  const host = hostOf(url);
  const trust = await trustAlso(extraCa);
  const options = {
    socket: await openSocket(url, settings, closing),
    cert,
    key,
    // An IP address is not a server name (RFC 6066, section 3).
    ...isIP(host) === 0 ? { servername: host } : { host },
    ALPNProtocols: ["http/1.1"],
    rejectUnauthorized: true,
    ...trust,
  };
  return await new Promise((resolve) => {
    const socket = connect(options);
    socket.once("end", () => resolve(undefined));
    socket.once("close", () => resolve(undefined));
    socket.on("error", (error) => {
      // The server sent its own certificate, so it rejects ours.
      const sawServer = Object.keys(socket.getPeerCertificate() ?? {}).length > 0;
      const isRequired = sawServer && /HANDSHAKE_FAILURE|CERTIFICATE_TYPE/.test(codeOf(error));
      resolve(isRequired ? REQUIRED : error);
    });
  });
}

/** The alert of TLS 1.3 for a missing certificate. TLS 1.2 has none. */
const REQUIRED = Object.assign(new Error("the server requires a certificate"), {
  code: "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
});

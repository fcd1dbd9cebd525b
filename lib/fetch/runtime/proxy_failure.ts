/**
 * Failures of a proxy.
 *
 * @module
 */

/** The failure of a proxy. It is the `cause` of a failed request. */
export class ProxyError extends Error {
  /** Makes the error. */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ProxyError";
  }
}

/**
 * True if the proxy failed. The messages, as they were seen:
 *
 * | what happens              | Deno 2.9                     | Bun 1.4               | Node 20 to 26 |
 * | ------------------------- | ---------------------------- | --------------------- | ------------- |
 * | status 407                | proxy authentication required | ERR_PROXY_TUNNEL     | ProxyError    |
 * | any other status but 200  | unsuccessful tunnel          | ERR_PROXY_TUNNEL      | ProxyError    |
 * | it closes the connection  | unexpected eof while tunneling | ECONNRESET, unclear | ProxyError    |
 * | nobody listens            | tcp connect error            | ECONNREFUSED          | ProxyError    |
 * | no such host              | dns error                    | ENOTFOUND             | ProxyError    |
 *
 * On Deno and Bun the last two do not mention a proxy; see {@linkcode blameProxy}. On Node the
 * tunnel is our own.
 */
export function isProxyFailure(error: unknown): boolean {
  return someCause(error, (cause) => cause instanceof ProxyError || TUNNEL.test(describe(cause)));
}

/** True if no connection could be opened. It is the proxy's failure if there is a proxy. */
export function isConnectFailure(error: unknown): boolean {
  return someCause(error, (cause) => CONNECT.test(describe(cause)));
}

const TUNNEL =
  /ERR_PROXY_TUNNEL|\(Connect\): (unsuccessful tunnel|proxy authentication required|unexpected eof while tunneling)/;
const CONNECT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)\b|\(Connect\): (tcp connect|dns) error/;

function someCause(error: unknown, test: (error: Error) => boolean): boolean {
  for (let depth = 0; depth < 8 && error instanceof Error; depth++, error = error.cause) {
    if (test(error)) return true;
  }
  return false;
}

function describe(error: Error & { code?: unknown }): string {
  return `${typeof error.code === "string" ? `${error.code} ` : ""}${error.message}`;
}

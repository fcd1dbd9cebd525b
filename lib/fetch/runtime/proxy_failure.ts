/**
 * Failures of a proxy.
 *
 * @module
 */
import { listCauses, listTexts } from "./causes.ts";

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
 * On Deno and Bun the last two do not mention a proxy; see {@linkcode isConnectFailure}. On Node,
 * the tunnel is our own.
 */
export function isProxyFailure(error: unknown): boolean {
  return listCauses(error).some((cause) => cause instanceof ProxyError) ||
    listTexts(error).some((text) => TUNNEL.test(text));
}

/** True if no connection could be opened. It is the proxy's failure if there is a proxy. */
export function isConnectFailure(error: unknown): boolean {
  return listTexts(error).some((text) => CONNECT.test(text));
}

const TUNNEL =
  /ERR_PROXY_TUNNEL|\(Connect\): (unsuccessful tunnel|proxy authentication required|unexpected eof while tunneling)/;
const CONNECT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)\b|\(Connect\): (tcp connect|dns) error/;

/** Problems of a proxy in words, with what to do. The first that fits decides. */
const PROBLEMS: readonly (readonly [RegExp, string])[] = [
  [
    /status 407|proxy authentication required/,
    "requires a user name and password, or other ones; put them into its URL",
  ],
  [
    /status \d+|unsuccessful tunnel/,
    "rejected the tunnel to the server; ask its operator to allow the server's host and port",
  ],
  [/is not an http/, "is not an http: or https: URL; correct it"],
  [
    /ECONNREFUSED|Connection ?refused/i,
    "cannot be reached: the connection was refused; check its port",
  ],
  [/ENOTFOUND|EAI_|dns error/, "cannot be reached: its name cannot be resolved; check its name"],
  [/in time|ETIMEDOUT|timed? ?out/i, "did not open the tunnel in time; check it and the network"],
  [/ERR_PROXY_TUNNEL/, "rejected the tunnel; check its URL, user name and password"],
  [
    /^(CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO|ERR_TLS)/m,
    "has a certificate that is not trusted; pass its CA's certificate as `extraCa`",
  ],
];

/** Says what is wrong with a proxy, and what to do. */
export function describeProxyProblem(error: unknown): string {
  const text = listTexts(error).join("\n");
  const [, status] = /status (\d{3})/.exec(text) ?? [];
  const words = PROBLEMS.find(([pattern]) => pattern.test(text))?.[1] ??
    "did not open a tunnel to the server; check its URL, and whether it reaches the server";
  return status === undefined ? words : words.replace(";", ` (status ${status});`);
}

/** What a proxy's failure is called, by the texts of each runtime. */
import { assertEquals } from "@std/assert";
import test from "node:test";
import {
  describeProxyProblem,
  isConnectFailure,
  isProxyFailure,
  ProxyError,
} from "../../../lib/fetch/runtime/proxy_failure.ts";

const deno = (text: string) =>
  new TypeError("fetch failed", {
    cause: new Error(`error sending request for url (https://a.example/): client error ${text}`),
  });
const coded = (code: string, message = code) => Object.assign(new Error(message), { code });
const ours = (message: string, cause?: Error) => new ProxyError(message, { cause });

const AUTH = "requires a user name and password, or other ones; put them into its URL";
const TUNNEL =
  "rejected the tunnel to the server; ask its operator to allow the server's host and port";
const REFUSED = "cannot be reached: the connection was refused; check its port";
const UNKNOWN = "cannot be reached: its name cannot be resolved; check its name";
const LATE = "did not open the tunnel in time; check it and the network";
const CA = "has a certificate that is not trusted; pass its CA's certificate as `extraCa`";
const OTHER =
  "did not open a tunnel to the server; check its URL, and whether it reaches the server";
const withStatus = (words: string, status: number) => words.replace(";", ` (status ${status});`);

/** Errors: whether a proxy or a connection failed, and the words. */
const ERRORS: readonly (readonly [Error, boolean, boolean, string])[] = [
  [ours("rejected with status 407"), true, false, withStatus(AUTH, 407)],
  [ours("rejected with status 403"), true, false, withStatus(TUNNEL, 403)],
  [ours("rejected with status 502"), true, false, withStatus(TUNNEL, 502)],
  [ours("is not an http: or https: URL"), true, false, "is not an http: or https: URL; correct it"],
  [ours("cannot be used", coded("ECONNREFUSED")), true, true, REFUSED],
  [ours("cannot be used", coded("ENOTFOUND")), true, true, UNKNOWN],
  [ours("cannot be used", coded("EAI_AGAIN")), true, true, UNKNOWN],
  [ours("cannot be used", coded("ETIMEDOUT")), true, true, LATE],
  [ours("cannot be used", coded("ECONNRESET")), true, false, OTHER],
  [ours("did not answer in time"), true, false, LATE],
  [ours("cannot be used", coded("SELF_SIGNED_CERT_IN_CHAIN")), true, false, CA],
  [ours("cannot be used", coded("DEPTH_ZERO_SELF_SIGNED_CERT")), true, false, CA],
  [ours("cannot be used", coded("UNABLE_TO_VERIFY_LEAF_SIGNATURE")), true, false, CA],
  [ours("cannot be used", coded("CERT_HAS_EXPIRED")), true, false, CA],
  [ours("cannot be used", coded("ERR_TLS_CERT_ALTNAME_INVALID")), true, false, CA],
  [
    new TypeError("x", { cause: ours("rejected with status 407") }),
    true,
    false,
    withStatus(AUTH, 407),
  ],
  [deno("(Connect): proxy authentication required"), true, false, AUTH],
  [deno("(Connect): unsuccessful tunnel"), true, false, TUNNEL],
  [deno("(Connect): unexpected eof while tunneling"), true, false, OTHER],
  [deno("(Connect): tcp connect error: Connection refused (os error 111)"), false, true, REFUSED],
  [deno("(Connect): dns error: failed to lookup address information"), false, true, UNKNOWN],
  [deno("(SendRequest): proxy authentication required"), false, false, AUTH],
  [
    coded("ERR_PROXY_TUNNEL", "Proxy refused to open a tunnel"),
    true,
    false,
    "rejected the tunnel; check its URL, user name and password",
  ],
  [coded("ECONNREFUSED"), false, true, REFUSED],
  [coded("EHOSTUNREACH"), false, true, OTHER],
  [coded("ENETUNREACH"), false, true, OTHER],
  [coded("ECONNRESET"), false, false, OTHER],
  [new Error("ECONNREFUSED"), false, false, REFUSED],
];

test("a failure of a proxy is no failure of the server, and has its words", () => {
  for (const [error, isProxy, isConnect, words] of ERRORS) {
    const text = `${error.message} ${error.cause}`;
    assertEquals([isProxyFailure(error), isConnectFailure(error)], [isProxy, isConnect], text);
    assertEquals(describeProxyProblem(error), words, text);
  }
  assertEquals([isProxyFailure(undefined), isConnectFailure("ECONNREFUSED")], [false, false]);
  assertEquals(ours("x").name, "ProxyError");
});

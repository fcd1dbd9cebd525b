/**
 * OAuth 1.0a in the form of Mastercard's APIs: RFC 5849 with RSA-SHA256 instead of RSA-SHA1, and
 * the extension `oauth_body_hash` with SHA-256.
 */
import { createHash, type KeyObject, verify } from "node:crypto";
import { type Call, type Route, unauthorized } from "./route.ts";

/** The largest difference between the clocks of client and server, in seconds. */
const MAX_SKEW = 300;

type Parameters = Partial<Record<string, string>>;

/** Returns a route that checks the signature, and answers with the query and the body. */
export function signedRoute(consumerKey: string, publicKey: KeyObject): Route {
  const usedNonces = new Set<string>();

  return (call) => {
    const { oauth_signature = "", ...signed } = readParameters(call.headers.authorization);
    const { oauth_nonce = "", oauth_timestamp = "", oauth_body_hash } = signed;
    if (signed.oauth_consumer_key !== consumerKey) throw unauthorized("The consumer is not known");
    if (signed.oauth_signature_method !== "RSA-SHA256") {
      throw unauthorized("The signature method is not RSA-SHA256");
    }
    const age = Date.now() / 1000 - Number(oauth_timestamp);
    if (!(Math.abs(age) < MAX_SKEW)) {
      throw unauthorized("The timestamp is too old or in the future");
    }
    if (oauth_body_hash !== createHash("sha256").update(call.body).digest("base64")) {
      throw unauthorized("The body is not the one that was signed");
    }
    const text = Buffer.from(makeBaseString(call, signed));
    const signature = Buffer.from(decodeURIComponent(oauth_signature), "base64");
    if (!verify("sha256", text, publicKey, signature)) {
      throw unauthorized("The signature does not match");
    }
    if (usedNonces.has(oauth_nonce)) throw unauthorized("The nonce was used before");
    usedNonces.add(oauth_nonce);

    const status = call.method === "POST" ? 201 : 200;
    return { status, body: { query: new URL(call.url).search, body: call.body } };
  };
}

/** Reads the header by RFC 5849, section 3.5.1. The values stay encoded. */
function readParameters(header = ""): Parameters {
  const [, list] = /^OAuth\s+(.*)$/i.exec(header) ?? [];
  if (list === undefined) throw unauthorized("There is no OAuth 1.0a signature");
  const pairs = list.matchAll(/(\w+)="([^"]*)"/g);
  return Object.fromEntries([...pairs].map(([, name, value]) => [name, value]));
}

/** Returns the signature base string (RFC 5849, section 3.4.1). Exported for its test. */
export function makeBaseString(
  { method, url }: Pick<Call, "method" | "url">,
  signed: Parameters,
): string {
  const { origin, pathname, search } = new URL(url);
  // The names and values are already encoded (RFC 5849, section 3.4.1.3.2, step 1). Mastercard's
  // signer does not encode the `=`, `+` and `/` of oauth_body_hash, in the header and here.
  const pairs = search.slice(1).split("&").filter((pair) => pair !== "");
  for (const [name, value] of Object.entries(signed)) pairs.push(`${name}=${value}`);
  const sorted = pairs
    .map((pair) => pair.replace(/=|$/, "\0")) // a name sorts before longer names that begin so
    .sort()
    .map((pair) => pair.replace("\0", "="));
  return [method, `${origin}${pathname}`, sorted.join("&")].map(percentEncode).join("&");
}

/** Encodes by RFC 5849, section 3.6, which covers more characters than encodeURIComponent. */
function percentEncode(text: string): string {
  const hex = (character: string) => character.charCodeAt(0).toString(16).toUpperCase();
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${hex(character)}`);
}

/**
 * OAuth 2.0 in the form of Mastercard's APIs (FAPI 2.0): the client authenticates with a signature
 * (`private_key_jwt`, RFC 7523), and each token is bound to a key of the client (DPoP, RFC 9449).
 */
import { createHash, type KeyObject, randomUUID } from "node:crypto";
import { calculateJwkThumbprint, EmbeddedJWK, type JWTPayload, jwtVerify } from "jose";
import { type Call, type Route, unauthorized } from "./route.ts";

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** The algorithms that both FAPI 2.0 and Mastercard's client support. */
const algorithms = ["ES256", "PS256"];

/** Registered client. */
interface RegisteredClient {
  readonly id: string;
  readonly publicKey: KeyObject;
  /** The audience of the client's assertions. */
  readonly audience: string;
}

/** Returns the token endpoint, and a route that requires a token of it. */
export function tokenRoutes(client: RegisteredClient): { token: Route; pets: Route } {
  /** The thumbprint of each token's key. */
  const tokens = new Map<string, string>();

  return {
    async token(call) {
      const form = new URLSearchParams(call.body);
      if (form.get("client_assertion_type") !== ASSERTION_TYPE) {
        throw unauthorized("There is no client assertion");
      }
      const { id: issuer, publicKey, audience } = client;
      const expected = { algorithms, issuer, subject: issuer, audience, requiredClaims: ["exp"] };
      const assertion = form.get("client_assertion") ?? "";
      await jwtVerify(assertion, publicKey, expected).catch(refuse("client assertion"));
      const { thumbprint } = await checkProof(call);
      const access_token = randomUUID();
      tokens.set(access_token, thumbprint);
      return { status: 200, body: { access_token, token_type: "DPoP", expires_in: 300 } };
    },

    async pets(call) {
      const [, token = ""] = /^DPoP (.+)$/.exec(call.headers.authorization ?? "") ?? [];
      const { thumbprint, claims } = await checkProof(call);
      if (tokens.get(token) !== thumbprint) throw unauthorized("The token is bound to another key");
      if (claims.ath !== createHash("sha256").update(token).digest("base64url")) {
        throw unauthorized("The DPoP proof is for another token");
      }
      return { status: 200, body: [{ name: "Bella" }] };
    },
  };
}

/** Checks the proof of a call by RFC 9449, section 4.3. */
async function checkProof(
  { method, url, headers }: Call,
): Promise<{ readonly thumbprint: string; readonly claims: JWTPayload }> {
  const expected = { algorithms, typ: "dpop+jwt", maxTokenAge: "90 s", requiredClaims: ["jti"] };
  const { payload, protectedHeader: { jwk } } = await jwtVerify(
    String(headers.dpop),
    EmbeddedJWK,
    expected,
  ).catch(refuse("DPoP proof"));
  const { origin, pathname } = new URL(url);
  if (payload.htm !== method || payload.htu !== `${origin}${pathname}`) {
    throw unauthorized("The DPoP proof is for another request");
  }
  return { thumbprint: await calculateJwkThumbprint(jwk!), claims: payload };
}

function refuse(what: string): (cause: unknown) => never {
  return (cause) => {
    throw unauthorized(`The ${what} is not valid`, { cause });
  };
}

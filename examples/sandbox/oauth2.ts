/**
 * OAuth 2.0 as Mastercard's APIs ask for it (FAPI 2.0): a client that signs who it is
 * (`private_key_jwt`, RFC 7523), and tokens that are bound to a key of its own (DPoP, RFC 9449).
 */
import { calculateJwkThumbprint, EmbeddedJWK, type JWTPayload, jwtVerify } from "jose";
import { createHash, type KeyObject, randomUUID } from "node:crypto";
import { type Call, type Route, unauthorized } from "./route.ts";

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** What FAPI 2.0 allows, of what Mastercard's client can do. */
const algorithms = ["ES256", "PS256"];

/** A client, as it was registered. */
export interface RegisteredClient {
  readonly id: string;
  readonly publicKey: KeyObject;
  /** Whom its assertions are for. */
  readonly audience: string;
}

/** The token endpoint, and a route that asks for one of its tokens. */
export function tokenRoutes(client: RegisteredClient): { token: Route; bound: Route } {
  /** The thumbprint of the key that each token is bound to. */
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

    async bound(call) {
      const [, token = ""] = /^DPoP (.+)$/.exec(call.headers.authorization ?? "") ?? [];
      const { thumbprint, claims } = await checkProof(call);
      if (tokens.get(token) !== thumbprint) throw unauthorized("The token is not of that key");
      if (claims.ath !== createHash("sha256").update(token).digest("base64url")) {
        throw unauthorized("The DPoP proof is for another token");
      }
      return { status: 200, body: [{ name: "Bella" }] };
    },
  };
}

/** RFC 9449, 4.3. */
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
    throw unauthorized(`The ${what} does not hold`, { cause });
  };
}

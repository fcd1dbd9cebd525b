/**
 * Access tokens that are bound to the client certificate (RFC 8705), as Open Banking and FAPI
 * servers issue them: the token endpoint is an alias for mutual TLS, and a token holds the
 * certificate's hash.
 */
import { createHash } from "node:crypto";
import { exportJWK, generateKeyPair, jwtVerify, SignJWT } from "jose";
import { type Call, Refusal, type Route, unauthorized } from "./route.ts";

/** Returns the routes of an authorization server, and `/bound/pets`, which requires its tokens. */
export async function certificateBoundRoutes(
  issuer: string,
  clientId: string,
): Promise<Record<string, Route>> {
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  const jwk = { ...await exportJWK(publicKey), kid: "bound", alg: "ES256", use: "sig" };
  const metadata = {
    issuer,
    authorization_endpoint: `${issuer}/bound/authorize`,
    token_endpoint: `${issuer}/bound/no-mtls`,
    jwks_uri: `${issuer}/bound/jwks`,
    response_types_supported: ["code"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["ES256"],
    tls_client_certificate_bound_access_tokens: true,
    mtls_endpoint_aliases: { token_endpoint: `${issuer}/bound/token` },
  };
  const answer = (body: unknown): Route => () => ({ status: 200, body });
  return {
    "/.well-known/openid-configuration": answer(metadata),
    "/.well-known/oauth-authorization-server": answer(metadata),
    "/bound/jwks": answer({ keys: [jwk] }),
    "/bound/no-mtls": () => {
      throw new Refusal(400, "INVALID_REQUEST", "The alias for mutual TLS was not used");
    },
    async "/bound/token"(call) {
      const form = new URLSearchParams(call.body);
      if (form.get("client_id") !== clientId) throw unauthorized("The client is unknown");
      const access_token = await new SignJWT({ cnf: { "x5t#S256": hash(call) } })
        .setProtectedHeader({ alg: "ES256", kid: "bound" }).setIssuer(issuer)
        .setAudience(clientId).setExpirationTime("5 min").sign(privateKey);
      return { status: 200, body: { access_token, token_type: "Bearer", expires_in: 300 } };
    },
    async "/bound/pets"(call) {
      const [, token = ""] = /^Bearer (.+)$/i.exec(call.headers.authorization ?? "") ?? [];
      const { payload } = await jwtVerify(token, publicKey, { issuer }).catch((cause) => {
        throw unauthorized("The token is not valid", { cause });
      });
      const { "x5t#S256": bound } = payload.cnf as { "x5t#S256": string };
      if (bound !== hash(call)) throw unauthorized("The token is bound to another certificate");
      return { status: 200, body: [{ name: "Bella" }] };
    },
  };
}

/** RFC 8705, section 3.1. */
function hash({ certificate }: Call): string {
  return createHash("sha256").update(certificate).digest("base64url");
}

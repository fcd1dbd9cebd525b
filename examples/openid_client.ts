/**
 * Gets an access token that is bound to the client certificate (RFC 8705), with openid-client and
 * jose.
 *
 * Set BASE_URL to the issuer, and P12_FILE, P12_PASSPHRASE and CLIENT_ID. Then run
 * `npx tsx openid_client.ts`, `bun openid_client.ts`, or `deno run -A openid_client.ts`.
 */
import { readFile } from "node:fs/promises";
import { createMcFetch } from "@acme/mc-mtls";
import { createRemoteJWKSet, customFetch, jwtVerify } from "jose";
import * as client from "openid-client";
import { env } from "./env.ts";

await using fetch = createMcFetch({
  pfx: await readFile(env("P12_FILE")),
  passphrase: env("P12_PASSPHRASE"),
});

const issuer = new URL(env("BASE_URL"));
const metadata = { use_mtls_endpoint_aliases: true };
// Its type allows a body that the type of `fetch` does not.
const typedFetch = fetch as client.CustomFetch;
const options = { [client.customFetch]: typedFetch };
const clientId = env("CLIENT_ID");
const config = await client.discovery(issuer, clientId, metadata, client.TlsClientAuth(), options);
config[client.customFetch] = typedFetch;
const { access_token } = await client.clientCredentialsGrant(config);

const pets = new URL("/bound/pets", issuer);
const response = await client.fetchProtectedResource(config, access_token, pets, "GET");
console.log(response.status, await response.text());

const keys = createRemoteJWKSet(new URL("/bound/jwks", issuer), { [customFetch]: fetch });
const { payload } = await jwtVerify(access_token, keys);
console.log(Object.keys(payload.cnf ?? {}));

/**
 * Sends a call with a client certificate and an OAuth 2.0 token (FAPI 2.0 with DPoP, with
 * @mastercard/oauth2-client-js).
 *
 * Install the client with `npm install --no-save @mastercard/oauth2-client-js`. Set BASE_URL,
 * P12_FILE and P12_PASSPHRASE, and for the token SIGNING_P12_FILE, SIGNING_P12_PASSPHRASE,
 * CLIENT_ID and KEY_ID. Then run `npx tsx oauth2.ts`, `bun oauth2.ts`, or `deno run -A oauth2.ts`.
 */
import { readFile } from "node:fs/promises";
import { createMcFetch, readPkcs12 } from "@acme/mc-mtls";
import {
  FetchHttpAdapter,
  OAuth2ClientBuilder,
  StaticDPoPKeyProvider,
  StaticScopeResolver,
  withOAuth2Fetch,
} from "@mastercard/oauth2-client-js";
import { generateKeyPair, importPKCS8 } from "jose";
import { env } from "./env.ts";

await using mcFetch = createMcFetch({
  pfx: await readFile(env("P12_FILE")),
  passphrase: env("P12_PASSPHRASE"),
});
const signingFile = await readFile(env("SIGNING_P12_FILE"));
const { identities: [signing] } = await readPkcs12(signingFile, {
  passphrase: env("SIGNING_P12_PASSPHRASE"),
});
if (signing === undefined) throw new Error("There is no key in SIGNING_P12_FILE");
const dpop = await generateKeyPair("ES256", { extractable: true });

const client = new OAuth2ClientBuilder()
  .clientId(env("CLIENT_ID"))
  .kid(env("KEY_ID"))
  .clientKey(await importPKCS8(signing.key, "PS256"))
  .issuer(env("BASE_URL"))
  .tokenEndpoint(`${env("BASE_URL")}/oauth/token`)
  .httpAdapter(new FetchHttpAdapter(mcFetch)) // the token request also needs the certificate
  .scopeResolver(new StaticScopeResolver(["pets:read"]))
  .dPoPKeyProvider(new StaticDPoPKeyProvider(dpop.privateKey, dpop.publicKey))
  .build();
const fetch = withOAuth2Fetch(client, mcFetch, { baseURL: `${env("BASE_URL")}/token-bound` });

const response = await fetch("/pets", { method: "GET" });
console.log(response.status, await response.text());

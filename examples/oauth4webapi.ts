/**
 * Gets an access token that is bound to the client certificate (RFC 8705), with oauth4webapi.
 *
 * Set BASE_URL to the issuer, and P12_FILE, P12_PASSPHRASE and CLIENT_ID. Then run
 * `npx tsx oauth4webapi.ts`, `bun oauth4webapi.ts`, or `deno run -A oauth4webapi.ts`.
 */
import { readFile } from "node:fs/promises";
import { createMcFetch } from "@acme/mc-mtls";
import * as oauth from "oauth4webapi";
import { env } from "./env.ts";

await using fetch = createMcFetch({
  pfx: await readFile(env("P12_FILE")),
  passphrase: env("P12_PASSPHRASE"),
});

const issuer = new URL(env("BASE_URL"));
const options = { [oauth.customFetch]: fetch };
const discovered = await oauth.discoveryRequest(issuer, { ...options, algorithm: "oauth2" });
const server = await oauth.processDiscoveryResponse(issuer, discovered);
const client = { client_id: env("CLIENT_ID"), use_mtls_endpoint_aliases: true };
const answer = await oauth.clientCredentialsGrantRequest(
  server,
  client,
  oauth.TlsClientAuth(),
  new URLSearchParams(),
  options,
);
const { access_token } = await oauth.processClientCredentialsResponse(server, client, answer);

const pets = new URL("/bound/pets", issuer);
const response = await oauth.protectedResourceRequest(
  access_token,
  "GET",
  pets,
  undefined,
  undefined,
  // Its type allows a body that the type of `fetch` does not.
  { [oauth.customFetch]: (url, init) => fetch(url, init as RequestInit) },
);
console.log(response.status, await response.text());

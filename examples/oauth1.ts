/**
 * Sends a call with a client certificate and a signature (OAuth 1.0a, with
 * mastercard-oauth1-signer).
 *
 * Set BASE_URL, P12_FILE and P12_PASSPHRASE, and for the signature SIGNING_P12_FILE,
 * SIGNING_P12_PASSPHRASE and CONSUMER_KEY. Then run `npx tsx oauth1.ts`, `bun oauth1.ts`, or
 * `deno run -A oauth1.ts`.
 */
import { readFile } from "node:fs/promises";
import { createMcFetch, readPkcs12 } from "@acme/mc-mtls";
import OAuth from "mastercard-oauth1-signer";
import { env } from "./env.ts";

await using mcFetch = createMcFetch({
  pfx: await readFile(env("P12_FILE")),
  passphrase: env("P12_PASSPHRASE"),
});

// The signing key is not the key of the client certificate.
const signingFile = await readFile(env("SIGNING_P12_FILE"));
const { identities: [signing] } = await readPkcs12(signingFile, {
  passphrase: env("SIGNING_P12_PASSPHRASE"),
});
if (signing === undefined) throw new Error("There is no key in SIGNING_P12_FILE");
const { key } = signing;
const consumer = env("CONSUMER_KEY");

/** Signs and sends a call. The body is a text, because the signature covers its exact bytes. */
async function sendSigned(url: string, method: string, body: string | null = null) {
  const authorization = OAuth.getAuthorizationHeader(url, method, body, consumer, key);
  const headers = { authorization, "content-type": "application/json" };
  return await mcFetch(url, { method, headers, body });
}

const pets = `${env("BASE_URL")}/signed/pets`;
const found = await sendSigned(`${pets}?status=AVAILABLE&name=Lady%20Bella&name=B%2B`, "GET");
console.log(found.status, await found.text());
const added = await sendSigned(pets, "POST", JSON.stringify({ name: "Zoë" }));
console.log(added.status, await added.text());

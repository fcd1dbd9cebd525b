/**
 * Sends a call with a client certificate and an encrypted body, and decrypts the answer (JWE, with
 * mastercard-client-encryption).
 *
 * Set BASE_URL, P12_FILE and P12_PASSPHRASE, and for the bodies ENCRYPTION_CERTIFICATE_FILE
 * (Mastercard's, PEM) and DECRYPTION_KEY_FILE (yours, PEM). Then run `npx tsx encryption.ts`,
 * `bun encryption.ts`, or `deno run -A encryption.ts`.
 */
import { readFile } from "node:fs/promises";
import { createMcFetch } from "@acme/mc-mtls";
import mastercard from "mastercard-client-encryption";
import { env } from "./env.ts";

await using mcFetch = createMcFetch({
  pfx: await readFile(env("P12_FILE")),
  passphrase: env("P12_PASSPHRASE"),
});
const jwe = new mastercard.JweEncryption({
  mode: "JWE",
  encryptedValueFieldName: "encryptedData",
  encryptionCertificate: env("ENCRYPTION_CERTIFICATE_FILE"),
  privateKey: env("DECRYPTION_KEY_FILE"),
  paths: [{
    path: "/cards",
    toEncrypt: [{ element: "$", obj: "$" }], // the whole body
    toDecrypt: [{ element: "encryptedData", obj: "$" }],
  }],
});

const url = `${env("BASE_URL")}/encrypted/cards`;
const card = { accountNumber: "5555341244441115", cardholder: "Zoë Müller" };
const response = await mcFetch(url, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(jwe.encrypt(url, {}, card).body),
});
const body: unknown = await response.json();
const answer = response.ok ? jwe.decrypt({ request: { url }, body }) : body;
console.log(response.status, JSON.stringify(answer));

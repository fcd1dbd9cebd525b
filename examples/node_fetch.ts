/**
 * Uses node-fetch with a client certificate.
 *
 * Set BASE_URL (such as https://mtf.services.mastercard.com), P12_FILE and P12_PASSPHRASE. Then run
 * `npx tsx node_fetch.ts`, `bun node_fetch.ts`, or `deno run -A node_fetch.ts`.
 */
import { readFile } from "node:fs/promises";
import { createMcAgent, readMastercardErrors } from "@acme/mc-mtls";
import fetch from "node-fetch";
import { env } from "./env.ts";

const agent = createMcAgent({
  pfx: await readFile(env("P12_FILE")),
  passphrase: env("P12_PASSPHRASE"),
  origins: [env("BASE_URL")],
});

const response = await fetch(`${env("BASE_URL")}/petstore/pets?status=AVAILABLE`, { agent });
const pets = await response.json() as { name: string; category: string }[];
for (const { name, category } of pets) console.log(`${name}, ${category}`);

const missing = await fetch(`${env("BASE_URL")}/petstore/pets/0`, { agent });
const [refusal] = await readMastercardErrors(missing);
console.log(`Then: ${refusal?.reasonCode}`);
await missing.text();

const redirect = await fetch(`${env("BASE_URL")}/elsewhere/pets`, { agent }).catch((error) =>
  error
);
console.log(`Elsewhere: ${redirect.code}`);
agent.destroy();

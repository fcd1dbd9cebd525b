/**
 * Uses superagent with a client certificate.
 *
 * Set BASE_URL (such as https://mtf.services.mastercard.com), P12_FILE and P12_PASSPHRASE. Then run
 * `npx tsx superagent.mjs`, `bun superagent.mjs`, or `deno run -A superagent.mjs`.
 */
import { readFile } from "node:fs/promises";
import process from "node:process";
import { createMcAgent, readMastercardErrors } from "@acme/mc-mtls";
import superagent from "superagent";

const { BASE_URL, P12_FILE, P12_PASSPHRASE: passphrase } = process.env;
const agent = createMcAgent({ pfx: await readFile(P12_FILE), passphrase, origins: [BASE_URL] });

const { body } = await superagent.get(`${BASE_URL}/petstore/pets`)
  .query({ status: "AVAILABLE" }).agent(agent);
for (const { name, category } of body) console.log(`${name}, ${category}`);

const error = await superagent.get(`${BASE_URL}/petstore/pets/0`).agent(agent)
  .catch((error) => error);
const [refusal] = await readMastercardErrors(error);
console.log(`Then: ${refusal?.reasonCode}`);

const redirect = await superagent.get(`${BASE_URL}/elsewhere/pets`).agent(agent)
  .catch((error) => error);
console.log(`Elsewhere: ${redirect.code}`);
agent.destroy();

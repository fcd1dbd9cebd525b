/**
 * Uses axios with a client certificate: with an agent, and with its fetch adapter.
 *
 * Set BASE_URL (such as https://mtf.services.mastercard.com), P12_FILE and P12_PASSPHRASE. Then run
 * `npx tsx axios.ts`, `bun axios.ts`, or `deno run -A axios.ts`.
 */
import { readFile } from "node:fs/promises";
import { createMcAgent, createMcFetch, readMastercardErrors } from "@acme/mc-mtls";
import axios, { type AxiosInstance, isAxiosError } from "axios";
import { env } from "./env.ts";

const credentials = {
  pfx: await readFile(env("P12_FILE")),
  passphrase: env("P12_PASSPHRASE"),
  origins: [env("BASE_URL")],
};
const httpsAgent = createMcAgent(credentials);
await using fetch = createMcFetch(credentials);

const clients: Record<string, AxiosInstance> = {
  "With an agent": axios.create({ adapter: "http", baseURL: env("BASE_URL"), httpsAgent }),
  "With fetch": axios.create({ adapter: "fetch", env: { fetch }, baseURL: env("BASE_URL") }),
};
for (const [name, client] of Object.entries(clients)) {
  console.log(`${name}:`);
  const { data } = await client.get("/petstore/pets", { params: { status: "AVAILABLE" } });
  for (const { name, category } of data) console.log(`${name}, ${category}`);

  const error: unknown = await client.get("/petstore/pets/0").catch((error) => error);
  const [refusal] = await readMastercardErrors(error);
  console.log(`Then: ${refusal?.reasonCode}`);

  const redirect: unknown = await client.get("/elsewhere/pets").catch((error) => error);
  console.log(`Elsewhere: ${isAxiosError(redirect) ? redirect.code : redirect}`);
}
httpsAgent.destroy();

/**
 * Uses got with a client certificate.
 *
 * Set BASE_URL (such as https://mtf.services.mastercard.com), P12_FILE and P12_PASSPHRASE. Then run
 * `npx tsx got.ts`, `bun got.ts`, or `deno run -A got.ts`.
 */
import { readFile } from "node:fs/promises";
import { createMcAgent, readMastercardErrors } from "@acme/mc-mtls";
import got from "got";
import { env } from "./env.ts";

const agent = createMcAgent({
  pfx: await readFile(env("P12_FILE")),
  passphrase: env("P12_PASSPHRASE"),
  origins: [env("BASE_URL")],
});
const client = got.extend({
  prefixUrl: env("BASE_URL"),
  agent: { https: agent },
  retry: { limit: 0 },
});

interface Pet {
  readonly name: string;
  readonly category: string;
}

const pets = client.get("petstore/pets?status=AVAILABLE").json<Pet[]>();
for (const { name, category } of await pets) console.log(`${name}, ${category}`);

const error: unknown = await client.get("petstore/pets/0").catch((error) => error);
const [refusal] = await readMastercardErrors(error);
console.log(`Then: ${refusal?.reasonCode}`);

const redirect = await client.get("elsewhere/pets").catch((error) => error);
console.log(`Elsewhere: ${redirect.code}`);
agent.destroy();

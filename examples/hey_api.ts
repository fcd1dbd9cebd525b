/**
 * Uses a client from @hey-api/openapi-ts with a client certificate. The client calls `fetch` with
 * one argument, a `Request`.
 *
 * Generate the client with `npm run generate:hey-api`. Set BASE_URL (such as
 * https://mtf.services.mastercard.com), P12_FILE and P12_PASSPHRASE. Then run `npx tsx hey_api.ts`,
 * `bun hey_api.ts`, or `deno run -A hey_api.ts`.
 */
import { readFile } from "node:fs/promises";
import { createMcFetch } from "@acme/mc-mtls";
import { env } from "./env.ts";
import { client } from "./generated/hey_api/client.gen.ts";
import { createPet, deletePet, getPet, listPets } from "./generated/hey_api/index.ts";

await using fetch = createMcFetch({
  pfx: await readFile(env("P12_FILE")),
  passphrase: env("P12_PASSPHRASE"),
});
client.setConfig({ baseUrl: `${env("BASE_URL")}/petstore`, fetch });

const available = await listPets({ query: { status: "AVAILABLE" } });
for (const { name, category } of available.data ?? []) console.log(`${name}, ${category}`);

const { data: olive } = await createPet({
  body: { name: "Olive", status: "RESERVED" },
  throwOnError: true,
});
const path = { id: olive.id };
await deletePet({ path, throwOnError: true });
console.log(`${olive.name} was added, and removed again`);

const { error } = await getPet({ path });
console.log(`Then: ${error?.Errors.Error[0]?.ReasonCode}`);

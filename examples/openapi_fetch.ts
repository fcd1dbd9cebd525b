/**
 * Uses openapi-fetch with a client certificate, and with types from openapi-typescript. The client
 * calls `fetch` with one argument, a `Request`.
 *
 * Generate the types with `npm run generate:openapi-typescript`. Set BASE_URL (such as
 * https://mtf.services.mastercard.com), P12_FILE and P12_PASSPHRASE. Then run
 * `npx tsx openapi_fetch.ts`, `bun openapi_fetch.ts`, or `deno run -A openapi_fetch.ts`.
 */
import { readFile } from "node:fs/promises";
import { createMcFetch } from "@acme/mc-mtls";
import createClient from "openapi-fetch";
import { env } from "./env.ts";
import type { paths } from "./generated/openapi_typescript.ts";

await using fetch = createMcFetch({
  pfx: await readFile(env("P12_FILE")),
  passphrase: env("P12_PASSPHRASE"),
});
const pets = createClient<paths>({ baseUrl: `${env("BASE_URL")}/petstore`, fetch });

const available = await pets.GET("/pets", { params: { query: { status: "AVAILABLE" } } });
for (const { name, category } of available.data ?? []) console.log(`${name}, ${category}`);

const { data: olive } = await pets.POST("/pets", { body: { name: "Olive", status: "RESERVED" } });
if (olive === undefined) throw new Error("The pet was not added");
const params = { path: { id: olive.id } };
await pets.DELETE("/pets/{id}", { params });
console.log(`${olive.name} was added, and removed again`);

const { error } = await pets.GET("/pets/{id}", { params });
console.log(`Then: ${error?.Errors.Error[0]?.ReasonCode}`);

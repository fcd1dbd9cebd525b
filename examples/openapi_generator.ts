/**
 * Uses a client from OpenAPI Generator (`typescript-fetch`) with a client certificate. The client
 * calls `fetchApi` with a URL and options.
 *
 * Generate the client with `npm run generate:openapi-generator`, with the path of the generator's
 * jar in OPENAPI_GENERATOR_JAR. Set BASE_URL (such as https://mtf.services.mastercard.com),
 * P12_FILE and P12_PASSPHRASE. Then run `npx tsx openapi_generator.ts`, `bun openapi_generator.ts`,
 * or `deno run -A openapi_generator.ts`.
 */
import { readFile } from "node:fs/promises";
import { createMcFetch, readMastercardErrors } from "@acme/mc-mtls";
import { env } from "./env.ts";
import { Configuration, PetsApi, ResponseError } from "./generated/openapi_generator/index.ts";

await using fetchApi = createMcFetch({
  pfx: await readFile(env("P12_FILE")),
  passphrase: env("P12_PASSPHRASE"),
});
const basePath = `${env("BASE_URL")}/petstore`;
const pets = new PetsApi(new Configuration({ basePath, fetchApi }));

for (const { name, category } of await pets.listPets({ status: "AVAILABLE" })) {
  console.log(`${name}, ${category}`);
}

const { id, name } = await pets.createPet({ newPet: { name: "Olive", status: "RESERVED" } });
await pets.deletePet({ id });
console.log(`${name} was added, and removed again`);

try {
  await pets.getPet({ id });
} catch (error) {
  if (!(error instanceof ResponseError)) throw error;
  const [refusal] = await readMastercardErrors(error.response);
  console.log(`Then: ${refusal?.reasonCode}`);
}

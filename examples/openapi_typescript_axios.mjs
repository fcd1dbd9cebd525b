/**
 * Uses a client from OpenAPI Generator (`typescript-axios`) with a client certificate.
 *
 * Generate the client with `npm run generate:typescript-axios`, with the path of the generator's
 * jar in OPENAPI_GENERATOR_JAR. Set BASE_URL (such as https://mtf.services.mastercard.com),
 * P12_FILE and P12_PASSPHRASE. Then run `node openapi_typescript_axios.mjs`, `bun openapi_typescript_axios.mjs`, or `deno run -A openapi_typescript_axios.mjs`.
 */
import { readFile } from "node:fs/promises";
import process from "node:process";
import { createMcAgent, readMastercardErrors } from "@acme/mc-mtls";
import { Configuration, PetsApi } from "./generated/openapi_typescript_axios.js";

const { BASE_URL, P12_FILE, P12_PASSPHRASE: passphrase } = process.env;
const agent = createMcAgent({ pfx: await readFile(P12_FILE), passphrase, origins: [BASE_URL] });

function petsAt(path) {
  const baseOptions = { httpsAgent: agent, adapter: "http" };
  return new PetsApi(new Configuration({ basePath: `${BASE_URL}${path}`, baseOptions }));
}

const pets = petsAt("/petstore");
for (const { name, category } of (await pets.listPets("AVAILABLE")).data) {
  console.log(`${name}, ${category}`);
}

const [refusal] = await readMastercardErrors(await pets.getPet(0).catch((error) => error));
console.log(`Then: ${refusal?.reasonCode}`);

const redirect = await petsAt("/elsewhere").listPets().catch((error) => error);
console.log(`Elsewhere: ${redirect.code}`);
agent.destroy();

/**
 * Uses a client from OpenAPI Generator (`javascript`) with a client certificate.
 *
 * Generate the client with `npm run generate:javascript`, with the path of the generator's
 * jar in OPENAPI_GENERATOR_JAR. Set BASE_URL (such as https://mtf.services.mastercard.com),
 * P12_FILE and P12_PASSPHRASE. Then run `node openapi_javascript.mjs`, `bun openapi_javascript.mjs`, or `deno run -A openapi_javascript.mjs`.
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import process from "node:process";
import { createMcAgent, readMastercardErrors } from "@acme/mc-mtls";

const petstore = createRequire(import.meta.url)("./generated/openapi_javascript");
const { BASE_URL, P12_FILE, P12_PASSPHRASE: passphrase } = process.env;
const agent = createMcAgent({ pfx: await readFile(P12_FILE), passphrase, origins: [BASE_URL] });

/** Returns the API at a path. The client calls back with an error, the data and the response. */
function petsAt(path) {
  const client = new petstore.ApiClient(`${BASE_URL}${path}`);
  client.requestAgent = agent;
  const api = new petstore.PetsApi(client);
  return (operation, ...args) =>
    new Promise((resolve, reject) => {
      api[operation](...args, (error, data) => error ? reject(error) : resolve(data));
    });
}

const call = petsAt("/petstore");
for (const { name, category } of await call("listPets", { status: "AVAILABLE" })) {
  console.log(`${name}, ${category}`);
}

const [refusal] = await readMastercardErrors(await call("getPet", 0).catch((error) => error));
console.log(`Then: ${refusal?.reasonCode}`);

const redirect = await petsAt("/elsewhere")("listPets", {}).catch((error) => error);
console.log(`Elsewhere: ${redirect.code}`);
agent.destroy();

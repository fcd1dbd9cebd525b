/**
 * Uses a client from OpenAPI Generator (`typescript-nestjs`) with a client certificate.
 *
 * Generate the client with `npm run generate:typescript-nestjs`, with the path of the generator's
 * jar in OPENAPI_GENERATOR_JAR. Set BASE_URL (such as https://mtf.services.mastercard.com),
 * P12_FILE and P12_PASSPHRASE. Then run `node openapi_typescript_nestjs.mjs`, `bun openapi_typescript_nestjs.mjs`, or `deno run -A openapi_typescript_nestjs.mjs`.
 */
import { readFile } from "node:fs/promises";
import process from "node:process";
import { createMcAgent, readMastercardErrors } from "@acme/mc-mtls";
import { HttpService } from "@nestjs/axios";
import axios from "axios";
import { lastValueFrom } from "rxjs";
import { Configuration, PetsService } from "./generated/openapi_typescript_nestjs.js";

const { BASE_URL, P12_FILE, P12_PASSPHRASE: passphrase } = process.env;
const agent = createMcAgent({ pfx: await readFile(P12_FILE), passphrase, origins: [BASE_URL] });

const http = new HttpService(axios.create({ httpsAgent: agent, adapter: "http" }));

function petsAt(path) {
  return new PetsService(http, new Configuration({ basePath: `${BASE_URL}${path}` }));
}

const pets = petsAt("/petstore");
for (const { name, category } of (await lastValueFrom(pets.listPets("AVAILABLE"))).data) {
  console.log(`${name}, ${category}`);
}

const error = await lastValueFrom(pets.getPet(0)).catch((error) => error);
const [refusal] = await readMastercardErrors(error);
console.log(`Then: ${refusal?.reasonCode}`);

const redirect = await lastValueFrom(petsAt("/elsewhere").listPets()).catch((error) => error);
console.log(`Elsewhere: ${redirect.code}`);
agent.destroy();

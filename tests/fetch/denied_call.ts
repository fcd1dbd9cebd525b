/** A program of its own for `failure_table_test.ts`, which runs it without permissions. */
import { readFileSync } from "node:fs";
import process from "node:process";
import { mcFetch, McFetchError } from "../../mod.ts";

const [url = "", proxy] = process.argv.slice(2);
const fixture = (name: string) => readFileSync(`tests/fixtures/${name}`);
const credentials = { cert: fixture("client.pem"), key: fixture("client.pkcs8.key") };
try {
  await mcFetch(url, undefined, { ...credentials, ...(proxy && { proxy }) });
} catch (error) {
  console.log(error instanceof McFetchError ? `${error.code} ${error.message}` : error);
}

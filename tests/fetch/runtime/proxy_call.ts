/**
 * A program of its own for `proxy_test.ts`, since runtimes look at the environment as they start.
 */
import process from "node:process";
import { mcFetch, McFetchError } from "../../../mod.ts";
import { sandboxCredentials } from "../../support/context.ts";

const [url = "", proxy] = process.argv.slice(2);
try {
  const credentials = { ...sandboxCredentials(), ...(proxy && { proxy }) };
  const response = await mcFetch(url, undefined, credentials);
  await response.text();
  console.log(response.status);
} catch (error) {
  const shown = process.env.MC_MTLS_TEST_SHOW === "message" ? ` ${(error as Error).message}` : "";
  console.log(error instanceof McFetchError ? `${error.code}${shown}` : error);
}

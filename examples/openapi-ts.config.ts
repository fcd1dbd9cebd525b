/** The configuration of @hey-api/openapi-ts. */
import { defineConfig } from "@hey-api/openapi-ts";

export default defineConfig({
  input: "petstore.yaml",
  // Deno needs the ending of an imported file. By default tsconfig.json makes it ".js".
  output: { path: "generated/hey_api", module: { extension: ".ts" } },
});

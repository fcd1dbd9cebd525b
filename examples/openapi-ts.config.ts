import { defineConfig } from "@hey-api/openapi-ts";

export default defineConfig({
  input: "petstore.yaml",
  // Deno imports a file by its whole name. The default is ".js" here, after tsconfig.json.
  output: { path: "generated/hey_api", module: { extension: ".ts" } },
});

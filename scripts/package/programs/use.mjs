import * as library from "@acme/mc-mtls";
import { check } from "./check.mjs";

check(library).catch((error) => {
  console.error(error);
  process.exit(1);
});

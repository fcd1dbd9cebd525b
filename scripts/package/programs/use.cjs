const library = require("@acme/mc-mtls");
const { check } = require("./check.mjs");

check(library).catch((error) => {
  console.error(error);
  process.exit(1);
});

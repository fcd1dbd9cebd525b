/* global test */
const library = require("@acme/mc-mtls");
const { check } = require("./check.mjs");

test("the package works", () => check(library), 30_000);

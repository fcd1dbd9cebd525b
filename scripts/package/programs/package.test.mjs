/* global test */
import * as library from "@acme/mc-mtls";
import { check } from "./check.mjs";

test("the package works", () => check(library), 30_000);

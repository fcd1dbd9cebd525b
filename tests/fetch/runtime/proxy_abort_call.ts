/** A program of its own for `proxy_choice_test.ts`: gives up, closes, and has to end by itself. */
import process from "node:process";
import { createMcFetch } from "../../../mod.ts";
import { sandboxFiles } from "../../support/context.ts";

const [url = "", proxy = ""] = process.argv.slice(2);
const fetch = createMcFetch({ ...sandboxFiles(), proxy });
const signal = AbortSignal.timeout(1_000);
await fetch(url, { signal }).catch((error) => console.log(error.name));
await fetch.close();

/**
 * A program of its own for `proxy_choice_test.ts`, since runtimes look at the environment as they
 * start: prints the proxy that is expected for each URL, then calls the URL with the runtime's own
 * `fetch`.
 */
import process from "node:process";
import { findProxy } from "../../../lib/fetch/runtime/proxy_choice.ts";

const urls = process.argv.slice(2);
const choices = urls.map((url) => findProxy(new URL(url), undefined) ?? null);
for (const url of urls) await fetch(url).then((response) => response.text()).catch(() => {});
console.log(JSON.stringify(choices));
process.exit();

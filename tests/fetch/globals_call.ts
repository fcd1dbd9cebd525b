/**
 * A program of its own for `globals_test.ts`: it replaces globals, before or after the module is
 * loaded.
 *
 * @module
 */
import process from "node:process";
import { sandboxCredentials, server } from "../support/context.ts";

const [what = "", moment = ""] = process.argv.slice(2);
const original = globalThis.fetch;
const PETS = `${server.origin}/petstore/pets`;

/** How often a replacement was called. */
let calls = 0;

/** Replacements of `fetch` that lose the options of one runtime or another. */
const WRAPPERS: Record<string, typeof fetch> = {
  "new Request of both": (input, init) => original(new Request(input as string, init)),
  "input only": (input) => original(input),
  "URL and some members": (input, init) => {
    const { method = "GET", headers = {}, body = null } = init ?? {};
    return original(String(input), { method, headers, body });
  },
  "clone": (input, init) => original(new Request(input as string, init).clone()),
  "another answer": () => Promise.resolve(new Response("[]")),
  "rejects": () => Promise.reject(new TypeError("fetch failed")),
};

class Broken {
  constructor() {
    throw new Error("a class that was replaced");
  }
}

/** Resolves everything but undici, as in a program whose bundler left it out. */
const WITHOUT_UNDICI = `export function resolve(specifier, context, next) {
  if (specifier === "undici") throw new Error("there is no undici");
  return next(specifier, context);
}`;

function replace(): void {
  const wrapper = WRAPPERS[what];
  if (wrapper !== undefined) {
    globalThis.fetch = (...args) => {
      calls++;
      return wrapper(...args);
    };
  } else if (what === "Promise") {
    // As zone.js does. The promises of `async` functions are not of this class.
    globalThis.Promise = class extends Promise<unknown> {} as PromiseConstructor;
  } else if (what === "classes") {
    Object.assign(globalThis, { Request: Broken, Response: Broken, Headers: Broken });
    globalThis.fetch = () => Promise.reject(new Error("replaced"));
  }
}

if (what === "no undici") {
  const { register } = await import("node:module");
  register(`data:text/javascript,${encodeURIComponent(WITHOUT_UNDICI)}`);
}
if (moment === "before") replace();
const { createMcFetch, mcFetch } = await import("../../mod.ts");
if (moment === "after") replace();

if (what === "insecure environment" && moment === "after") {
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
}

const credentials = sandboxCredentials();
const { extraCa: _, ...untrusting } = credentials as { extraCa: unknown } & typeof credentials;
const outcomes: string[] = [];

/** Tells the status, or the code of the error. 422 would be a request without the certificate. */
async function tell(call: () => Promise<Response>): Promise<void> {
  try {
    const response = await call();
    await response.text();
    outcomes.push(String(response.status));
  } catch (error) {
    outcomes.push((error as { code?: string }).code ?? String(error));
  }
}

if (what === "itself") {
  const bound = globalThis.fetch = createMcFetch(credentials);
  setTimeout(() => outcomes.push("a timer"), 1);
  await tell(() => fetch(PETS, { signal: AbortSignal.timeout(5_000) }));
  await tell(() => fetch(new Request(PETS)));
  globalThis.fetch = createMcFetch(() => credentials);
  await tell(() => fetch(PETS, { method: "POST", body: '{"name":"Zoë"}' }));
  await tell(() => mcFetch(PETS, {}, credentials));
  await new Promise((resolve) => setTimeout(resolve, 10));
  await bound.close();
} else if (what === "insecure environment") {
  await tell(() => mcFetch(PETS, {}, untrusting as typeof credentials));
  await tell(() => mcFetch(`${server.otherOrigin}/echo`, {}, credentials));
  const elsewhere = PETS.replace("localhost", "127.0.0.1");
  await tell(() => mcFetch(server.tls.urls["elsewhere 1.3"] ?? elsewhere, {}, credentials));
} else if (what === "Promise") {
  const bound = createMcFetch(async () => await Promise.resolve(credentials));
  const pet = { method: "POST", body: '{"name":"Zoë"}' };
  await Promise.all([
    tell(() => bound(PETS)),
    tell(() => bound(PETS)),
    tell(() => bound(new Request(PETS, pet))),
  ]);
  await bound.close();
} else {
  const json = { "content-type": "application/json" };
  await tell(() => mcFetch(PETS, {}, credentials));
  await tell(() => createMcFetch(credentials)(PETS, { method: "POST", headers: json, body: "{}" }));
  await tell(() => mcFetch(`${server.origin}/redirect?status=307&to=/echo`, {}, credentials));
}
console.log(JSON.stringify({ outcomes, calls }));
process.exit();

/**
 * Calls the server with two certificates, and shows that Next.js' own `fetch` is in force: it hands
 * one answer to two calls of a render, and keeps answers.
 */
import { createMcFetch, mcFetch } from "@acme/mc-mtls";
import process from "node:process";

/** What users pass in Next.js applications. */
const INITS = {
  "GET": undefined,
  "kept GET": { cache: "force-cache" },
  "GET with next.revalidate": { next: { revalidate: 60 } },
  "POST": { method: "POST", body: '{"name":"Bella"}' },
  "kept POST": { method: "POST", body: '{"name":"Bella"}', cache: "force-cache" },
};

/** Returns the outcome of each call by each caller, and of Next.js' own `fetch`. */
export async function callAsAll() {
  const { SERVER, CREDENTIALS } = process.env;
  const ways = Object.entries(JSON.parse(CREDENTIALS)).flatMap(([caller, credentials]) => [
    { caller, way: "createMcFetch", send: createMcFetch(credentials) },
    { caller, way: "mcFetch", send: (url, init) => mcFetch(url, init, credentials) },
  ]);
  const answers = [];
  for (const [kind, init] of Object.entries(INITS)) {
    const call = ({ caller, way, send }) =>
      answerOf({ call: `${way}, ${kind}`, caller }, send, init);
    answers.push(...await Promise.all(ways.map(call)));
  }

  const isPatched = fetch.__nextPatched === true;
  const serials = [];
  for (let times = 0; times < 2; times++) {
    const response = await fetch(`${SERVER}/witness`);
    serials.push((await response.json()).serial);
  }
  return { answers, witness: { isPatched, serials } };

  async function answerOf(answer, send, init) {
    try {
      const response = await send(`${SERVER}/certified`, init);
      const subject = response.headers.get("x-client-certificate-subject");
      return { ...answer, status: response.status, subject, body: await response.text() };
    } catch (error) {
      return { ...answer, code: String(error.code ?? "none"), message: String(error.message) };
    }
  }
}

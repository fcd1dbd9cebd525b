/**
 * What clients other than `fetch` have in hand. The examples show it with the clients themselves.
 *
 * @module
 */
import { assertEquals, assertRejects } from "@std/assert";
import test from "node:test";
import { McFetchError, readMastercardErrors } from "../../mod.ts";

const BODY = {
  Errors: {
    Error: [{
      Source: "Gateway",
      ReasonCode: "INVALID_CLIENT_CERT",
      Description: "Invalid client certificate",
      Recoverable: false,
    }],
  },
};
const TEXT = JSON.stringify(BODY);
const BYTES = new TextEncoder().encode(TEXT);
const headers = { "content-type": "application/json" };

/** A stream as Node has it, with the members that are used. */
function nodeStream(chunks: Uint8Array[]) {
  return {
    [Symbol.asyncIterator]: async function* () {
      yield* chunks;
    },
  };
}

const nodeFetchResponse = {
  status: 422,
  ok: false,
  headers,
  body: nodeStream([BYTES]),
  bodyUsed: false,
  clone: () => ({ body: nodeStream([BYTES.subarray(0, 20), BYTES.subarray(20)]) }),
};

/** Made in the tests: workerd makes no `Response` earlier. */
const makeGiven = (): Record<string, unknown> => ({
  "a Response": new Response(TEXT, { status: 422 }),
  "an error of a generated client": Object.assign(new Error(), {
    response: new Response(TEXT, { status: 422 }),
  }),
  "a response of axios": { status: 422, statusText: "", headers, config: {}, data: BODY },
  "a response of axios as text": { status: 422, headers, config: {}, data: TEXT },
  "a response of axios as bytes": { status: 422, headers, config: {}, data: BYTES.buffer },
  "an error of axios": Object.assign(new Error(), {
    code: "ERR_BAD_REQUEST",
    config: {},
    response: { status: 422, headers, data: BODY },
  }),
  "a response of superagent": { status: 422, statusCode: 422, headers, text: TEXT, body: BODY },
  "an error of superagent": Object.assign(new Error(), {
    status: 422,
    response: { status: 422, headers, text: TEXT, body: BODY },
  }),
  "an error of got": Object.assign(new Error(), {
    response: { statusCode: 422, headers, body: TEXT, rawBody: BYTES },
  }),
  "a response of node-fetch": nodeFetchResponse,
  "a response that names no other": { status: 422, headers, data: BODY, response: null },
  "an error of typescript-node": Object.assign(new Error(), {
    statusCode: 422,
    body: BODY,
    response: { statusCode: 422, headers, body: BODY },
  }),
  "text": TEXT,
  "bytes": BYTES,
  "an object": BODY,
});

test("errors are read from what each client hands on", async () => {
  for (const [name, given] of Object.entries(makeGiven())) {
    const errors = await readMastercardErrors(given);
    assertEquals(errors.map(({ reasonCode }) => reasonCode), ["INVALID_CLIENT_CERT"], name);
  }
});

test("a successful response of another client needs the more complete shape, too", async () => {
  const data = { reasonCode: "4837", amount: 5 };
  assertEquals(await readMastercardErrors({ status: 200, headers, data }), []);
  assertEquals((await readMastercardErrors({ status: 400, headers, data })).length, 1);
});

test("whatever else there is has no errors", async () => {
  const circle: Record<string, unknown> = { headers };
  circle.response = circle;
  const rest = [undefined, null, 0, true, "", "x".repeat(300_000), {}, [], new Error(), () => {}];
  for (const given of [...rest, circle]) assertEquals(await readMastercardErrors(given), []);
});

test("a Promise is an error that says so", async () => {
  const promise = Promise.resolve(new Response());
  await assertRejects(() => readMastercardErrors(promise), McFetchError, "await it");
});

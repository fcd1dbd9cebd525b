/** Tests how `readMastercardErrors` reads bodies: limits, failures, and hostile contents. */
import test from "node:test";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { MAX_BODY, readText } from "../../lib/mastercard/body.ts";
import { readMastercardErrors } from "../../lib/mastercard/errors.ts";
import { mcFetch } from "../../mod.ts";
import { LARGE } from "../support/bodies.ts";
import { sandboxCredentials, server } from "../support/context.ts";
import { EXPECTED_ERROR, GATEWAY_ERROR, readErrors } from "../support/mastercard_errors.ts";

test("the caller can still read the body, and read the errors again", async () => {
  const body = JSON.stringify({ Errors: { Error: [GATEWAY_ERROR] }, rest: "é".repeat(50_000) });
  for (const init of [body, new Blob([body]), makeStream([body.slice(0, 99), body.slice(99)])]) {
    const response = new Response(init, { status: 400 });
    assertEquals(await readMastercardErrors(response), [EXPECTED_ERROR]);
    assertEquals(await readMastercardErrors(response), [EXPECTED_ERROR]);
    assertEquals(response.bodyUsed, false);
    assertEquals(await response.text(), body);
    const call = () => readMastercardErrors(response);
    assertStringIncludes((await assertRejects(call, TypeError)).message, "already used");
  }
  const locked = new Response("{}");
  const reader = locked.body!.getReader();
  await assertRejects(() => readMastercardErrors(locked), TypeError, "already used");
  await reader.cancel();
});

/** Makes a stream of chunks. At the end it calls `then`, which by default closes the stream. */
function makeStream(
  chunks: readonly string[],
  then = (controller: ReadableStreamDefaultController) => controller.close(),
): ReadableStream<Uint8Array> {
  let next = 0;
  return new ReadableStream({
    pull(controller) {
      const chunk = chunks[next++];
      if (chunk === undefined) return then(controller);
      controller.enqueue(new TextEncoder().encode(chunk));
    },
  });
}

test("an endless body is read up to the limit, and the caller can cancel it", async () => {
  const CHUNK = 16 * 1024;
  let pulls = 0;
  let cancelled = false;
  const endless = new ReadableStream({
    pull(controller) {
      pulls++;
      controller.enqueue(new Uint8Array(CHUNK).fill(0x20));
    },
    cancel() {
      cancelled = true;
    },
  });
  const response = new Response(endless, { status: 500 });
  assertEquals(await readMastercardErrors(response), []);
  assert(pulls <= MAX_BODY / CHUNK + 3, `${pulls} pulls`); // the streams' queues hold a few chunks
  assertEquals(cancelled, false);
  await response.body!.cancel();
  assertEquals(cancelled, true);
});

test("a body over the limit has no errors, and the caller can read all of it", async () => {
  const text = JSON.stringify(GATEWAY_ERROR);
  const fits = text + " ".repeat(MAX_BODY - text.length);
  assertEquals(await readErrors(fits), [EXPECTED_ERROR]);
  const response = new Response(`${fits} `, { status: 400 });
  assertEquals(await readMastercardErrors(response), []);
  assertEquals((await response.text()).length, MAX_BODY + 1);
});

test("endless empty chunks reach the limit", async () => {
  const empty = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array()) });
  const response = new Response(empty, { status: 400 });
  assertEquals(await readMastercardErrors(response), []);
  await response.body!.cancel();
});

test("the part of a stalled body that arrived is read", async () => {
  const body = JSON.stringify(GATEWAY_ERROR);
  const stalled = () => new Response(makeStream([body], () => new Promise(() => {})));
  const response = stalled();
  assertEquals(await readText(response, 50), body);
  await response.body!.cancel();

  const begin = await mcFetch(`${server.origin}/begin`, undefined, sandboxCredentials());
  assertEquals(await readText(begin, 200), "the beginning");
  await begin.body!.cancel();
});

test("the errors of a failed body are read, and only the caller gets the failure", async () => {
  const fail = (controller: ReadableStreamDefaultController) => controller.error(new Error("cut"));
  const body = JSON.stringify(GATEWAY_ERROR);
  for (
    const [chunks, expected] of [[[body], [EXPECTED_ERROR]], [[body.slice(0, 9)], []]] as const
  ) {
    const response = new Response(makeStream(chunks, fail), { status: 400 });
    assertEquals(await readMastercardErrors(response), [...expected]);
    await assertRejects(() => response.text(), Error);
    // Nobody reads this body. No rejection may stay unhandled.
    await readMastercardErrors(new Response(makeStream(chunks, fail), { status: 400 }));
  }
  const cut = await mcFetch(`${server.origin}/cut`, undefined, sandboxCredentials());
  assertEquals(await readMastercardErrors(cut), []);
  // workerd's `text` hides the failure of a body whose clone was read with a reader.
  const reader = cut.body!.getReader();
  await assertRejects(async () => {
    while (!(await reader.read()).done);
  }, Error);
});

test("the caller can read all of a large response", async () => {
  const response = await mcFetch(`${server.origin}/large`, undefined, sandboxCredentials());
  assertEquals(await readMastercardErrors(response), []);
  const bytes = new Uint8Array(await response.arrayBuffer());
  assertEquals(bytes.length, LARGE.chunks * LARGE.size);
  assertEquals(bytes.at(-1), (LARGE.chunks - 1) % 256);
});

test("no hostile body makes the function fail or take long", async () => {
  const size = MAX_BODY - 2000;
  const fill = (unit: string) => unit.repeat(size / unit.length);
  const nested = (open: string, close: string) =>
    open.repeat(size / (open.length + close.length)) +
    close.repeat(size / (open.length + close.length));
  const bodies: Record<string, string> = {
    arrays: nested("[", "]"),
    objects: nested('{"errors":', "}").replace(":}", ":1}"),
    details: `{"ReasonCode":"A","Details":${nested("[", "]")}}`,
    "a prototype": '{"__proto__":{"ReasonCode":"A","polluted":1},"constructor":{"prototype":1}}',
    "wrong types":
      '{"Errors":{"Error":[[],{},null,1,"",true,[[{}]],{"ReasonCode":{"toString":1}}]}}',
    "no value": '{"ReasonCode":1e999,"Details":{"toJSON":1}}',
    "empty objects": `{"errors":[${fill("{},")}{}]}`,
    names: `{${Array.from({ length: 15_000 }, (_, i) => `"ERR${i}":0`).join()},"error":"x"}`,
    tags: fill("<a>"),
    "open tags": fill("<"),
    "empty tags": `<a>${fill("<b/>")}</a>`,
    comments: fill("<!--"),
    "comments that end": `<a>${fill("<!---->")}</a>`,
    sections: fill("<![CDATA["),
    quotes: fill(`<a "`),
    attributes: `<a ${fill(`b="`)}>`,
    ampersands: `<a>${fill("&#x")}</a>`,
    references: `<a>${fill("&#x110000;&#99;")}</a>`,
    slashes: fill("</"),
    prefixes: `<${fill("a:")}`,
    "a name": `<${fill("a")}>`,
    titles: fill("<title>400 "),
    spaces: `<a>${fill(" ")}</a>`,
    "a prototype in XML": "<Errors><__proto__><ReasonCode>A</ReasonCode></__proto__></Errors>",
  };
  for (const [name, body] of Object.entries(bodies)) {
    const started = Date.now();
    const errors = await readErrors(body);
    assert(errors.length <= 1, name);
    assert(Date.now() - started < 10_000, `${name} took ${Date.now() - started} ms`);
  }
  assertEquals("polluted" in {}, false);
  const deep = `<Errors>${"<a>".repeat(15)}${"</a>".repeat(15)}<Error><ReasonCode>A</ReasonCode>`;
  assertEquals(await readErrors(`${deep}</Error></Errors>`), [], "nested deeper than the limit");
});

test("the number of errors and the length of their texts have limits", async () => {
  const many = Array.from({ length: 5000 }, (_, i) => ({ ReasonCode: i }));
  const lists = Array.from({ length: 50 }, () => many.slice(0, 60));
  for (const body of [many, { Errors: { Error: many } }, { Errors: lists }]) {
    assertEquals((await readErrors(body)).length, 100);
  }
  const xml = "<Error><ReasonCode>A</ReasonCode></Error>".repeat(5000);
  assertEquals((await readErrors(`<Errors>${xml}</Errors>`)).length, 100);

  const long = `${"a".repeat(4094)}\u{1f43e}${"b".repeat(50_000)}`;
  const [error] = await readErrors({
    ReasonCode: long,
    Source: long,
    Description: long,
    Details: [long],
  });
  const { source, reasonCode, description, details } = error!;
  for (const text of [source, reasonCode, description, details!]) {
    assert(text.length <= 4096 && text.endsWith("…"), `${text.length}`);
  }
  assertEquals(description, `${"a".repeat(4094)}…`); // without half of the pair
});

test("a character can arrive in two chunks", async () => {
  const body = new TextEncoder().encode('{"ReasonCode":"é"}');
  const chunks = Array.from(body, (_, i) => body.subarray(i, i + 1));
  const bytes = new ReadableStream({
    pull(controller) {
      const chunk = chunks.shift();
      if (chunk === undefined) controller.close();
      else controller.enqueue(chunk);
    },
  });
  const [error] = await readMastercardErrors(new Response(bytes, { status: 400 }));
  assertEquals(error?.reasonCode, "é");
});

test("invalid UTF-8 becomes replacement characters", async () => {
  const body = new TextEncoder().encode('{"ReasonCode":"A","Description":"?"}');
  body[body.indexOf(0x3f)] = 0xff;
  const [error] = await readMastercardErrors(new Response(body, { status: 400 }));
  assertEquals(error!.description, "\ufffd");
  const binary = Uint8Array.from({ length: 5000 }, (_, i) => i * 7);
  assertEquals(await readMastercardErrors(new Response(binary, { status: 400 })), []);
});

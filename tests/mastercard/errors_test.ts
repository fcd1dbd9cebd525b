import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { readFileSync } from "node:fs";
import test from "node:test";
import { MAX_BODY, readText } from "../../lib/mastercard/body.ts";
import { type MastercardError, readMastercardErrors } from "../../lib/mastercard/errors.ts";
import { mcFetch } from "../../mod.ts";
import { LARGE } from "../support/bodies.ts";
import { runtime, sandboxCredentials, server, testExceptOn } from "../support/context.ts";

/** The errors in a body; what is no text is sent as JSON. */
function read(body: unknown, status = 400, type = "application/json"): Promise<MastercardError[]> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return readMastercardErrors(new Response(text, { status, headers: { "content-type": type } }));
}

const GATEWAY = {
  Source: "Gateway",
  ReasonCode: "SOME_CODE",
  Description: "Some words",
  Recoverable: false,
  Details: null,
};
const EXPECTED = {
  source: "Gateway",
  reasonCode: "SOME_CODE",
  description: "Some words",
  recoverable: false,
};
const LOWER_CAMEL = {
  source: "Gateway",
  reasonCode: "SOME_CODE",
  description: "Some words",
  recoverable: false,
};
const UPPER = {
  SOURCE: "Gateway",
  REASONCODE: "SOME_CODE",
  DESCRIPTION: "Some words",
  RECOVERABLE: "FALSE",
};

const FORMS: [string, unknown][] = [
  ["flat", GATEWAY],
  ["flat, in a list", [GATEWAY]],
  ["Errors.Error, a list", { Errors: { Error: [GATEWAY] } }],
  ["Errors.Error, an object", { Errors: { Error: GATEWAY } }],
  ["Errors, a list of Error", { Errors: [{ Error: GATEWAY }] }],
  ["Errors, a list of lists of Error", { Errors: [{ Error: [GATEWAY] }] }],
  ["Errors, a list of errors", { Errors: [GATEWAY] }],
  ["Errors, an object", { Errors: GATEWAY }],
  ["Error alone", { Error: GATEWAY }],
  ["lower camel case", { code: "-32603", errors: [LOWER_CAMEL], message: "Internal Error" }],
  ["lower camel case, flat", LOWER_CAMEL],
  ["upper case", { ERRORS: { error: UPPER } }],
  ["a BOM before it", `\ufeff${JSON.stringify({ Errors: { Error: [GATEWAY] } })}`],
  ["empty Errors beside it", { ...GATEWAY, Errors: [], error: null }],
];
for (const [name, body] of FORMS) {
  test(`an error is read from JSON: ${name}`, async () => {
    assertEquals(await read(body), [EXPECTED]);
    assertEquals(await read(body, 503, "text/html"), [EXPECTED]); // whatever it is said to be
  });
}

test("several errors stay in order", async () => {
  const errors = ["A", "B", "C"].map((ReasonCode) => ({ ...GATEWAY, ReasonCode }));
  for (
    const body of [
      errors,
      { Errors: { Error: errors } },
      { Errors: errors.map((Error) => ({ Error })) },
    ]
  ) {
    assertEquals((await read(body)).map(({ reasonCode }) => reasonCode), ["A", "B", "C"]);
  }
});

test("fields of other types become text, and missing ones are empty", async () => {
  const [number] = await read({ ReasonCode: 44000, Recoverable: "True " });
  assertEquals(number, { source: "", reasonCode: "44000", description: "", recoverable: true });
  const wrong = { Source: {}, ReasonCode: 0, Description: ["a"], Recoverable: {}, Details: 7 };
  assertEquals(await read({ Errors: [null, wrong, 1, "text", []] }), [
    { source: "", reasonCode: "0", description: "", recoverable: undefined, details: "7" },
  ]);
  const [undescribed] = await read({ Errors: { Error: { Description: "Only words" } } });
  assertEquals([undescribed?.reasonCode, undescribed?.description], ["", "Only words"]);
});

test("details are text, or JSON as text", async () => {
  const details = async (Details: unknown) => (await read({ ...GATEWAY, Details }))[0]!.details;
  assertEquals(await details("The CSR should not be blank"), "The CSR should not be blank");
  assertEquals(await details([{ Name: "a", Value: 1 }]), '[{"Name":"a","Value":1}]');
  const [without] = await read({ ...GATEWAY, Details: null });
  assertEquals("details" in without!, false);
});

test("an OAuth 2.0 error is read", async () => {
  const body = { error: "invalid_client", error_description: "Unknown client" };
  const expected = { source: "", reasonCode: "invalid_client", recoverable: undefined };
  assertEquals(await read(body, 401), [{ ...expected, description: "Unknown client" }]);
  assertEquals(await read({ error: "invalid_client" }), [{ ...expected, description: "" }]);
});

const XML: [string, string][] = [
  [
    "as the gateway writes it",
    `<?xml version="1.0" encoding="UTF-8"?>
    <Errors>
      <Error>
        <Source>Gateway</Source>
        <ReasonCode>SOME_CODE</ReasonCode>
        <Description>Some words</Description>
        <Recoverable>false</Recoverable>
        <Details/>
      </Error>
    </Errors>`,
  ],
  [
    "prefixes, attributes, comments, CDATA and references",
    `<!-- <Errors> --><m:Errors xmlns:m='urn:a>b' a="</m:Errors>"><m:Error
      ><m:Source><![CDATA[Gate]]>way</m:Source ><ReasonCode>&#83;OME&#x5F;CODE</ReasonCode>
      <m:Description>Some<!-- > --> words</m:Description><Recoverable>0</Recoverable>
    </m:Error></m:Errors>\n`,
  ],
  [
    "flat",
    "\ufeff<Error><source>Gateway</source><reasonCode>SOME_CODE</reasonCode>" +
    "<description>Some words</description><recoverable>FALSE</recoverable></Error>",
  ],
];
for (const [name, body] of XML) {
  test(`an error is read from XML: ${name}`, async () => {
    assertEquals(await read(body, 400, "text/plain"), [EXPECTED]);
  });
}

test("XML: several errors, children in the details, the built-in entities", async () => {
  const error = (code: string) =>
    `<Error><ReasonCode>${code}</ReasonCode><Description>&lt;a b=&quot;&apos;&amp;amp;&gt; &nope;` +
    `</Description><Details><Name>a</Name><Name> b </Name><__proto__>c</__proto__></Details></Error>`;
  const errors = await read(`<Errors>${error("A")}${error("B")}</Errors>`);
  assertEquals(errors.map(({ reasonCode }) => reasonCode), ["A", "B"]);
  assertEquals(errors[1]!.description, `<a b="'&amp;> &nope;`);
  assertEquals(errors[1]!.details, '{"Name":["a","b"],"__proto__":"c"}');
});

test("XML that is not sound has no errors", async () => {
  const inside = "<Error><ReasonCode>A</ReasonCode></Error>";
  const bodies = [
    `<Errors>${inside}`,
    `<Errors>${inside}</Error>`,
    `${inside}</Errors>`,
    `<Errors a="${inside}</Errors>`,
    `<Errors>${inside}<!-- </Errors>`,
    `<Errors>${inside}<![CDATA[</Errors>`,
    `<Errors>${inside}</Errors><`,
    `<Errors>${inside}</Errors `,
    `<Errors>${inside}</Errors><a>`,
    `<Errors>${inside}<!a/></Errors>`,
    `<!DOCTYPE Errors [<!ENTITY a "b">]><Errors>${inside}</Errors>`, // with no entity bombs
    "<",
    "<>",
    "</>",
    "< Errors>",
  ];
  for (const body of bodies) assertEquals(await read(body), [], body);
});

for (const words of ["No required SSL certificate was sent", "The SSL certificate error"]) {
  test(`nginx's page "400 ${words}" is INVALID_CLIENT_CERT`, async () => {
    const page = `<html>\r\n<head><title>400 ${words}</title></head>\r\n<body>\r\n` +
      `<center><h1>400 Bad Request</h1></center>\r\n<center>${words}</center>\r\n` +
      "<hr><center>nginx/1.24.0</center>\r\n</body>\r\n</html>\r\n";
    const [error, ...others] = await read(page, 400, "text/html");
    assertEquals([error?.source, error?.reasonCode], ["Gateway", "INVALID_CLIENT_CERT"]);
    assertEquals([error?.description, error?.recoverable], [words, false]);
    assertStringIncludes(error?.advice ?? "", "missing, expired, revoked");
    assertEquals(others, []);
    assertEquals(await read(page, 200, "text/html"), []);
    assertEquals(await read(page.replaceAll(words, "Bad Request"), 400, "text/html"), []);
  });
}

const SUCCESSES: unknown[] = [
  { id: 1, name: "Bella", error: null, errors: [] },
  { error: null, error_description: null },
  { error: false },
  { error: "", errors: null },
  { error: "a column of that name" },
  { description: "A pet", source: "shelter" },
  { reasonCode: "4853", description: "A chargeback", source: "ISSUER" },
  { errors: { description: "How many errors there were" } },
  [{ reasonCode: "4853" }, { description: "b" }],
  [],
  "{",
  "",
  "null",
  '"ReasonCode"',
  "ReasonCode: A",
];
test("ordinary data in a successful response has no errors", async () => {
  for (const body of SUCCESSES) assertEquals(await read(body, 200), [], JSON.stringify(body));
  assertEquals(await readMastercardErrors(new Response(null, { status: 204 })), []);
});

test("a whole error in a successful response is one", async () => {
  assertEquals(await read(GATEWAY, 200), [EXPECTED]);
  assertEquals(await read({ errors: [LOWER_CAMEL], pets: [] }, 200), [EXPECTED]);
  const oauth = { error: "invalid_scope", error_description: "No such scope" };
  assertEquals((await read(oauth, 200)).length, 1);
});

test("what is no error of Mastercard's in a failed response is none", async () => {
  const bodies = [
    { description: "no reason code", Source: "Gateway" },
    { error: true, message: "no" },
    { error: { code: 404, message: "no" } },
    { error: 404 },
    { errors: "no" },
    { errors: [{ title: "no", detail: "no" }] },
    "<html><head><title>502 Bad Gateway</title></head><body><hr></body></html>",
    "Bad Gateway",
  ];
  for (const body of bodies) assertEquals(await read(body), [], JSON.stringify(body));
});

test("the advice is by code, status and source", async () => {
  const advice = async (status: number, Source: string, ReasonCode: string) =>
    (await read({ Errors: { Error: [{ Source, ReasonCode }] } }, status))[0]?.advice ?? "none";
  const CASES: [number, string, string, string][] = [
    [422, "Gateway", "INVALID_CLIENT_CERT", "missing, expired, revoked, or for the other environ"],
    [401, "", "invalid_client_cert", "missing, expired, revoked, or for the other environment"],
    [401, "Gateway", "DECLINED", "certificate is fine: the project has no access to this API"],
    [401, "", "DECLINED", "certificate is fine"],
    [403, "Gateway", "DECLINED", "none"],
    [401, "Payments", "DECLINED", "the API itself answered"],
    [400, "gateway", "INVALID_AUTH_HEADER", "OAuth 1.0a"],
    [400, "DEVELOPERS_API", "INVALID_CSR", "the API itself answered"],
    [500, "GATEWAY", "SOME_CODE", "none"],
    [500, "", "SOME_CODE", "none"],
  ];
  for (const [status, source, code, words] of CASES) {
    assertStringIncludes(await advice(status, source, code), words, `${status} ${source} ${code}`);
  }
  const [oauth] = await read({ error: "invalid_client" }, 401);
  assertEquals("advice" in oauth!, false);
});

test("the body can still be read, and the errors again", async () => {
  const body = JSON.stringify({ Errors: { Error: [GATEWAY] }, rest: "é".repeat(50_000) });
  for (const init of [body, new Blob([body]), stream([body.slice(0, 99), body.slice(99)])]) {
    const response = new Response(init, { status: 400 });
    assertEquals(await readMastercardErrors(response), [EXPECTED]);
    assertEquals(await readMastercardErrors(response), [EXPECTED]);
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

/** A stream of these chunks, which then ends, or does what `then` does. */
function stream(
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

test("no more than the bound is read of an endless body, which the caller can end", async () => {
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
  assert(pulls <= MAX_BODY / CHUNK + 3, `${pulls} pulls`); // the streams' own queues hold a few
  assertEquals(cancelled, false);
  await response.body!.cancel();
  assertEquals(cancelled, true);
});

test("a body larger than the bound has no errors, and is still whole", async () => {
  const text = JSON.stringify(GATEWAY);
  const fits = text + " ".repeat(MAX_BODY - text.length);
  assertEquals(await read(fits), [EXPECTED]);
  const response = new Response(`${fits} `, { status: 400 });
  assertEquals(await readMastercardErrors(response), []);
  assertEquals((await response.text()).length, MAX_BODY + 1);
});

test("empty chunks without end do not keep it for ever", async () => {
  const empty = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array()) });
  const response = new Response(empty, { status: 400 });
  assertEquals(await readMastercardErrors(response), []);
  await response.body!.cancel();
});

test("of a body that stalls, what came by then is read", async () => {
  const body = JSON.stringify(GATEWAY);
  const stalled = () => new Response(stream([body], () => new Promise(() => {})));
  const response = stalled();
  assertEquals(await readText(response, 50), body);
  await response.body!.cancel();

  const begin = await mcFetch(`${server.origin}/begin`, undefined, sandboxCredentials());
  assertEquals(await readText(begin, 200), "the beginning");
  await begin.body!.cancel();
});

test("a body that fails has the errors that came, and fails for the caller alone", async () => {
  const fail = (controller: ReadableStreamDefaultController) => controller.error(new Error("cut"));
  const body = JSON.stringify(GATEWAY);
  for (const [chunks, expected] of [[[body], [EXPECTED]], [[body.slice(0, 9)], []]] as const) {
    const response = new Response(stream(chunks, fail), { status: 400 });
    assertEquals(await readMastercardErrors(response), [...expected]);
    await assertRejects(() => response.text(), Error);
    // Nobody reads this one: nothing may be left that rejects.
    await readMastercardErrors(new Response(stream(chunks, fail), { status: 400 }));
  }
  const cut = await mcFetch(`${server.origin}/cut`, undefined, sandboxCredentials());
  assertEquals(await readMastercardErrors(cut), []);
  // By a reader: workerd's text() leaves out the failure of a body whose clone was read by a reader.
  const reader = cut.body!.getReader();
  await assertRejects(async () => {
    while (!(await reader.read()).done);
  }, Error);
});

test("a large answer of a server can still be read whole", async () => {
  const response = await mcFetch(`${server.origin}/large`, undefined, sandboxCredentials());
  assertEquals(await readMastercardErrors(response), []);
  const bytes = new Uint8Array(await response.arrayBuffer());
  assertEquals(bytes.length, LARGE.chunks * LARGE.size);
  assertEquals(bytes.at(-1), (LARGE.chunks - 1) % 256);
});

test("nothing in a hostile body fails, or takes long", async () => {
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
    const errors = await read(body);
    assert(errors.length <= 1, name);
    assert(Date.now() - started < 2000, `${name} took ${Date.now() - started} ms`);
  }
  assertEquals("polluted" in {}, false);
  const deep = `<Errors>${"<a>".repeat(15)}${"</a>".repeat(15)}<Error><ReasonCode>A</ReasonCode>`;
  assertEquals(await read(`${deep}</Error></Errors>`), [], "nested deeper than the bound");
});

test("the number of errors and the length of their texts are bounded", async () => {
  const many = Array.from({ length: 5000 }, (_, i) => ({ ReasonCode: i }));
  const lists = Array.from({ length: 50 }, () => many.slice(0, 60));
  for (const body of [many, { Errors: { Error: many } }, { Errors: lists }]) {
    assertEquals((await read(body)).length, 100);
  }
  const xml = "<Error><ReasonCode>A</ReasonCode></Error>".repeat(5000);
  assertEquals((await read(`<Errors>${xml}</Errors>`)).length, 100);

  const long = `${"a".repeat(4094)}\u{1f43e}${"b".repeat(50_000)}`;
  const [error] = await read({
    ReasonCode: long,
    Source: long,
    Description: long,
    Details: [long],
  });
  const { source, reasonCode, description, details } = error!;
  for (const text of [source, reasonCode, description, details!]) {
    assert(text.length <= 4096 && text.endsWith("…"), `${text.length}`);
  }
  assertEquals(description, `${"a".repeat(4094)}…`); // and no half of the pair
});

test("a character that comes in two chunks is one", async () => {
  const body = new TextEncoder().encode('{"ReasonCode":"é"}');
  const chunks = Array.from(body, (_, i) => body.subarray(i, i + 1));
  const octets = new ReadableStream({
    pull(controller) {
      const chunk = chunks.shift();
      if (chunk === undefined) controller.close();
      else controller.enqueue(chunk);
    },
  });
  const [error] = await readMastercardErrors(new Response(octets, { status: 400 }));
  assertEquals(error?.reasonCode, "é");
});

test("octets that are not UTF-8 become replacement characters", async () => {
  const body = new TextEncoder().encode('{"ReasonCode":"A","Description":"?"}');
  body[body.indexOf(0x3f)] = 0xff;
  const [error] = await readMastercardErrors(new Response(body, { status: 400 }));
  assertEquals(error!.description, "\ufffd");
  const binary = Uint8Array.from({ length: 5000 }, (_, i) => i * 7);
  assertEquals(await readMastercardErrors(new Response(binary, { status: 400 })), []);
});

test("what the sandbox's gateway says of a foreign certificate is read", async () => {
  const url = `${server.origin}/petstore/pets`;
  const response = await mcFetch(url, undefined, sandboxCredentials("foreign"));
  const [error] = await readMastercardErrors(response);
  assertEquals([error?.source, error?.reasonCode], ["Gateway", "INVALID_CLIENT_CERT"]);
  assertEquals(error?.recoverable, false);
  assertStringIncludes(error?.advice ?? "", "for the other environment");
  assertEquals((await response.json()).Errors.Error[0].ReasonCode, "INVALID_CLIENT_CERT");
});

const { urls = {}, missing = [], directory = "" } = server.tls ?? {};
const NGINX = "nginx is not on this machine";
testExceptOn(
  {
    workerd: "its connections are the bindings' own",
    ...(missing.includes("nginx") && { node: NGINX, deno: NGINX, bun: NGINX }),
  },
  "what a real nginx says of a foreign certificate is read",
  async () => {
    const [cert, key, ca] = ["foreign.pem", "foreign.key", "ca.pem"].map((name) =>
      new Uint8Array(readFileSync(`${directory}/${name}`))
    );
    const credentials = { cert: cert!, key: key!, extraCa: ca! };
    const response = await mcFetch(urls["nginx 1.2"]!, undefined, credentials);
    const errors = await readMastercardErrors(response);
    assertEquals(errors.map(({ reasonCode }) => reasonCode), ["INVALID_CLIENT_CERT"]);
    assertEquals(errors[0]!.description, "The SSL certificate error", runtime);
    assertStringIncludes(await response.text(), "nginx");
  },
);

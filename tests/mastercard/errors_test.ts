/** Tests the forms of errors that `readMastercardErrors` reads. */
import { readFileSync } from "node:fs";
import test from "node:test";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { readMastercardErrors } from "../../lib/mastercard/errors.ts";
import { mcFetch } from "../../mod.ts";
import { runtime, sandboxCredentials, server, testExceptOn } from "../support/context.ts";
import { EXPECTED_ERROR, GATEWAY_ERROR, readErrors } from "../support/mastercard_errors.ts";

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
  ["flat", GATEWAY_ERROR],
  ["flat, in a list", [GATEWAY_ERROR]],
  ["Errors.Error, a list", { Errors: { Error: [GATEWAY_ERROR] } }],
  ["Errors.Error, an object", { Errors: { Error: GATEWAY_ERROR } }],
  ["Errors, a list of Error", { Errors: [{ Error: GATEWAY_ERROR }] }],
  ["Errors, a list of lists of Error", { Errors: [{ Error: [GATEWAY_ERROR] }] }],
  ["Errors, a list of errors", { Errors: [GATEWAY_ERROR] }],
  ["Errors, an object", { Errors: GATEWAY_ERROR }],
  ["Error alone", { Error: GATEWAY_ERROR }],
  ["lower camel case", { code: "-32603", errors: [LOWER_CAMEL], message: "Internal Error" }],
  ["lower camel case, flat", LOWER_CAMEL],
  ["upper case", { ERRORS: { error: UPPER } }],
  ["a BOM before it", `\ufeff${JSON.stringify({ Errors: { Error: [GATEWAY_ERROR] } })}`],
  ["empty Errors beside it", { ...GATEWAY_ERROR, Errors: [], error: null }],
];
for (const [name, body] of FORMS) {
  test(`an error is read from JSON: ${name}`, async () => {
    assertEquals(await readErrors(body), [EXPECTED_ERROR]);
    assertEquals(await readErrors(body, 503, "text/html"), [EXPECTED_ERROR]); // the content type does not matter
  });
}

test("the order of several errors is kept", async () => {
  const errors = ["A", "B", "C"].map((ReasonCode) => ({ ...GATEWAY_ERROR, ReasonCode }));
  for (
    const body of [
      errors,
      { Errors: { Error: errors } },
      { Errors: errors.map((Error) => ({ Error })) },
    ]
  ) {
    assertEquals((await readErrors(body)).map(({ reasonCode }) => reasonCode), ["A", "B", "C"]);
  }
});

test("fields of other types become text, and missing ones are empty", async () => {
  const [number] = await readErrors({ ReasonCode: 44000, Recoverable: "True " });
  assertEquals(number, { source: "", reasonCode: "44000", description: "", recoverable: true });
  const wrong = { Source: {}, ReasonCode: 0, Description: ["a"], Recoverable: {}, Details: 7 };
  assertEquals(await readErrors({ Errors: [null, wrong, 1, "text", []] }), [
    { source: "", reasonCode: "0", description: "", recoverable: undefined, details: "7" },
  ]);
  const [undescribed] = await readErrors({ Errors: { Error: { Description: "Only words" } } });
  assertEquals([undescribed?.reasonCode, undescribed?.description], ["", "Only words"]);
});

test("details are text, or JSON as text", async () => {
  const details = async (Details: unknown) =>
    (await readErrors({ ...GATEWAY_ERROR, Details }))[0]!.details;
  assertEquals(await details("The CSR should not be blank"), "The CSR should not be blank");
  assertEquals(await details([{ Name: "a", Value: 1 }]), '[{"Name":"a","Value":1}]');
  const [without] = await readErrors({ ...GATEWAY_ERROR, Details: null });
  assertEquals("details" in without!, false);
});

test("an OAuth 2.0 error is read", async () => {
  const body = { error: "invalid_client", error_description: "Unknown client" };
  const expected = { source: "", reasonCode: "invalid_client", recoverable: undefined };
  assertEquals(await readErrors(body, 401), [{ ...expected, description: "Unknown client" }]);
  assertEquals(await readErrors({ error: "invalid_client" }), [{ ...expected, description: "" }]);
});

for (const words of ["No required SSL certificate was sent", "The SSL certificate error"]) {
  test(`nginx's page "400 ${words}" is INVALID_CLIENT_CERT`, async () => {
    const page = `<html>\r\n<head><title>400 ${words}</title></head>\r\n<body>\r\n` +
      `<center><h1>400 Bad Request</h1></center>\r\n<center>${words}</center>\r\n` +
      "<hr><center>nginx/1.24.0</center>\r\n</body>\r\n</html>\r\n";
    const [error, ...others] = await readErrors(page, 400, "text/html");
    assertEquals([error?.source, error?.reasonCode], ["Gateway", "INVALID_CLIENT_CERT"]);
    assertEquals([error?.description, error?.recoverable], [words, false]);
    assertStringIncludes(error?.advice ?? "", "missing, expired, revoked");
    assertEquals(others, []);
    assertEquals(await readErrors(page, 200, "text/html"), []);
    assertEquals(await readErrors(page.replaceAll(words, "Bad Request"), 400, "text/html"), []);
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
  for (const body of SUCCESSES) assertEquals(await readErrors(body, 200), [], JSON.stringify(body));
  assertEquals(await readMastercardErrors(new Response(null, { status: 204 })), []);
});

test("a complete error in a successful response is found", async () => {
  assertEquals(await readErrors(GATEWAY_ERROR, 200), [EXPECTED_ERROR]);
  assertEquals(await readErrors({ errors: [LOWER_CAMEL], pets: [] }, 200), [EXPECTED_ERROR]);
  const oauth = { error: "invalid_scope", error_description: "No such scope" };
  assertEquals((await readErrors(oauth, 200)).length, 1);
});

test("other errors in a failed response are ignored", async () => {
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
  for (const body of bodies) assertEquals(await readErrors(body), [], JSON.stringify(body));
});

test("code, status and source decide the advice", async () => {
  const advice = async (status: number, Source: string, ReasonCode: string) =>
    (await readErrors({ Errors: { Error: [{ Source, ReasonCode }] } }, status))[0]?.advice ??
      "none";
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
  const [oauth] = await readErrors({ error: "invalid_client" }, 401);
  assertEquals("advice" in oauth!, false);
});

test("the sandbox's error about a foreign certificate is read", async () => {
  const url = `${server.origin}/petstore/pets`;
  const response = await mcFetch(url, undefined, sandboxCredentials("foreign"));
  const [error] = await readMastercardErrors(response);
  assertEquals([error?.source, error?.reasonCode], ["Gateway", "INVALID_CLIENT_CERT"]);
  assertEquals(error?.recoverable, false);
  assertStringIncludes(error?.advice ?? "", "for the other environment");
  assertEquals((await response.json()).Errors.Error[0].ReasonCode, "INVALID_CLIENT_CERT");
});

const { urls = {}, missing = [], directory = "" } = server.tls ?? {};
const NGINX = "nginx is not installed";
testExceptOn(
  {
    workerd: "its bindings make the connections",
    ...(missing.includes("nginx") && { node: NGINX, deno: NGINX, bun: NGINX }),
  },
  "a real nginx's error about a foreign certificate is read",
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

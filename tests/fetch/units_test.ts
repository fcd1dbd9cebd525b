/** Parts of a request that need no server. */
import { assertEquals, assertRejects } from "@std/assert";
import test from "node:test";
import { captureRequest } from "../../lib/fetch/capture.ts";
import { watchExpiry } from "../../lib/fetch/expiry.ts";
import { toMcFetchError } from "../../lib/fetch/failures.ts";
import { DEFAULTS } from "../../lib/fetch/options.ts";
import { isCertificateRejected } from "../../lib/fetch/rejection.ts";
import { isConnectFailure } from "../../lib/fetch/runtime/proxy_failure.ts";
import { deniedError, isDenied } from "../../lib/fetch/runtime/permission.ts";
import { reasonOf } from "../../lib/fetch/runtime/signal.ts";
import { loadIdentity } from "../../lib/identity/identity.ts";
import { mcFetch, McFetchError } from "../../mod.ts";
import { fixture, testExceptOn } from "../support/context.ts";

const files = { cert: fixture("client.pem"), key: fixture("client.pkcs8.key") };
const URL_OF_TEST = "https://api.example/";

test("a body of a request that is aborted already is canceled with the signal's reason", async () => {
  const reason = new Error("no longer wanted");
  const canceled: unknown[] = [];
  const body = new ReadableStream({ cancel: (given) => void canceled.push(given) });
  const init = { method: "POST", body, duplex: "half", signal: AbortSignal.abort(reason) };
  const error = await mcFetch(URL_OF_TEST, init, files).then(() => {}, (error) => error);
  assertEquals(error, reason);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(canceled, [reason]);
});

test("what is no body of the standard is sent as its text", async () => {
  const textOf = async (body: unknown) => {
    const request = captureRequest(URL_OF_TEST, { method: "POST", body: body as BodyInit });
    return new TextDecoder().decode(await request.body as Uint8Array);
  };
  assertEquals(await textOf(5), "5");
  assertEquals(await textOf(true), "true");
  assertEquals(await textOf({}), "[object Object]");
});

test("a given length of the body is checked, and written by the runtime", () => {
  const init = {
    method: "POST",
    body: "amount=1",
    headers: { "content-length": "8", "x-one": "1" },
  };
  const names = captureRequest(URL_OF_TEST, init).headers.map(([name]) => name);
  assertEquals(names.includes("content-length"), false);
  assertEquals(names.includes("x-one"), true);
});

test("a Request of another implementation may lack members", async () => {
  const other = {
    [Symbol.toStringTag]: "Request",
    url: URL_OF_TEST,
    method: "PUT",
    headers: new Headers({ "x-one": "1" }),
    body: null,
    toString: () => "[object Request]",
  };
  const { method, url, headers, integrity } = captureRequest(other as unknown as Request, {});
  assertEquals([method, url.href, integrity], ["PUT", URL_OF_TEST, ""]);
  assertEquals(headers, [["x-one", "1"]]);
  const unknown = { ...other, [Symbol.toStringTag]: "Other" } as unknown as Request;
  const call = () => mcFetch(unknown, {}, files);
  const { message } = await assertRejects(call, TypeError, "not an absolute URL");
  assertEquals(message.includes("[object"), false);
});

test("only a rejection of the certificate is one", async () => {
  const answer = (status: number, reasonCode: string) => {
    const error = { Source: "mTLS", ReasonCode: reasonCode, Recoverable: false };
    const body = JSON.stringify({ Errors: { Error: [error] } });
    return Promise.resolve(new Response(body, { status }));
  };
  const fails = (code: "certificate_expired" | "tls_failed") =>
    Promise.reject(new McFetchError(code, "x"));
  assertEquals(await isCertificateRejected(fails("certificate_expired")), true);
  assertEquals(await isCertificateRejected(fails("tls_failed")), false);
  assertEquals(await isCertificateRejected(Promise.reject(new Error("x"))), false);
  assertEquals(await isCertificateRejected(answer(422, "INVALID_CLIENT_CERT")), true);
  assertEquals(await isCertificateRejected(answer(422, "DECLINED")), false);
  assertEquals(await isCertificateRejected(answer(200, "INVALID_CLIENT_CERT")), false);
});

test("the end of a certificate is reported with the leaf, whole and alone", async () => {
  const { cert } = await loadIdentity({ cert: fixture("client.pem"), key: files.key });
  const told: { cert: string; daysLeft: number }[] = [];
  const expiresSoon = (soon: { cert: string; daysLeft: number }) => void told.push(soon);
  const watch = watchExpiry({ ...DEFAULTS, expiresSoon, expiresSoonDays: 1_000_000 });
  watch.look(cert);
  watch.look(cert);
  const end = "-----END CERTIFICATE-----";
  assertEquals(told.map((soon) => soon.cert), [cert.slice(0, cert.indexOf(end) + end.length)]);
});

test("a missing permission names the proxy, if the request goes through one", async () => {
  const cause = new Error("Access to this API has been restricted");
  Object.assign(cause, { code: "ERR_ACCESS_DENIED" });
  const settings = { ...await loadIdentity(files), extraCa: [], proxy: "http://u:p@proxy.example" };
  const { message } = await toMcFetchError(cause, new URL(URL_OF_TEST), settings);
  assertEquals(
    message,
    "Cannot connect to proxy.example:80: the runtime does not permit this program to do so; " +
      "run it with --allow-net",
  );
  const named = new Error('Requires net access to "a.example:1", run again with --allow-net');
  assertEquals([isDenied(named), isDenied(cause), isDenied({ ...named })], [true, false, false]);
  assertEquals(
    deniedError(named, "b.example").message,
    "Cannot connect to a.example:1: the runtime does not permit this program to do so; " +
      "run it with --allow-net=a.example:1",
  );
});

test("a server's alert about a good certificate says nothing about the certificate", async () => {
  const settings = { ...await loadIdentity(files), extraCa: [] };
  const cause = new Error("received fatal alert: CertificateExpired");
  const { code, message } = await toMcFetchError(cause, new URL(URL_OF_TEST), settings);
  assertEquals(code, "certificate_expired");
  assertEquals(
    message.split(": ").slice(1).join(": "),
    "the server says that the client certificate has expired; request a new one and present that",
  );
});

test("errors of a connection that was never opened", () => {
  const codes = "ECONNREFUSED ENOTFOUND EAI_AGAIN ETIMEDOUT EHOSTUNREACH ENETUNREACH".split(" ");
  for (const code of codes) {
    assertEquals(isConnectFailure(Object.assign(new Error("x"), { code })), true, code);
  }
  assertEquals(isConnectFailure(new Error("client error (Connect): tcp connect error: x")), true);
  assertEquals(isConnectFailure(Object.assign(new Error("x"), { code: "ECONNRESET" })), false);
});

test("the signal of a polyfill has no reason", () => {
  const { name, message } = reasonOf({ aborted: true } as AbortSignal) as DOMException;
  assertEquals([name, message], ["AbortError", "This operation was aborted"]);
  assertEquals(reasonOf({ aborted: true, reason: undefined } as AbortSignal), undefined);
});

testExceptOn(
  { workerd: "its bindings have no CAs" },
  "extraCa without a certificate is refused",
  async () => {
    const call = () => mcFetch(URL_OF_TEST, {}, { ...files, extraCa: fixture("client.pkcs8.key") });
    const { code, message } = await assertRejects(call, McFetchError);
    assertEquals(code, "no_certificate");
    assertEquals(message.startsWith("Cannot use `extraCa`: it holds no certificate"), true);
  },
);

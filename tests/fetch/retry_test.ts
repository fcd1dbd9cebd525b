/**
 * Programs that retry: p-retry and ky tell a network error by its name and message, and see any
 * other `TypeError` as a bug.
 *
 * @module
 */
import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import isNetworkError from "is-network-error";
import ky, { type RetryOptions } from "ky";
import pRetry from "p-retry";
import { createMcFetch, type Credentials, type McFetch, McFetchError } from "../../mod.ts";
import { sandboxFile, sandboxFiles, server, testExceptOn } from "../support/context.ts";

const WORKERD = { workerd: "a binding connects by itself" };

async function failureOf(credentials: Credentials, url: string, init = {}): Promise<McFetchError> {
  const error = await createMcFetch(credentials)(url, init).then((answer) => answer, (e) => e);
  assertInstanceOf(error, McFetchError);
  return error;
}

type Retry = (fetch: McFetch, url: string, init: RequestInit) => Promise<Response>;

const RETRY: RetryOptions = { limit: 4, methods: ["post"], backoffLimit: 1 };

const LIBRARIES: Record<string, Retry> = {
  "p-retry": (fetch, url, init) => pRetry(() => fetch(url, init), { retries: 4, minTimeout: 1 }),
  ky: (fetch, url, init) => ky(url, { ...init, fetch, retry: RETRY }),
};

for (const [name, retry] of Object.entries(LIBRARIES)) {
  testExceptOn(WORKERD, `${name} sends a POST again whose connection broke twice`, async () => {
    await using fetch = createMcFetch(sandboxFiles());
    const id = `retry${Math.random().toString(36).slice(2)}`;
    const url = `${server.origin}/fail/${id}?times=2`;
    const response = await retry(fetch, url, { method: "POST", body: "{}" });
    assertEquals((await response.json()).body, "{}");
    const visits = await (await fetch(`${server.origin}/visits/${id}`)).text();
    assertEquals(visits, "3");
  });
}

testExceptOn(WORKERD, "p-retry does not send again after a mistake of the caller", async () => {
  await using fetch = createMcFetch(sandboxFiles());
  let calls = 0;
  const attempt = () => {
    calls++;
    return fetch(server.plainOrigin);
  };
  const error = await pRetry(attempt, { retries: 4, minTimeout: 1 }).catch((error) => error);
  assertEquals([error.code, calls], ["insecure_url", 1]);
});

testExceptOn(WORKERD, "network errors look like the runtime's own, with a code", async () => {
  const { urls } = server.tls;
  const { extraCa: _, ...untrusting } = sandboxFiles();
  const failures: [string, Promise<McFetchError>][] = [
    ["connection_failed", failureOf(sandboxFiles(), urls["refused"]!)],
    ["connection_failed", failureOf(sandboxFiles(), urls["reset"]!)],
    ["connection_failed", failureOf(sandboxFiles(), urls["end"]!)],
    ["connection_failed", failureOf(sandboxFiles(), "https://no-such-host.invalid/")],
    ["tls_failed", failureOf(sandboxFiles(), urls["no TLS"]!)],
    ["server_untrusted", failureOf(untrusting, `${server.origin}/echo`)],
    ["proxy_failed", failureOf({ ...sandboxFiles(), proxy: "http://127.0.0.1:1" }, server.origin)],
  ];
  for (const [code, failure] of failures) {
    const error = await failure;
    assertEquals([error.code, isNetworkError(error)], [code, true], `${error.name}: ${error}`);
    assert(error.cause !== undefined || code === "proxy_failed");
  }
});

testExceptOn(
  WORKERD,
  "mistakes of the caller are not told as failures of the network",
  async () => {
    const files = sandboxFiles();
    const other = `${server.origin}/redirect?status=302&to=OTHER/echo`;
    const closed = createMcFetch(files);
    await closed.close();
    const mistakes: [string, Promise<unknown>][] = [
      ["invalid_request", failureOf(files, `${server.origin}/echo`, { method: "A B" })],
      ["insecure_url", failureOf(files, server.plainOrigin)],
      ["cross_origin_redirect", failureOf(files, other)],
      ["redirect_failed", failureOf(files, `${server.origin}/chain/21`)],
      ["wrong_passphrase", failureOf({ ...files, passphrase: "wrong" }, server.origin)],
      [
        "origin_not_allowed",
        failureOf({ ...files, origins: ["https://a.example"] }, server.origin),
      ],
      ["key_mismatch", failureOf(mismatch(), server.origin)],
      ["closed", closed(server.origin).catch((error) => error)],
    ];
    for (const [code, mistake] of mistakes) {
      const error = await mistake;
      assertInstanceOf(error, McFetchError);
      const told = [error.code, error.name, isNetworkError(error)];
      assertEquals(told, [code, "McFetchError", false], error.message);
    }
  },
);

function mismatch(): Credentials {
  return { cert: sandboxFile("client.pem"), key: sandboxFile("expired.key") };
}

/**
 * Programs that retry: they tell a network error by its name and message, as p-retry and ky do.
 *
 * @module
 */
import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { createMcFetch, type Credentials, McFetchError } from "../../mod.ts";
import { sandboxFile, sandboxFiles, server, testExceptOn } from "../support/context.ts";

const WORKERD = { workerd: "a binding connects by itself" };

/** The messages of network errors that such programs know: those of the runtimes and browsers. */
const KNOWN = [
  ...["network error", "Failed to fetch", "fetch failed", "terminated", "Load failed"],
  ...["Network request failed", "NetworkError when attempting to fetch resource."],
  ...["Network connection lost.", "The network connection was lost."],
];

/** True if such a program sees a network error. Any other `TypeError` is a bug to it. */
function isNetworkError(error: unknown): boolean {
  if (Object.prototype.toString.call(error) !== "[object Error]") return false;
  const { name, message } = error as Error;
  return name === "TypeError" &&
    (message.startsWith("error sending request for url") || KNOWN.includes(message));
}

/** Tries again after a network error, and gives up after any other. */
async function retry<T>(attempts: number, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1;; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === attempts || !isNetworkError(error)) throw error;
    }
  }
}

async function failureOf(credentials: Credentials, url: string, init = {}): Promise<McFetchError> {
  const error = await createMcFetch(credentials)(url, init).then((answer) => answer, (e) => e);
  assertInstanceOf(error, McFetchError);
  return error;
}

testExceptOn(WORKERD, "a POST whose first two connections break is retried", async () => {
  await using fetch = createMcFetch(sandboxFiles());
  const id = `retry${Math.random().toString(36).slice(2)}`;
  const url = `${server.origin}/fail/${id}?times=2`;
  const init = { method: "POST", body: "{}" };
  const response = await retry(5, () => fetch(url, init));
  assertEquals((await response.json()).body, "{}");
  const visits = await (await fetch(`${server.origin}/visits/${id}`)).text();
  assertEquals(visits, "3");
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

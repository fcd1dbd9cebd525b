/**
 * Requests that are sent again: once, on a new connection, if a reused connection broke before the
 * response and the server may get the request twice. Alike on all runtimes.
 *
 * @module
 */
import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { createMcFetch, type McFetch, McFetchError } from "../../mod.ts";
import {
  countConnections,
  runtime,
  sandboxFile,
  sandboxFiles,
  server,
  testExceptOn,
} from "../support/context.ts";

const WORKERD = { workerd: "a binding connects by itself" };

type Outcome = "answered" | "connection_failed";

/** Opens a fetch with connections that no other test uses. */
function openAlone(): McFetch {
  const ca = sandboxFile("ca.pem");
  return createMcFetch({ ...sandboxFiles(), extraCa: [ca, ca] });
}

let count = 0;

/**
 * Sends a request on a new path, after another one on the same connection or on a new connection.
 */
async function call(
  fetch: McFetch,
  init: RequestInit,
  { reused = true, asRequest = false } = {},
): Promise<[Outcome, visits: number]> {
  const id = `resend${runtimeTag}${count++}`;
  const url = `${server.origin}/${reused ? `retire/${id}` : `fail/${id}?times=9`}`;
  if (reused) {
    await (await fetch(url)).text();
    await new Promise((resolve) => setTimeout(resolve, 10)); // until the connection is idle
  }
  const sent = asRequest ? fetch(new Request(url, init)) : fetch(url, init);
  const answer: unknown = await sent.then((response) => response.text(), (error) => error);
  const visits = await (await fetch(`${server.origin}/visits/${id}`)).text();
  if (typeof answer === "string") return ["answered", Number(visits) - 1];
  assertInstanceOf(answer, McFetchError);
  assertEquals(answer.code, "connection_failed", answer.message);
  return ["connection_failed", Number(visits) - (reused ? 1 : 0)];
}

const runtimeTag = Math.random().toString(36).slice(2, 8);

const form = (): FormData => {
  const form = new FormData();
  form.set("a", "b");
  return form;
};

/** Bodies that can be sent twice. */
const BODIES: Record<string, () => BodyInit | null | undefined> = {
  "no body": () => undefined,
  "null": () => null,
  "an empty string": () => "",
  "a string": () => "{}",
  "bytes": () => new Uint8Array(3),
  "an empty Blob": () => new Blob([]),
  "a Blob": () => new Blob(["{}"]),
  "URLSearchParams": () => new URLSearchParams({ a: "b" }),
  "FormData": form,
};

for (const method of ["GET", "HEAD", "OPTIONS", "DELETE", "PUT"]) {
  testExceptOn(WORKERD, `${method} on a reused connection that breaks is sent again`, async () => {
    const fetch = openAlone();
    const hasBody = method === "PUT" || method === "DELETE";
    for (const [name, body] of Object.entries(hasBody ? BODIES : { none: () => null })) {
      for (const asRequest of [false, true]) {
        const init = { method, body: body() ?? null };
        const outcome = await call(fetch, init, { asRequest });
        // Deno sends a Blob once, and so it does the stream of a Request that holds one.
        if (runtime === "deno" && /Blob|FormData/.test(name)) continue;
        // The first of the two visits broke.
        assertEquals(outcome, ["answered", 2], name);
      }
    }
    await fetch.close();
  });
}

for (const method of ["POST", "PATCH", "PURGE"]) {
  testExceptOn(
    { ...WORKERD, ...method === "PURGE" && { bun: "may not know the method" } },
    `${method} on a reused connection that breaks is sent once`,
    async () => {
      const fetch = openAlone();
      for (const [name, body] of Object.entries(BODIES)) {
        for (const asRequest of [false, true]) {
          const init = { method, body: body() ?? null };
          const [outcome, visits] = await call(fetch, init, { asRequest });
          assertEquals(visits, 1, `${name}, as a Request: ${asRequest}`);
          // Deno sends an empty one on a new connection, which does not break.
          if (runtime !== "deno") assertEquals(outcome, "connection_failed", name);
        }
      }
      await fetch.close();
    },
  );
}

testExceptOn(WORKERD, "a stream is sent once, whatever the method", async () => {
  const fetch = openAlone();
  for (const method of ["PUT", "POST", "PATCH", "DELETE"]) {
    for (const asRequest of [false, true]) {
      let pulls = 0;
      const body = new ReadableStream({
        async pull(controller) {
          await new Promise((resolve) => setTimeout(resolve, 5));
          if (pulls++ < 3) controller.enqueue(new Uint8Array(10));
          else controller.close();
        },
      });
      const init: RequestInit & { duplex: "half" } = { method, body, duplex: "half" };
      const outcome = await call(fetch, init, { asRequest });
      assertEquals(outcome, ["connection_failed", 1], `${method}, as a Request: ${asRequest}`);
    }
  }
  await fetch.close();
});

testExceptOn(WORKERD, "a new connection that breaks is not tried again", async () => {
  for (const method of ["GET", "PUT", "POST"]) {
    const fetch = openAlone();
    const body = method === "GET" ? null : "{}";
    const [outcome, visits] = await call(fetch, { method, body }, { reused: false });
    assertEquals(outcome, "connection_failed", method);
    // Deno and Bun send the methods again that may arrive twice.
    assertEquals(visits, runtime === "node" || method === "POST" ? 1 : 2, method);
    await fetch.close();
  }
});

const AGAIN = { deno: "its fetch sends it again; only a chunked body is sent once" };
testExceptOn(
  { ...WORKERD, ...AGAIN },
  "an empty POST is sent once on a new connection",
  async () => {
    for (const body of [null, "", new Uint8Array(), new Blob([])]) {
      const fetch = openAlone();
      const outcome = await call(fetch, { method: "POST", body }, { reused: false });
      assertEquals(outcome, ["connection_failed", 1]);
      await fetch.close();
    }
  },
);

testExceptOn(WORKERD, "a second empty POST on a connection that breaks is sent once", async () => {
  const fetch = openAlone();
  const id = `second${runtimeTag}`;
  const url = `${server.origin}/retire/${id}`;
  await (await fetch(url, { method: "POST" })).text();
  await new Promise((resolve) => setTimeout(resolve, 10));
  await fetch(url, { method: "POST" }).then((response) => response.text()).catch(() => {});
  assertEquals(await (await fetch(`${server.origin}/visits/${id}`)).text(), "2");
  await fetch.close();
});

testExceptOn(WORKERD, "after a connection broke the next one is reused", async () => {
  const fetch = openAlone();
  await call(fetch, { method: "GET" });
  const { main } = await countConnections();
  for (let round = 0; round < 10; round++) await (await fetch(`${server.origin}/echo`)).text();
  const opened = (await countConnections()).main.tls - main.tls;
  assert(opened <= 1, `opened ${opened}`);
  await fetch.close();
});

testExceptOn(WORKERD, "a body that is cut off after the head is not asked for again", async () => {
  const fetch = openAlone();
  for (let round = 0; round < 2; round++) {
    const response = await fetch(`${server.origin}/cut`);
    assertInstanceOf(await response.text().catch((error) => error), Error);
  }
  await fetch.close();
});

const OLD = { deno: "the second attempt may take another old connection" };
testExceptOn({ ...WORKERD, ...OLD }, "connections that all break fail no GET", async () => {
  const fetch = openAlone();
  const id = `many${runtimeTag}`;
  const url = `${server.origin}/retire/${id}`;
  for (let round = 0; round < 3; round++) {
    const calls = Array.from({ length: 8 }, () => fetch(url).then((response) => response.text()));
    await Promise.all(calls);
  }
  await fetch.close();
});

/** The headers of an empty request that tell its length, as they arrive. */
async function lengthHeaders(
  send: typeof fetch,
  url: string,
  init: RequestInit,
  asRequest: boolean,
): Promise<unknown[]> {
  const response = await send(asRequest ? new Request(url, init) : url, init);
  const { headers } = await response.json();
  return [headers["content-length"], headers["transfer-encoding"]];
}

testExceptOn(
  WORKERD,
  "an empty request is not chunked, as with the runtime's own fetch",
  async () => {
    const bound = openAlone();
    const bodies = Object.entries(BODIES).filter(([name]) => /no body|null|empty/.test(name));
    for (const method of ["POST", "PATCH", "PUT"]) {
      for (const [name, body] of [...bodies, ["bytes", () => new Uint8Array()] as const]) {
        for (const asRequest of [false, true]) {
          const init = { method, body: body() ?? null };
          const [length, coding] = await lengthHeaders(
            bound,
            `${server.origin}/digest`,
            init,
            asRequest,
          );
          const plain = await lengthHeaders(fetch, `${server.plainOrigin}/digest`, init, asRequest);
          // Deno's own fetch sends an empty Blob chunked. The stream of a Request has no length
          // there.
          const isBlob = runtime === "deno" && name === "an empty Blob";
          if (isBlob && asRequest) continue;
          assertEquals(coding, undefined, name);
          if (!isBlob) assertEquals(length, plain[0], name);
        }
      }
    }
    await bound.close();
  },
);

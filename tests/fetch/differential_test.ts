/**
 * Random requests and answers: `mcFetch` gives what the runtime's own `fetch` gives with its own
 * option for certificates. MC_MTLS_RUNS is the number of cases; where one fails, its seed is shown.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import process from "node:process";
import { createMcFetch } from "../../mod.ts";
import type { Plan } from "../support/answers.ts";
import { runtime, sandboxFile, server, testExceptOn } from "../support/context.ts";

const numRuns = Number(process.env.MC_MTLS_RUNS ?? 200);

const WORKERD = { workerd: "its own fetch takes no certificate" };

type Send = (url: string, init: RequestInit) => Promise<Response>;

/** A request and the answer to it. */
interface Case {
  readonly method: string;
  readonly headers: [string, string][];
  readonly body: () => BodyInit | null;
  readonly plan: Plan;
}

/** `fetch` of Deno with its own option. */
interface DenoFetch {
  createHttpClient(options: object): { close(): void };
}

const [cert, key, ca] = runtime === "workerd"
  ? ["", "", ""]
  : ["client.pem", "client.key", "ca.pem"].map((name) =>
    new TextDecoder().decode(sandboxFile(name))
  );

/** The runtime's `fetch` with its own option, and a function that closes its connections. */
async function openNative(): Promise<{ send: Send; close(): void }> {
  if (runtime === "deno") {
    const deno = (globalThis as unknown as { Deno: DenoFetch }).Deno;
    const client = deno.createHttpClient({ cert, key, caCerts: [ca], http2: false });
    return { send: withOption({ client }), close: () => client.close() };
  }
  if (runtime === "bun") return { send: withOption({ tls: { cert, key, ca } }), close() {} };
  const { Agent } = await import("undici");
  const dispatcher = new Agent({ connect: { cert, key, ca } });
  return { send: withOption({ dispatcher }), close: () => void dispatcher.close() };
}

function withOption(option: object): Send {
  return (url, init) => fetch(url, { ...init, ...option });
}

/** Everything that a caller and the server can see. */
async function observe(send: Send, { method, headers, body, plan }: Case): Promise<unknown> {
  const url = `${server.origin}/answer?plan=${encodeURIComponent(JSON.stringify(plan))}`;
  const content = body();
  const init = { method, headers, body: content, redirect: "manual", duplex: "half" } as const;
  const response = await send(url, init);
  const { status, statusText, ok, redirected, type } = response;
  const seen = JSON.parse(atob(response.headers.get("x-seen") ?? "null"));
  // Bun leaves away the content-type of a text if there are other headers. The standard does not.
  if (runtime === "bun") {
    seen.headers = seen.headers.filter((header: string) => !header.startsWith("content-type:"));
  }
  const bytes = await response.arrayBuffer().then(
    (buffer) => [...new Uint8Array(buffer)].join(),
    () => "cut",
  );
  const fields = { status, statusText, ok, redirected, type, isUrl: response.url === url };
  const answered = [...response.headers].filter(([name]) => name !== "x-seen");
  return { ...fields, headers: answered, seen, bytes, used: response.bodyUsed };
}

const headerName = fc.stringMatching(/^x-[a-z][a-z0-9_-]{0,8}$/).filter((name) =>
  name !== "x-seen"
);
const headerValue = fc.stringMatching(/^([!-~\u00A1-\u00FF]([ -~]{0,12}[!-~])?)?$/);
// Names once only: the iterator of Deno's Headers loses the first of two values if it is empty.
const headers = fc.uniqueArray(fc.tuple(headerName, headerValue), {
  selector: ([name]) => name,
  maxLength: 4,
});
const bytes = fc.uint8Array({ maxLength: 2000 }) as fc.Arbitrary<Uint8Array<ArrayBuffer>>;
const someBytes = bytes.filter(({ length }) => length > 0);
const contents = fc.oneof(
  fc.constant(() => null),
  fc.string({ unit: "grapheme", maxLength: 200 }).map((text) => () => text),
  bytes.map((content) => () => content),
  bytes.map((content) => () => content.buffer),
  // An empty Blob has its length here; Deno sends it chunked, which gateways refuse.
  someBytes.map((content) => () => new Blob([content], { type: "text/x-test" })),
  headers.map((pairs) => () => new URLSearchParams(pairs)),
  someBytes.map((content) => () => new Blob([content]).stream()),
);
const plans: fc.Arbitrary<Plan> = fc.record({
  // Node makes a network error of 407, and Node 20 hangs at a 421 whose body is cut.
  status: fc.oneof(
    fc.constantFrom(200, 201, 204, 205, 304, 400, 404, 500),
    fc.integer({ min: 200, max: 599 }),
  ).filter((status) => status !== 407 && status !== 421),
  statusText: fc.stringMatching(/^[A-Za-z]{0,8}$/),
  headers: fc.array(fc.tuple(fc.oneof(headerName, fc.constant("set-cookie")), headerValue), {
    maxLength: 4,
  }),
  codings: fc.array(fc.constantFrom("gzip", "deflate", "br"), { maxLength: 3 }),
  size: fc.integer({ min: 0, max: 5000 }),
  piece: fc.oneof(fc.constant(0), fc.integer({ min: 100, max: 3000 })),
  hasTrailers: fc.boolean(),
  isCut: fc.integer({ min: 0, max: 9 }).map((number) => number === 0),
});
const cases: fc.Arbitrary<Case> = fc.record({
  method: fc.constantFrom(
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "post",
    "get",
  ),
  headers,
  body: contents,
  plan: plans,
}).map((row) => ({ ...row, body: /^(GET|HEAD)$/i.test(row.method) ? () => null : row.body }));

testExceptOn(WORKERD, "random requests give what the runtime's own fetch gives", async () => {
  const native = await openNative();
  await using ours = createMcFetch({ cert: cert!, key: key!, extraCa: ca! });
  await fc.assert(
    fc.asyncProperty(cases, async (row) => {
      const outcome = (send: Send) => observe(send, row).catch(() => "rejected");
      assertEquals(await outcome(ours), await outcome(native.send));
    }),
    { numRuns },
  );
  native.close();
});

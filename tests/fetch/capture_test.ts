/**
 * What was passed is what is sent: the call reads its arguments once, and later changes to the
 * caller's objects have no effect.
 *
 * @module
 */
import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import test from "node:test";
import { createMcFetch, mcFetch, McFetchError, type McFetchErrorCode } from "../../mod.ts";
import { countConnections, sandboxCredentials, server, testExceptOn } from "../support/context.ts";

const ECHO = `${server.origin}/echo`;
const ELSEWHERE = "https://elsewhere.example";

type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** Every way to call. Each reads its arguments at another moment if it reads them late. */
const WAYS: Record<string, () => Fetch> = {
  "mcFetch": () => (input, init) => mcFetch(input, init, sandboxCredentials()),
  "mcFetch with a function": () => (input, init) =>
    mcFetch(input, init, () => Promise.resolve(sandboxCredentials())),
  "createMcFetch": () => createMcFetch(sandboxCredentials()),
  "createMcFetch with a function": () => createMcFetch(() => sandboxCredentials()),
};

/** What `/echo` tells of a request. */
interface Echo {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string | undefined>;
  readonly body: string;
}

async function read(call: Promise<Response>): Promise<Echo> {
  return await (await call).json();
}

/** A call of a method of a body, and how the body changes after the call. */
type Changing = () => [body: BodyInit, change: () => void];

const bytes = (): Uint8Array<ArrayBuffer> => new TextEncoder().encode("amount=1");

const BODIES: Record<string, Changing> = {
  "a Uint8Array": () => {
    const body = bytes();
    return [body, () => body.fill(57)];
  },
  "an ArrayBuffer": () => {
    const { buffer } = bytes();
    return [buffer, () => new Uint8Array(buffer).fill(57)];
  },
  "a DataView": () => {
    const { buffer } = bytes();
    return [new DataView(buffer), () => new Uint8Array(buffer).fill(57)];
  },
  "URLSearchParams": () => {
    const body = new URLSearchParams({ amount: "1" });
    return [body, () => body.set("amount", "999")];
  },
  "FormData": () => {
    const body = new FormData();
    body.set("amount", "1");
    return [body, () => body.set("amount", "999")];
  },
};

for (const [way, make] of Object.entries(WAYS)) {
  test(`${way}: one URL, Headers and init that are reused send what they were`, async () => {
    const fetch = make();
    const url = new URL(ECHO);
    const headers = new Headers();
    const init: RequestInit = { headers };
    const calls: Promise<Response>[] = [];
    for (const page of ["1", "2", "3"]) {
      url.searchParams.set("page", page);
      headers.set("idempotency-key", `key ${page}`);
      init.method = page === "1" ? "PUT" : "POST";
      init.body = `body ${page}`;
      calls.push(fetch(url, init));
    }
    url.pathname = "/changed";
    headers.set("idempotency-key", "changed");
    const seen = (await Promise.all(calls.map(read)))
      .map(({ method, url, headers, body }) => [method, url, headers["idempotency-key"], body]);
    assertEquals(seen, [
      ["PUT", "/echo?page=1", "key 1", "body 1"],
      ["POST", "/echo?page=2", "key 2", "body 2"],
      ["POST", "/echo?page=3", "key 3", "body 3"],
    ]);
  });

  test(`${way}: pairs, a record of headers and a Request send what they were`, async () => {
    const fetch = make();
    const pairs: [string, string][] = [["x-a", "1"]];
    const record: Record<string, string> = { "x-a": "1" };
    const request = new Request(ECHO, { headers: record });
    const calls = [
      fetch(ECHO, { headers: pairs }),
      fetch(ECHO, { headers: record }),
      fetch(request),
    ];
    pairs[0]![1] = "2";
    record["x-a"] = "2";
    request.headers.set("x-a", "2");
    for (const { headers } of await Promise.all(calls.map(read))) {
      assertEquals(headers["x-a"], "1");
    }
  });

  for (const [name, prepare] of Object.entries(BODIES)) {
    test(`${way}: ${name} that changes after the call is sent as it was, twice`, async () => {
      const fetch = make();
      const redirect = `${server.origin}/redirect?status=307&to=/echo`;
      for (const url of [ECHO, redirect]) {
        const [body, change] = prepare();
        const call = fetch(url, { method: "POST", body });
        change();
        const seen = await read(call);
        assert(/amount"?(=|\r\n\r\n)1/.test(seen.body), `${url}: ${seen.body}`);
      }
    });
  }
}

test("a body that changes while credentials() is called is sent as it was", async () => {
  let change = () => {};
  const credentials = () => {
    change();
    return sandboxCredentials();
  };
  for (const prepare of Object.values(BODIES)) {
    const [body, changeBody] = prepare();
    change = changeBody;
    const { body: seen } = await read(mcFetch(ECHO, { method: "POST", body }, credentials));
    assert(!/999/.test(seen), seen);
  }
});

// One reading decides: what is checked is what is sent.

async function assertRefused(code: McFetchErrorCode, call: () => Promise<unknown>): Promise<void> {
  const before = await countConnections();
  const error = await assertRejects(call, TypeError);
  assertInstanceOf(error, McFetchError);
  assertEquals(error.code, code, error.message);
  const after = await countConnections();
  assertEquals([after.main, after.other], [before.main, before.other]);
}

test("an object is converted to a URL once", async () => {
  const texts = [ECHO, `${server.plainOrigin}/echo`, `${server.plainOrigin}/echo`];
  let reads = 0;
  const input = { toString: () => texts[reads++] } as unknown as URL;
  assertEquals((await read(mcFetch(input, {}, sandboxCredentials()))).url, "/echo");
  assertEquals(reads, 1);
});

test("an object whose first reading is not https: is refused", async () => {
  let reads = 0;
  const input = { toString: () => reads++ ? ECHO : `${server.plainOrigin}/echo` };
  const call = () => mcFetch(input as unknown as URL, {}, sandboxCredentials());
  await assertRefused("insecure_url", call);
});

/** A URL that claims another origin wherever a check may look. */
class LyingUrl extends URL {
  get url(): string {
    return ELSEWHERE;
  }
  override get origin(): string {
    return ELSEWHERE;
  }
  override get protocol(): string {
    return "https:";
  }
  override get host(): string {
    return "elsewhere.example";
  }
}

/** A Request that claims another origin. */
class LyingRequest extends Request {
  override get url(): string {
    return ELSEWHERE;
  }
}

/** A Request that claims to be secure. */
class InsecureRequest extends Request {
  override get url(): string {
    return ECHO;
  }
}

const BINDINGS = { workerd: "its bindings lead to one server each" };

testExceptOn(BINDINGS, "`origins` is held against what a URL subclass is sent as", async () => {
  const credentials = { ...sandboxCredentials(), origins: [ELSEWHERE] };
  const call = (input: string | URL | Request) => () => mcFetch(input, {}, credentials);
  await assertRefused("origin_not_allowed", call(ECHO));
  await assertRefused("origin_not_allowed", call(new LyingUrl(ECHO)));
  const other = { url: ELSEWHERE, toString: () => ECHO };
  await assertRefused("origin_not_allowed", call(other as unknown as URL));
});

testExceptOn(BINDINGS, "a Request's getters do not lead past a check", async () => {
  const before = await countConnections();
  const credentials = { ...sandboxCredentials(), origins: [ELSEWHERE] };
  // Runtimes differ in which reading they send. It never is one that was not checked.
  const pinned = await mcFetch(new LyingRequest(ECHO), {}, credentials).catch((error) => error);
  assertInstanceOf(pinned, McFetchError);
  const after = await countConnections();
  assertEquals([after.main, after.other], [before.main, before.other]);
  const insecure = new InsecureRequest(`${server.plainOrigin}/echo`);
  const answer = await mcFetch(insecure, {}, sandboxCredentials()).catch((error) => error);
  if (answer instanceof Response) {
    assertEquals((await answer.json()).commonName !== undefined, true);
  } else assertEquals(answer.code, "insecure_url");
});

test("a Request, a class and an inherited member count as init", async () => {
  const headers = { authorization: "Bearer t" };
  const asInit = new Request(ECHO, { method: "DELETE", headers });
  class Init {
    get method(): string {
      return "DELETE";
    }
    get headers(): HeadersInit {
      return headers;
    }
  }
  for (const init of [asInit, new Init(), Object.create({ method: "DELETE", headers })]) {
    for (const make of Object.values(WAYS)) {
      const seen = await read(make()(ECHO, init));
      assertEquals([seen.method, seen.headers.authorization], ["DELETE", "Bearer t"]);
    }
  }
});

test("the signal of a Request that is the init is heard", async () => {
  const signal = AbortSignal.abort(new RangeError("enough"));
  const init = new Request(ECHO, { signal });
  for (const make of Object.values(WAYS)) {
    await assertRejects(() => make()(ECHO, init), RangeError, "enough");
  }
});

test("a body that fails before the request is sent ends no process", async () => {
  const body = new ReadableStream({ start: (controller) => controller.error(new Error("broken")) });
  const init: RequestInit & { duplex: "half" } = { method: "POST", body, duplex: "half" };
  const refuse = async (): Promise<never> => {
    await new Promise((resolve) => setTimeout(resolve, 50)); // the body fails meanwhile
    throw new RangeError("there are none");
  };
  const call = mcFetch(new Request(ECHO, init), undefined, refuse);
  await assertRejects(() => call, RangeError, "there are none");
});

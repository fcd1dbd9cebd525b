import { assertEquals, assertRejects } from "@std/assert";
import test from "node:test";
import { createMcFetch, McFetchError } from "../../../mod.ts";
import { runtime, sandboxCredentials, server } from "../../support/context.ts";

const BODIES: Record<string, () => BodyInit | undefined> = {
  none: () => undefined,
  empty: () => "",
  string: () => "a payment",
  bytes: () => new TextEncoder().encode("a payment"),
  blob: () => new Blob(["a payment"]),
  parameters: () => new URLSearchParams({ a: "payment" }),
  form: () => {
    const form = new FormData();
    form.set("a", "payment");
    return form;
  },
  stream: () => new Blob(["a payment"]).stream(),
};

test("a POST arrives once, also where a used connection breaks before the answer", async () => {
  await using fetch = createMcFetch(sandboxCredentials());
  for (const [name, makeBody] of Object.entries(BODIES)) {
    const url = `${server.origin}/break/${name}-${runtime}`;
    const before = await (await fetch(url)).text(); // and the connection is a used one
    const body = makeBody() ?? null;
    const init: RequestInit & { duplex: "half" } = { method: "POST", body, duplex: "half" };
    const error = await assertRejects(() => fetch(url, init), McFetchError, undefined, name);
    assertEquals(error.code, "connection_failed", name);
    assertEquals([before, await (await fetch(url)).text()], ["0", "1"], name);
  }
});

test("a POST of nothing, and one of a string, arrive whole", async () => {
  await using fetch = createMcFetch(sandboxCredentials());
  for (const body of [null, "", "a payment"]) {
    const response = await fetch(`${server.origin}/digest`, { method: "POST", body });
    assertEquals((await response.json()).length, body?.length ?? 0);
  }
});

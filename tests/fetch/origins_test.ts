import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { readFileSync } from "node:fs";
import test from "node:test";
import { createMcFetch, type Credentials, McFetchError } from "../../mod.ts";
import {
  countConnections,
  fixture,
  sandboxCredentials,
  sandboxFile,
  server,
  testExceptOn,
} from "../support/context.ts";

const ONE_SERVER = { workerd: "its bindings lead to one server" };

test("a request to an origin that is not named rejects before it is sent", async () => {
  const credentials = { ...sandboxCredentials(), origins: [server.origin] };
  await using fetch = createMcFetch(credentials);
  assertEquals((await (await fetch(`${server.origin}/echo`)).json()).url, "/echo");

  const before = await countConnections();
  for (const origin of [server.otherOrigin, "https://services.mastercard.com"]) {
    const error = await assertRejects(() => fetch(`${origin}/echo`), McFetchError);
    assertEquals(error.code, "origin_not_allowed");
    assertStringIncludes(error.message, origin);
    assertStringIncludes(error.message, server.origin);
  }
  const elsewhere = `${server.origin}/redirect?status=302&to=OTHER/echo`;
  const error = await assertRejects(() => fetch(elsewhere), McFetchError);
  assertEquals(error.code, "cross_origin_redirect");
  assertEquals((await countConnections()).other, before.other);
});

testExceptOn(ONE_SERVER, "redirects are followed among the origins that are named", async () => {
  const origins = [server.origin, new URL(server.otherOrigin)];
  // Both servers accept this certificate. Each has an authority of its own.
  const extraCa = [sandboxFile("ca.pem"), readFileSync(`${server.otherDirectory}/ca.pem`)];
  const pfx = fixture("openssl3.p12");
  await using fetch = createMcFetch({ pfx, passphrase: "changeit", extraCa, origins });
  const headers = { authorization: "Bearer hunter2", cookie: "a=b", "x-kept": "yes" };
  const url = `${server.origin}/redirect?status=307&to=OTHER/echo`;
  const response = await fetch(url, { method: "POST", body: "{}", headers });
  assertEquals([response.url, response.redirected], [`${server.otherOrigin}/echo`, true]);
  const seen = await response.json();
  assertEquals([seen.method, seen.body, seen.headers["x-kept"]], ["POST", "{}", "yes"]);
  // What was meant for the first origin stays there (Fetch Standard, "HTTP-redirect fetch").
  assertEquals([seen.headers.authorization, seen.headers.cookie], [undefined, undefined]);
});

test("origins that are none are rejected at once", () => {
  const bad: unknown[] = [
    server.origin,
    ["http://localhost"],
    [`${server.origin}/petstore`],
    ["localhost"],
    ["https://user:hunter2@localhost"],
    [undefined],
  ];
  for (const origins of bad) {
    const credentials = { ...sandboxCredentials(), origins } as Credentials;
    const error = assertThrows(() => createMcFetch(credentials), McFetchError, "origins");
    assertEquals([error.code, error.message.includes("hunter2")], ["invalid_argument", false]);
  }
});

import { assert, assertEquals, assertRejects } from "@std/assert";
import { mcFetch, McFetchError } from "../mod.ts";
import {
  countConnections,
  sandboxCredentials,
  sandboxFile,
  server,
  testExceptOn,
} from "./context.ts";

const WORKERD = { workerd: "a binding brings its own trust" };

async function status(origin: string, credentials = sandboxCredentials()): Promise<number> {
  const response = await mcFetch(`${origin}/petstore/pets`, undefined, credentials);
  await response.text();
  return response.status;
}

testExceptOn(WORKERD, "`ca` is trusted in addition to what the runtime trusts", async () => {
  assertEquals(await status(server.origin), 200); // from `ca`
  assertEquals(await status(server.trustedOrigin), 200); // from NODE_EXTRA_CA_CERTS, DENO_CERT
  const { ca: _, ...bare } = { ca: undefined, ...sandboxCredentials() };
  assertEquals(await status(server.trustedOrigin, bare), 200);
});

testExceptOn(WORKERD, "a server of any other authority is not trusted", async () => {
  const { ca: _, ...bare } = { ca: undefined, ...sandboxCredentials() };
  const before = await countConnections();
  await assertRejects(() => status(server.otherOrigin), McFetchError);
  await assertRejects(() => status(server.origin, bare), McFetchError);
  const after = await countConnections();
  assertEquals([after.main.tls, after.other.tls], [before.main.tls, before.other.tls]);
});

testExceptOn(WORKERD, "`ca` may be PEM, DER or several files", async () => {
  const pem = new TextDecoder().decode(sandboxFile("ca.pem"));
  const der = Uint8Array.from(
    atob(pem.replaceAll(/-----[^-]+-----|\s/g, "")),
    (character) => character.charCodeAt(0),
  );
  for (const ca of [pem, der, [der, pem]]) {
    assertEquals(await status(server.origin, { ...sandboxCredentials(), ca }), 200);
  }
});

testExceptOn(WORKERD, "with `ca`, calls share their connection", async () => {
  const credentials = { ...sandboxCredentials(), ca: Array(3).fill(sandboxFile("ca.pem")) };
  await status(server.origin, credentials);
  const before = await countConnections();
  for (let call = 0; call < 50; call++) await status(server.origin, credentials);
  const opened = (await countConnections()).main.tcp - before.main.tcp;
  assert(opened <= 1, `${opened} more`); // Deno was seen to open one more, now and then
});

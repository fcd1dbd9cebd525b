import { assertEquals, assertRejects } from "@std/assert";
import test from "node:test";
import { releaseClients, useClient } from "../../lib/fetch/clients.ts";
import type { Client } from "../../lib/fetch/runtime/client.ts";

// Only the pool is under test here, so its clients do nothing but say whether they were closed.
interface CountedClient extends Client {
  closed: number;
}

function client(): CountedClient {
  const counted = {
    closed: 0,
    fetch: () => Promise.resolve(new Response()),
    close: () => {},
  };
  counted.close = () => void counted.closed++;
  return counted;
}

function use(name: string, owner: object, client: Client): Promise<Client> {
  return useClient(name, owner, () => Promise.resolve(client), (found) => Promise.resolve(found));
}

/** Lets what was put off happen. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

test("one name is one client, until its last owner is released", async () => {
  const [one, two] = [{}, {}];
  const first = client();
  assertEquals(await use("shared", one, first), first);
  assertEquals(await use("shared", two, client()), first);
  releaseClients(one);
  await settle();
  assertEquals(first.closed, 0);
  releaseClients(two);
  await settle();
  assertEquals(first.closed, 1);

  const next = client();
  assertEquals(await use("shared", one, next), next);
  releaseClients(one);
});

test("a client is not closed under a request", async () => {
  const owner = {};
  const busy = client();
  let finish = () => {};
  const work = useClient(
    "busy",
    owner,
    () => Promise.resolve(busy),
    () => new Promise<void>((resolve) => finish = resolve),
  );
  await settle();
  releaseClients(owner);
  await settle();
  assertEquals(busy.closed, 0);
  finish();
  await work;
  await settle();
  assertEquals(busy.closed, 1);
});

test("what could not be opened is opened anew by the next call", async () => {
  const owner = {};
  const fail = () => Promise.reject(new RangeError("not now"));
  const work = () => Promise.resolve();
  await Promise.all([
    assertRejects(() => useClient("fails", owner, fail, work), RangeError),
    assertRejects(() => useClient("fails", owner, fail, work), RangeError),
  ]);
  const good = client();
  assertEquals(await use("fails", owner, good), good);
  releaseClients(owner);
});

test("at most 64 clients stay open; the one unused for longest goes first", async () => {
  const owner = {};
  const clients = Array.from({ length: 70 }, client);
  for (const [index, client] of clients.entries()) {
    await use(`many ${index}`, owner, client);
    await use("many 0", owner, clients[0]!); // always in use
  }
  await settle();
  const open = clients.filter(({ closed }) => closed === 0);
  assertEquals([open.length, open[0], open.at(-1)], [64, clients[0], clients.at(-1)]);
  releaseClients(owner);
  await settle();
  assertEquals(clients.map(({ closed }) => closed), clients.map(() => 1));
});

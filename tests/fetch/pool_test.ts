import { assert, assertEquals, assertRejects } from "@std/assert";
import test from "node:test";
import {
  borrowClient,
  findCopy,
  type Owner,
  releaseClient,
  releaseClients,
  retireIdle,
} from "../../lib/fetch/pool.ts";
import type { Client, ClientSettings } from "../../lib/fetch/runtime/client.ts";
import { type CheckedFiles, readCredentials } from "../../lib/identity/credentials.ts";

// Only the pool is under test here, so its clients do nothing but say whether they were closed.
interface CountedClient extends Client {
  closed: number;
}

function countedClient(): CountedClient {
  const client = {
    closed: 0,
    settings: {} as ClientSettings,
    send: () => Promise.resolve(new Response()),
    close: () => void client.closed++,
  };
  return client;
}

let count = 0;

/** Files that no other test has. */
function newFiles(): CheckedFiles {
  return readCredentials({ cert: `cert ${count++}`, key: "key" }).files!;
}

async function use(
  files: CheckedFiles,
  owner: Owner,
  client: Client,
  maxClients?: number,
): Promise<Client> {
  const lease = borrowClient(files, owner, () => Promise.resolve(client), maxClients);
  try {
    return await lease.client;
  } finally {
    lease.release();
  }
}

/** Lets what was put off happen. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

test("equal files are one client, until its last owner is released", async () => {
  const files = newFiles();
  const [one, two]: Owner[] = [{ closed: false }, { closed: false }];
  const first = countedClient();
  assertEquals(await use(files, one!, first), first);
  assertEquals(await use({ ...files }, two!, countedClient()), first);
  releaseClients(one!);
  await settle();
  assertEquals(first.closed, 0);
  releaseClients(two!);
  await settle();
  assertEquals(first.closed, 1);

  const next = countedClient();
  const three = { closed: false };
  assertEquals(await use(files, three, next), next);
  releaseClients(three);
});

test("each part of the files tells clients apart, changed alone", async () => {
  const owner: Owner = { closed: false };
  const base = readCredentials({
    cert: "cert",
    key: "key",
    passphrase: "p",
    keyPassphrase: "k",
    alias: "a",
    proxy: "http://localhost:1",
    extraCa: ["ca"],
    limits: { maxBytes: 1, maxBags: 2 },
  }).files!;
  const changes: Partial<CheckedFiles>[] = [
    { cert: "cert2" },
    { key: "key2" },
    { key: new TextEncoder().encode("kez") },
    { passphrase: "p2" },
    { passphrase: undefined },
    { passphrase: "" },
    { keyPassphrase: "k2" },
    { alias: "a2" },
    { proxy: "http://localhost:2/" },
    { extraCa: ["ca2"] },
    { extraCa: [] },
    { extraCa: ["ca", "ca"] },
    { limits: { maxBytes: 2, maxBags: 2 } },
    { limits: undefined },
    { cert: undefined, key: undefined, pfx: "cert" },
  ];
  const clients = new Set<Client>();
  for (const change of [{}, ...changes]) {
    clients.add(await use({ ...base, ...change }, owner, countedClient()));
  }
  assertEquals(clients.size, changes.length + 1);

  // However they were passed, equal contents are the same.
  const bytes = new TextEncoder().encode("cert");
  const again = await use(
    { ...base, cert: bytes, limits: { maxBags: 2, maxBytes: 1 } },
    owner,
    countedClient(),
  );
  assert(clients.has(again));
  releaseClients(owner);
});

test("a client is not closed under a request", async () => {
  const files = newFiles();
  const owner: Owner = { closed: false };
  const busy = countedClient();
  const lease = borrowClient(files, owner, () => Promise.resolve(busy));
  await lease.client;
  releaseClients(owner);
  await settle();
  assertEquals(busy.closed, 0);
  lease.release();
  await settle();
  assertEquals(busy.closed, 1);
});

test("a client that opens after its owner was released is closed", async () => {
  const owner: Owner = { closed: false };
  const late = countedClient();
  let open = (_client: Client) => {};
  const opening = new Promise<Client>((resolve) => open = resolve);
  const lease = borrowClient(newFiles(), owner, () => opening);
  releaseClients(owner);
  lease.release();
  open(late);
  await settle();
  assertEquals(late.closed, 1);
});

test("a client that cannot be opened is tried again by the next call", async () => {
  const files = newFiles();
  const owner: Owner = { closed: false };
  const lease = borrowClient(files, owner, () => Promise.reject(new Error("no")));
  await assertRejects(() => lease.client, Error, "no");
  lease.release();
  assertEquals(findCopy(files), undefined);
  const client = countedClient();
  assertEquals(await use(files, owner, client), client);
  releaseClients(owner);
});

test("of more than 64 clients the one unused for longest is closed", async () => {
  const owner: Owner = { closed: false };
  const clients = Array.from({ length: 66 }, countedClient);
  const files = clients.map(newFiles);
  for (let i = 0; i < 64; i++) await use(files[i]!, owner, clients[i]!);
  assertEquals(await use(files[0]!, owner, countedClient()), clients[0]); // now used last
  const busy = borrowClient(files[1]!, owner, () => Promise.reject(new Error("it is open")));
  await use(files[64]!, owner, clients[64]!);
  await use(files[65]!, owner, clients[65]!);
  await settle();
  const closed = clients.flatMap(({ closed }, i) => closed > 0 ? [i] : []);
  assertEquals(closed, [2, 3], "client 1 is in use, client 0 was used again");
  busy.release();
  releaseClients(owner);
  await settle();
  assertEquals(clients.map(({ closed }) => closed), clients.map(() => 1));
});

test("2,000 credentials in turn keep 64 clients open, and the others are closed once", async () => {
  const owner: Owner = { closed: false };
  const clients = Array.from({ length: 2000 }, countedClient);
  for (const client of clients) {
    await use(newFiles(), owner, client);
    const open = clients.filter(({ closed }, i) => closed === 0 && i <= clients.indexOf(client));
    assert(open.length <= 65, `${open.length} clients are open`); // one closes in this moment
  }
  await settle();
  assertEquals(clients.filter(({ closed }) => closed === 0).length, 64);
  assert(clients.slice(-64).every(({ closed }) => closed === 0), "those that were used last");
  releaseClients(owner);
  await settle();
  assertEquals(clients.map(({ closed }) => closed), clients.map(() => 1));
});

test("maxClients counts for the clients of its calls", async () => {
  const owner: Owner = { closed: false };
  const few = Array.from({ length: 3 }, countedClient);
  const many = Array.from({ length: 100 }, countedClient);
  const files = many.map(newFiles);
  for (const [i, client] of many.entries()) await use(files[i]!, owner, client, 200);
  for (const client of few) await use(newFiles(), owner, client, 2);
  await settle();
  assertEquals(many.filter(({ closed }) => closed > 0).length, 0);
  assertEquals(few.map(({ closed }) => closed), [1, 0, 0]);
  releaseClients(owner);
});

test("a client that was idle for a minute is closed, and not one in use", async () => {
  const owner: Owner = { closed: false };
  const [idle, busy] = [countedClient(), countedClient()];
  await use(newFiles(), owner, idle);
  const lease = borrowClient(newFiles(), owner, () => Promise.resolve(busy));
  const now = performance.now();
  retireIdle(now + 59_000);
  await settle();
  assertEquals([idle.closed, busy.closed], [0, 0]);
  retireIdle(now + 61_000);
  await settle();
  assertEquals([idle.closed, busy.closed], [1, 0]);
  lease.release();
  retireIdle(now + 122_000);
  await settle();
  assertEquals([idle.closed, busy.closed], [1, 1]);
});

test("one of an owner's clients is released after its last request, and the others stay", async () => {
  const owner: Owner = { closed: false };
  const [old, next] = [newFiles(), newFiles()];
  const [first, second] = [countedClient(), countedClient()];
  const lease = borrowClient(old, owner, () => Promise.resolve(first));
  await use(next, owner, second);
  releaseClient(old, owner);
  await settle();
  assertEquals(first.closed, 0);
  lease.release();
  await settle();
  assertEquals([first.closed, second.closed], [1, 0]);
  releaseClients(owner);
});

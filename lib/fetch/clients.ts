import type { Client } from "./runtime/client.ts";

/** Clients kept open at most. Beyond it the one unused for longest is closed. */
const MAX_CLIENTS = 64;

/** How long a client is kept after its last use, in milliseconds. */
const IDLE_TIME = 60_000;

interface Entry {
  readonly client: Promise<Client>;
  /** Those that asked for it. It is closed when the last of them is released. */
  readonly owners: Set<object>;
  /** Requests that wait for their response's head. */
  inFlight: number;
  /** When it was used last, as `performance.now()` tells. */
  lastUse: number;
}

/** The open clients, one for each name. The map's order is the order of their last use. */
const entries = new Map<string, Entry>();

let timer: ReturnType<typeof setTimeout> | undefined;

/**
 * Works with the client of that name, opened if it is not there.
 *
 * @param name What tells this client from others, the digest of its credentials
 * @param owner On whose behalf; see {@linkcode releaseClients}
 */
export async function useClient<Result>(
  name: string,
  owner: object,
  open: () => Promise<Client>,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const entry = entries.get(name) ??
    { client: open(), owners: new Set(), inFlight: 0, lastUse: 0 };
  entries.delete(name);
  entries.set(name, entry);
  entry.owners.add(owner);
  entry.inFlight++;
  try {
    const client = await entry.client.catch((error) => {
      retire(name, entry); // the next call tries again
      throw error;
    });
    return await work(client);
  } finally {
    entry.inFlight--;
    entry.lastUse = performance.now();
    if (entries.get(name) !== entry) closeUnused(entry);
    retireIdle();
  }
}

/** Closes the clients that nobody else than this owner uses. Responses can be read to their end. */
export function releaseClients(owner: object): void {
  for (const [name, entry] of entries) {
    if (entry.owners.delete(owner) && entry.owners.size === 0) {
      retire(name, entry);
    }
  }
  scheduleNext();
}

function retireIdle(): void {
  const now = performance.now();
  for (const [name, entry] of entries) {
    const idle = now - entry.lastUse >= IDLE_TIME || entries.size > MAX_CLIENTS;
    if (idle && entry.inFlight === 0) retire(name, entry);
  }
  scheduleNext();
}

/** Takes the client out of use. It is closed when its last request has its response. */
function retire(name: string, entry: Entry): void {
  if (entries.get(name) === entry) entries.delete(name);
  closeUnused(entry);
}

function closeUnused({ client, inFlight }: Entry): void {
  if (inFlight === 0) client.then((client) => client.close(), () => {});
}

/** One timer while there are clients, none otherwise, and none that keeps the process alive. */
function scheduleNext(): void {
  if (entries.size === 0) {
    clearTimeout(timer);
    timer = undefined;
  } else if (timer === undefined) {
    timer = setTimeout(() => {
      timer = undefined;
      retireIdle();
    }, IDLE_TIME);
    unref(timer);
  }
}

/** Node, Bun and newer Deno give an object; older Deno a number. */
function unref(timer: unknown): void {
  if (typeof timer === "object") (timer as { unref?(): void }).unref?.();
  else {(globalThis as { Deno?: { unrefTimer?(id: unknown): void } }).Deno
      ?.unrefTimer?.(timer);}
}

/**
 * The open clients: one for each credential, found by its contents. Clients are lent. They are
 * closed if they were idle for a while, or with their owner.
 *
 * @module
 */
import type { CheckedFiles } from "../identity/credentials.ts";
import { type Timer, timers } from "../timers.ts";
import { isSameFiles } from "./same_files.ts";
import type { Client } from "./runtime/client.ts";

/** Clients kept open by default. Each has a TLS context, and a connection for each origin. */
export const MAX_CLIENTS = 64;

/** A client is kept for this time after its last use, in milliseconds. */
const IDLE_TIME = 60_000;

/** Opens a client for files. */
export type OpenFiles = (files: CheckedFiles) => Promise<Client>;

/** Somebody on whose behalf clients are open. */
export interface Owner {
  /** True if it takes no new requests. */
  closed: boolean;
}

/** A client in use. */
export interface Lease {
  readonly client: Promise<Client>;
  /** The same, once it is open. */
  readonly opened: Client | undefined;
  /** Says that the response headers arrived, or that the request failed. To be called once. */
  release(): void;
}

interface Entry {
  readonly files: CheckedFiles;
  readonly client: Promise<Client>;
  opened: Client | undefined;
  /** The client is closed after the last of its owners is. */
  readonly owners: Set<Owner>;
  /** The client is closed when this number of clients was used after it. */
  maxClients: number;
  /** Requests whose response headers have not arrived yet. */
  inFlight: number;
  /** The time of its last use, from `performance.now()`. */
  lastUse: number;
}

/** The open clients, in the order of their last use. */
const entries = new Set<Entry>();

let timer: Timer | undefined;

/** Returns the copy of these files that a client was opened with, if there is one. */
export function findCopy(files: CheckedFiles): CheckedFiles | undefined {
  return findEntry(files)?.files;
}

/**
 * Borrows the client of these files, opened if there is none.
 *
 * @param maxClients The client may be closed when this number of clients was used after it
 */
export function borrowClient(
  files: CheckedFiles,
  owner: Owner,
  open: OpenFiles,
  maxClients: number = MAX_CLIENTS,
): Lease {
  const entry = findEntry(files) ?? addEntry(files, open);
  entry.owners.add(owner);
  entry.maxClients = maxClients;
  entry.inFlight++;
  const release = () => {
    entry.inFlight--;
    entry.lastUse = performance.now();
    if (entries.delete(entry)) entries.add(entry); // now the last
    else closeUnused(entry);
    retireIdle();
  };
  return { client: entry.client, opened: entry.opened, release };
}

function findEntry(files: CheckedFiles): Entry | undefined {
  for (const entry of entries) {
    if (entry.files === files || isSameFiles(entry.files, files)) return entry;
  }
  return undefined;
}

function addEntry(files: CheckedFiles, open: OpenFiles): Entry {
  const client = open(files);
  const entry: Entry = {
    files,
    client,
    opened: undefined,
    owners: new Set(),
    maxClients: MAX_CLIENTS,
    inFlight: 0,
    lastUse: 0,
  };
  entries.add(entry);
  client.then((opened) => entry.opened = opened, () => retire(entry)); // the next call tries again
  return entry;
}

/** Closes the clients that only this owner uses. Responses can be read to their end. */
export function releaseClients(owner: Owner): void {
  owner.closed = true;
  for (const entry of entries) releaseEntry(entry, owner);
  scheduleNext();
}

/** Closes the client of these files if only this owner uses it. */
export function releaseClient(files: CheckedFiles, owner: Owner): void {
  const entry = findEntry(files);
  if (entry !== undefined) releaseEntry(entry, owner);
  scheduleNext();
}

/** Closes all clients, whoever uses them. Responses can be read to their end. */
export function closeAllClients(): void {
  for (const entry of entries) retire(entry);
  scheduleNext();
}

function releaseEntry(entry: Entry, owner: Owner): void {
  if (entry.owners.delete(owner) && entry.owners.size === 0) retire(entry);
}

/**
 * Closes the clients that are not in use and were idle for a minute, or have too many after them.
 *
 * @param now The time, from `performance.now()`
 */
export function retireIdle(now: number = performance.now()): void {
  let after = entries.size; // the clients used later, and those in use that should be closed
  for (const entry of entries) {
    after--;
    const isTooMany = after >= entry.maxClients;
    if (entry.inFlight > 0) after += isTooMany ? 1 : 0;
    else if (isTooMany || now - entry.lastUse >= IDLE_TIME) retire(entry);
  }
  scheduleNext();
}

/** Takes the client out of use. It is closed when its last request has its response headers. */
function retire(entry: Entry): void {
  entries.delete(entry);
  closeUnused(entry);
}

function closeUnused({ client, inFlight }: Entry): void {
  if (inFlight === 0) client.then((client) => client.close(), () => {});
}

/** Keeps one timer while there are clients. It does not keep the process alive. */
function scheduleNext(): void {
  if (entries.size === 0) {
    timers.clear(timer);
    timer = undefined;
  } else if (timer === undefined) {
    timer = timers.set(() => {
      timer = undefined;
      retireIdle();
    }, findDelay());
    unref(timer);
  }
}

/** Returns the time until a client has been idle for a minute, in milliseconds. */
function findDelay(): number {
  const now = performance.now();
  const uses = [...entries].map(({ inFlight, lastUse }) => inFlight > 0 ? now : lastUse);
  return Math.min(...uses) + IDLE_TIME - now;
}

/** Node, Bun and newer Deno return an object; older Deno a number. */
function unref(timer: unknown): void {
  if (typeof timer === "object") {
    (timer as { unref?(): void }).unref?.();
  } else {
    const { Deno } = globalThis as { Deno?: { unrefTimer?(id: unknown): void } };
    Deno?.unrefTimer?.(timer);
  }
}

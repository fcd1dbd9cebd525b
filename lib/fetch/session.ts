/**
 * From the caller's credentials to something that sends with them.
 *
 * @module
 */
import { McFetchError } from "../errors.ts";
import {
  type CheckedCredentials,
  type CheckedFiles,
  copyFiles,
  type FixedCredentials,
  readCredentials,
} from "../identity/credentials.ts";
import { type Origins, readOrigins } from "./origins.ts";
import { borrowClient, findCopy, type Owner } from "./pool.ts";
import type { Client, Sender } from "./runtime/client.ts";
import { findRuntime } from "./runtime/find.ts";
import { isSameCredentials } from "./same_files.ts";

/** Credentials that were checked and copied. */
export interface Session {
  readonly credentials: CheckedCredentials;
  /** The origins that the certificate may be presented to. */
  readonly origins: Origins;
}

/** The right to send one request. */
export interface SendingRight {
  readonly sender: Promise<Sender>;
  /** The same, if it is there at once. */
  readonly opened?: Sender | undefined;
  /** To be called once, when the response headers arrived or the request failed. */
  release(): void;
}

/** The session of each object of credentials that was passed. */
const sessions = new WeakMap<object, Session>();

/**
 * Finds the session of credentials, or opens it. The same object is one look-up, and is compared
 * with the copy of its contents: an object whose contents changed is another credential.
 */
export function findSession(given: FixedCredentials): Session {
  const credentials = readCredentials(given);
  const known = sessions.get(given);
  if (known !== undefined && isSameCredentials(known.credentials, credentials)) return known;
  const { files } = credentials;
  const copy = files && (findCopy(files) ?? copyFiles(files));
  const session = {
    credentials: { ...credentials, files: copy },
    origins: readOrigins(credentials.origins),
  };
  sessions.set(given, session);
  return session;
}

/**
 * Borrows what sends requests with these credentials.
 *
 * @throws {McFetchError} `closed` if the owner was closed
 */
export function borrowSender(
  { credentials }: Session,
  owner: Owner,
  maxClients?: number,
): SendingRight {
  checkOpen(owner);
  const { files, fetcher } = credentials;
  if (fetcher !== undefined) {
    const sender = import("./fetcher.ts").then(({ wrapFetcher }) => wrapFetcher(fetcher));
    return { sender, release() {} };
  }
  if (files === undefined) throw new TypeError("credentials are files or a fetcher");
  const { client, opened, release } = borrowClient(files, owner, openClient, maxClients);
  return { sender: client, opened, release };
}

/** Throws if the owner takes no new requests. */
export function checkOpen({ closed }: Owner): void {
  if (!closed) return;
  throw new McFetchError("closed", "Cannot send the request: this fetch was closed");
}

async function openClient(files: CheckedFiles): Promise<Client> {
  const open = await findRuntime(); // first: it says what to do where no file helps
  const { openFiles } = await import("./settings.ts");
  return await open(await openFiles(files));
}

/**
 * Credentials that change while the program runs: when their function is called, and which
 * certificate is in use meanwhile.
 *
 * There is no timer. The clock is read when a request starts.
 *
 * @module
 */
import { McFetchError } from "../errors.ts";
import type { Credentials } from "../identity/credentials.ts";
import { type Timer, timers } from "../timers.ts";
import { callListener, warnOnce } from "./listeners.ts";
import type { CheckedOptions } from "./options.ts";
import { type Owner, releaseClient } from "./pool.ts";
import { isSameCredentials } from "./same_files.ts";
import { borrowSender, checkOpen, findSession, type Session } from "./session.ts";

/** A function of the caller's that returns credentials. */
export type CredentialsFunction = Extract<Credentials, () => unknown>;

/** A call that has not settled after this time counts as failed, in milliseconds. */
const PATIENCE = 60_000;

/** The longest wait of a request that the server rejected for another certificate. */
const REPLACE_WAIT = 10_000;

/**
 * The least time between two calls for a certificate that the server rejects, in milliseconds, if
 * the function said that there is no other.
 */
const REPLACE_INTERVAL = 1000;

/** Opens sessions before they are used, and closes those that are no longer. */
export interface Opener {
  /** Rejects if the credentials cannot be used. */
  open(session: Session): Promise<unknown>;
  /** Closes what was opened, once what is under way on it is done. */
  close(session: Session): void;
}

/** Opens sessions in the pool. */
function openInPool(owner: Owner, maxClients: number): Opener {
  return {
    async open(session) {
      const { sender, release } = borrowSender(session, owner, maxClients);
      await sender.finally(release);
    },
    close({ credentials: { files } }) {
      if (files !== undefined) releaseClient(files, owner);
    },
  };
}

/** Credentials that a function returns, and the certificate in use. */
export interface Renewal {
  /**
   * Returns what the next request is sent with. Calls the function in the background if its last
   * call is too long ago. Before its first success the request waits for it.
   */
  current(): Session | Promise<Session>;
  /**
   * Returns other credentials after the server rejected these. Calls the function at once, unless
   * another request has done so.
   */
  replace(rejected: Session): Promise<Session | undefined>;
}

/**
 * Makes the renewal of a function. Calls nothing.
 *
 * @param owner The owner of the clients
 */
export function makeRenewal(
  credentials: CredentialsFunction,
  owner: Owner,
  { refresh, onRefreshError, maxClients }: CheckedOptions,
  opener: Opener = openInPool(owner, maxClients),
  clock: () => number = () => performance.now(),
): Renewal {
  const tell = onRefreshError ?? warnOnce();
  let current: Session | undefined;
  let pending: Promise<Session> | undefined;
  /** The number of calls so far, and of the call whose result is in use. */
  let calls = 0;
  let used = 0;
  let calledAt = -Infinity;
  /** The credentials of which the function said that there are no others, and when. */
  let confirmed: { readonly session: Session; readonly at: number } | undefined;

  const call = (): Promise<Session> => {
    const number = ++calls;
    calledAt = clock();
    const attempt = ask(number);
    pending = attempt;
    const end = () => {
      if (pending === attempt) pending = undefined;
    };
    attempt.then(end, (error) => {
      end();
      if (number > used) fail(error);
    });
    return attempt;
  };

  const ask = async (number: number): Promise<Session> => {
    const session = findSession(await credentials());
    if (current !== undefined && isSameCredentials(current.credentials, session.credentials)) {
      used = Math.max(used, number);
      return current;
    }
    // A file that cannot be opened must not replace one that can.
    await opener.open(session);
    if (current !== undefined && number < used) return current; // it was overtaken
    const old = current;
    used = number;
    current = session;
    if (old && old.credentials.files !== session.credentials.files) opener.close(old);
    return session;
  };

  const fail = (error: unknown): void => {
    if (current !== undefined && !owner.closed) {
      callListener("onRefreshError", () => tell(error));
    }
  };

  const dropLate = (): void => {
    if (pending === undefined || clock() - calledAt < PATIENCE) return;
    pending = undefined;
    const seconds = PATIENCE / 1000;
    fail(
      new McFetchError(
        "credentials_unavailable",
        `Cannot use the credentials: their function has not answered for ${seconds} seconds`,
      ),
    );
  };

  const replace = async (rejected: Session): Promise<Session | undefined> => {
    const { session, at } = confirmed ?? { at: 0 };
    if (session === rejected && clock() - at < REPLACE_INTERVAL) return undefined;
    const before = calls; // a call of before may have read the old files
    while (current === rejected && !owner.closed) {
      dropLate();
      if (pending === undefined && calls > before) {
        confirmed = { session: rejected, at: clock() };
        return undefined;
      }
      await (pending ?? call()).catch(() => {});
    }
    return current;
  };

  return {
    current() {
      checkOpen(owner);
      dropLate();
      if (current === undefined) return pending ?? call();
      if (pending === undefined && clock() - calledAt >= refresh) call().catch(() => {});
      return current;
    },
    async replace(rejected) {
      let timer: Timer | undefined;
      const late = new Promise<undefined>((resolve) => {
        timer = timers.set(() => resolve(undefined), REPLACE_WAIT);
      });
      try {
        return await Promise.race([replace(rejected), late]);
      } finally {
        timers.clear(timer);
      }
    },
  };
}

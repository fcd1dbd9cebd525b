/**
 * Where the credentials of requests come from: fixed ones, or a function that renews them.
 *
 * @module
 */
import type { Credentials } from "../identity/credentials.ts";
import type { CheckedOptions } from "./options.ts";
import type { Owner } from "./pool.ts";
import type { Opener, Renewal } from "./renewal.ts";
import type { Sender } from "./runtime/client.ts";
import { findSession, type Session } from "./session.ts";

/** The source of a session for each request. */
export interface Source {
  /** The owner of the clients. */
  readonly owner: Owner;
  /** Returns what the next request is sent with. */
  current(): Session | Promise<Session>;
  /** Returns other credentials after the server rejected these; missing if they are fixed. */
  replace?(rejected: Session): Promise<Session | undefined>;
  /** Looks at the certificate of a request. */
  look(sender: Sender): void;
}

/** Makes a source. What does not change is checked and copied here, once. */
export function makeSource(
  credentials: Credentials,
  owner: Owner,
  options: CheckedOptions,
  opener?: Opener,
): Source {
  const look = makeLook(options);
  if (typeof credentials !== "function") {
    const session = findSession(credentials);
    return { owner, current: () => session, look };
  }
  let renewal: Renewal | undefined;
  const load = async (): Promise<Renewal> => {
    const { makeRenewal } = await import("./renewal.ts");
    return renewal ??= makeRenewal(credentials, owner, options, opener);
  };
  return {
    owner,
    current: () => renewal?.current() ?? load().then((renewal) => renewal.current()),
    replace: (rejected) => load().then((renewal) => renewal.replace(rejected)),
    look,
  };
}

function lookAway(): void {}

function makeLook(options: CheckedOptions): Source["look"] {
  if (options.expiresSoon === undefined) return lookAway;
  const watch = import("./expiry.ts").then(({ watchExpiry }) => watchExpiry(options));
  return ({ settings }) => {
    if (settings !== undefined) watch.then((watch) => watch.look(settings.cert));
  };
}

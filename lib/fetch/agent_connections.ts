/**
 * The connections of an agent: to its origins only, with the certificate in use.
 *
 * @module
 */
import type { Socket } from "node:net";
import { invalidArgument, McFetchError } from "../errors.ts";
import type { Credentials } from "../identity/credentials.ts";
import type { CheckedOptions } from "./options.ts";
import { checkOrigin } from "./origins.ts";
import type { ClientSettings } from "./runtime/client.ts";
import { hostOf, joinHost } from "./runtime/host.ts";
import { native } from "./runtime/native.ts";
import type { Target } from "./runtime/secure_socket.ts";
import type { Session } from "./session.ts";
import { makeSource } from "./source.ts";

/** The options of a request about its connection. */
export interface SocketOptions {
  readonly host?: string;
  readonly port?: number | string;
  readonly socketPath?: string | undefined;
}

/** The options about the TCP connection that a request may have. */
const TCP_OPTIONS = [
  ...["lookup", "family", "hints", "localAddress", "localPort", "noDelay"] as const,
  ...["autoSelectFamily", "autoSelectFamilyAttemptTimeout"] as const,
];

/** Opens connections for an agent. */
export interface AgentConnections {
  /** Returns what the next request is sent with. */
  current(): Session | Promise<Session>;
  /** Opens a connection. Rejects with an `McFetchError`. */
  open(session: Session, options: SocketOptions): Promise<Socket>;
  /** True if the connection may carry more requests of this session. */
  isOf(socket: Socket, session: Session): boolean;
  /** Returns the error for a request that failed on its connection. */
  toError(error: unknown, options: SocketOptions, socket: Socket | null): Promise<McFetchError>;
}

/** An open session: its settings, and what opens connections with them. */
interface Opened {
  readonly settings: ClientSettings;
  connect(target: Target): Promise<Socket>;
}

/** Makes the connections of one agent. */
export function makeConnections(
  credentials: Credentials,
  options: CheckedOptions,
): AgentConnections {
  const opened = new WeakMap<Session, Promise<Opened>>();
  const sessions = new WeakMap<Socket, Session>();

  const openSession = (session: Session): Promise<Opened> => {
    const known = opened.get(session) ?? openFilesOf(session);
    opened.set(session, known);
    known.catch(() => opened.delete(session)); // the next request tries again
    return known;
  };

  const source = makeSource(credentials, { closed: false }, options, {
    open: openSession,
    close() {}, // the agent closes its free connections itself
  });

  const connect = async (session: Session, url: URL, options: SocketOptions): Promise<Socket> => {
    checkTarget(session, url, options);
    const { settings, connect } = await openSession(session);
    source.look({ settings, send: () => Promise.reject(new TypeError("an agent connects only")) });
    try {
      return await connect(readTarget(url, options));
    } catch (cause) {
      throw await explain(cause, url, settings);
    }
  };

  return {
    current: () => source.current(),
    async open(session, options) {
      const url = readUrl(options);
      try {
        const socket = await connect(session, url, options);
        sessions.set(socket, session);
        return socket;
      } catch (error) {
        const next = isRejection(error) ? await source.replace?.(session) : undefined;
        if (next === undefined) throw error;
        return await connect(next, url, options); // carries one request
      }
    },
    isOf: (socket, session) => sessions.get(socket) === session,
    async toError(error, options, socket) {
      const session = socket === null ? undefined : sessions.get(socket);
      const { settings } = session === undefined
        ? { settings: undefined }
        : await openSession(session);
      const mapped = await explain(error, readUrl(options), settings);
      if (session !== undefined && isRejection(mapped)) source.replace?.(session).catch(() => {});
      return mapped;
    },
  };
}

async function openFilesOf({ credentials: { files }, origins }: Session): Promise<Opened> {
  if (files === undefined) throw invalidArgument(ACTION, "an agent cannot use a fetcher");
  if (origins === undefined) throw missingOrigins();
  const { openFiles } = await import("./settings.ts");
  const { makeConnector } = await import("./runtime/secure_socket.ts");
  const settings = await openFiles(files);
  return { settings, connect: await makeConnector(settings) };
}

const ACTION = "use the credentials for an agent";

/** Returns the error for credentials without `origins`. */
export function missingOrigins(): McFetchError {
  return invalidArgument(
    ACTION,
    "origins is missing; an agent sees no redirects, so name the origins that may receive the " +
      "certificate",
  );
}

async function explain(
  cause: unknown,
  url: URL,
  settings: ClientSettings | undefined,
): Promise<McFetchError> {
  const { toMcFetchError } = await import("./failures.ts");
  return await toMcFetchError(cause, url, settings);
}

function isRejection(error: unknown): boolean {
  return error instanceof McFetchError && error.code.startsWith("certificate_");
}

function readUrl({ host = "localhost", port = 443 }: SocketOptions): URL {
  return new native.URL(`https://${joinHost(host, port)}`);
}

function checkTarget({ origins }: Session, url: URL, { socketPath }: SocketOptions): void {
  if (origins === undefined) throw missingOrigins();
  checkOrigin(url, origins);
  if (!socketPath) return;
  throw new McFetchError(
    "origin_not_allowed",
    "Cannot send the request: a path of a socket is no origin; remove `socketPath`",
  );
}

function readTarget(url: URL, options: SocketOptions): Target {
  const given = options as Readonly<Record<string, unknown>>;
  const tcp = Object.fromEntries(
    TCP_OPTIONS.flatMap((name) => given[name] === undefined ? [] : [[name, given[name]]]),
  );
  return { host: hostOf(url), port: Number(url.port || 443), tcp };
}

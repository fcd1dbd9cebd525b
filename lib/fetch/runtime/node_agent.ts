/**
 * The connections of a client on Node: an undici `Agent` that tells each request which connection
 * carries it.
 *
 * @module
 */
import type { Agent, buildConnector, Client, Dispatcher } from "undici";

/** The functions and classes of undici. */
export type Undici = typeof import("undici");

/** A request's place among undici's connections. It opens a new one after the old one broke. */
export interface Connection {
  /** True if the open connection has answered a request. */
  answered: boolean;
  /** True if it takes no new requests. */
  readonly closed: boolean;
  /** Sends a request on this connection. */
  dispatch(options: HopOptions, handler: Dispatcher.DispatchHandler): boolean;
}

/** undici's options of a request, and the request's own end of its connection. */
export interface HopOptions extends Dispatcher.DispatchOptions {
  readonly origin: string;
  /** undici also sends an `AsyncIterable`, which its types lack. */
  body: Uint8Array | null;
  /** Learns the connection before anything is sent on it. */
  readonly hop: { connection: Connection | undefined };
}

/** Codes of errors that say that a connection broke. */
const BREAKS: ReadonlySet<unknown> = new Set([
  ...["UND_ERR_SOCKET", "ECONNRESET", "EPIPE", "ECONNABORTED", "ETIMEDOUT"],
]);

/** True if the error says that the connection broke, and not why the server ended it. */
export function isBreak(error: Error & { readonly code?: unknown }): boolean {
  return BREAKS.has(error.code);
}

/** Opens an `Agent` whose connections are made by `connect`. */
export function openAgent(
  { Agent, Client, Pool }: Undici,
  connect: buildConnector.connector,
): Agent {
  class CountingClient extends Client implements Connection {
    answered = false;

    constructor(origin: string | URL, options: Client.Options) {
      super(origin, options);
      this.on("connect", () => this.answered = false);
      this.on("disconnect", () => this.answered = false);
    }

    override dispatch(options: HopOptions, handler: Dispatcher.DispatchHandler): boolean {
      options.hop.connection = this;
      return super.dispatch(options, handler);
    }
  }
  const openConnection = (origin: string | URL, options: Client.Options) =>
    new CountingClient(origin, options);
  return new Agent({
    connect,
    factory: (origin, options) => new Pool(origin, { ...options, factory: openConnection }),
  });
}

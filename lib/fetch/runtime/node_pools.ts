/**
 * The connections of a client on Node: undici's pools, which tell each request the connection that
 * carries it.
 *
 * undici's `Agent` is not used: it closes the pool of an origin with its last connection, and when
 * that connection is late to close, the pool that took its place.
 *
 * @module
 */
import { native } from "./native.ts";
import type { buildConnector, Client, Dispatcher } from "undici";

/** Runs a function in the next turn of the event loop. */
export type RunLater = (run: () => void) => unknown;

/** The functions and classes of undici. */
export type Undici = typeof import("undici");

/** A request's place among undici's connections. It opens a new one after the old one broke. */
export interface Connection {
  readonly origin: string;
  /** True if the open connection has answered a request. */
  answered: boolean;
  /** True if it takes no new requests. */
  readonly closed: boolean;
  /**
   * Runs a function as soon as the broken connection is gone. A request that is sent here earlier
   * would end the process, by an assertion of undici; and later, the pool takes this place for
   * free, and would send another request here, too.
   */
  onceBroken(run: () => void): void;
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

/** The connections of a client. */
export interface Connections {
  /** Sends a request on a connection that is free, or on a new one. */
  dispatch(options: HopOptions, handler: Dispatcher.DispatchHandler): void;
  /**
   * Learns that a connection has answered. undici reuses it only in the next turn of the event
   * loop, so until then it takes a request here: a caller that sends the next one at once would
   * open another connection.
   */
  release(connection: Connection): void;
  /** Takes no new requests. Settles after the last response was read. */
  close(): Promise<void>;
}

/** Pools kept for origins without a connection. */
const MAX_UNUSED = 8;

/** Opens pools whose connections are made by `connect`. */
export function openPools(
  { Client, Pool }: Undici,
  connect: buildConnector.connector,
  runLater: RunLater,
): Connections {
  class CountingClient extends Client implements Connection {
    readonly origin: string;
    answered = false;

    constructor(origin: string | URL, options: Client.Options) {
      super(origin, options);
      this.origin = new native.URL(origin).origin;
      this.on("connect", () => this.answered = false);
      this.on("disconnect", () => this.answered = false);
    }

    onceBroken(run: () => void): void {
      this.prependOnceListener("disconnect", run);
    }

    override dispatch(options: HopOptions, handler: Dispatcher.DispatchHandler): boolean {
      options.hop.connection = this;
      return super.dispatch(options, handler);
    }
  }
  const openConnection = (origin: string | URL, options: Client.Options) =>
    new CountingClient(origin, options);
  const pools = new Map<string, InstanceType<typeof Pool>>();
  const findPool = (origin: string) => {
    const known = pools.get(origin);
    if (known !== undefined) return known;
    const pool = new Pool(origin, { connect, factory: openConnection });
    pools.set(origin, pool);
    pool.on("disconnect", () => {
      const { connected, pending, running } = pool.stats;
      if (pools.size <= MAX_UNUSED || connected + pending + running > 0) return;
      pools.delete(origin);
      pool.close().catch(() => {});
    });
    return pool;
  };
  /** The connections that answered in this turn of the event loop. */
  let released: Connection[] = [];
  return {
    dispatch(options, handler) {
      const at = released.findLastIndex(({ origin, answered, closed }) =>
        origin === options.origin && answered && !closed // else it broke in the meantime
      );
      const [connection = findPool(options.origin)] = at === -1 ? [] : released.splice(at, 1);
      connection.dispatch(options, handler);
    },
    release(connection) {
      // undici asks for the next turn after this call, so it has to be asked for later here.
      if (released.push(connection) === 1) queueMicrotask(() => runLater(() => released = []));
    },
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.close()));
    },
  };
}

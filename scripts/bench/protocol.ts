/**
 * The messages between the benchmark and its child processes: one JSON object a line, each way.
 *
 * @module
 */

/** Kind of request: the URL, the body, and the way to read the answer. */
export interface Job {
  readonly url: string;
  /** The object to send as JSON. Absent means GET. */
  readonly body?: Readonly<Record<string, unknown>>;
  /** `json` parses the answer, `bytes` reads it whole, `stream` reads it chunk by chunk. */
  readonly read: "json" | "bytes" | "stream";
}

/** Function that sends one request and reads the answer. Rejects unless the status is 200. */
export type Send = (job: Job) => Promise<void>;

/** Files and URLs that every child process needs. */
export interface Setup {
  /** The client certificate, as PEM. */
  readonly cert: string;
  /** The private key, as PEM. */
  readonly key: string;
  /** The server's CA, as PEM. Absent if the environment makes the runtime trust it. */
  readonly ca?: string;
  /** The URL of the bundled library. */
  readonly library: string;
  /** The folder whose `node_modules` has axios, got and node-fetch. */
  readonly peers: string;
}

/** First line that a child process reads. */
export interface Start {
  readonly setup: Setup;
  readonly contender: string;
}

/** Command to keep a number of requests in flight until the time is over. */
export interface FloodCommand {
  readonly type: "flood";
  readonly job: Job;
  readonly inFlight: number;
  /** The time, in milliseconds. The flood ends after the last request in flight. */
  readonly time: number;
}

/** Command to send a number of requests and then measure the memory. */
export interface MemoryCommand {
  readonly type: "memory";
  readonly job: Job;
  readonly inFlight: number;
  readonly requests: number;
}

/** Every later line. */
export type Command = FloodCommand | MemoryCommand;

/** Result of a flood. */
export interface FloodResult {
  /** Requests a second. */
  readonly rate: number;
  /** The latency's median and 99th percentile, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** The process's CPU time for a request, in microseconds. It depends less on other load. */
  readonly cpu: number;
}

/** Result of {@linkcode MemoryCommand}: the resident set size, in bytes. */
export interface MemoryResult {
  readonly rss: number;
}

/** Answer of a child process to one command. */
export type Answer<T> = { readonly result: T } | { readonly error: string };

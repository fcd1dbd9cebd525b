/**
 * The messages between the benchmark and its child processes: one JSON object a line, each way.
 *
 * @module
 */

/** One kind of request: its address, its body and the way its answer is read. */
export interface Job {
  readonly url: string;
  /** The object to send as JSON. Absent means GET. */
  readonly body?: Readonly<Record<string, unknown>>;
  /** `json` parses the answer, `bytes` takes it whole, `stream` chunk by chunk. */
  readonly read: "json" | "bytes" | "stream";
}

/** Sends one request and reads its answer to the end. Rejects unless the status is 200. */
export type Send = (job: Job) => Promise<void>;

/** The files and addresses that every child process needs. */
export interface Setup {
  /** The client certificate, as PEM. */
  readonly cert: string;
  /** Its private key, as PEM. */
  readonly key: string;
  /** The server's CA, as PEM. Absent if the environment makes the runtime trust it. */
  readonly ca?: string;
  /** The URL of the bundled library. */
  readonly library: string;
  /** The folder whose `node_modules` has axios, got and node-fetch. */
  readonly peers: string;
}

/** The first line that a child process reads. */
export interface Start {
  readonly setup: Setup;
  readonly contender: string;
}

/** A flood: so many requests in flight until the time is over. */
export interface FloodCommand {
  readonly type: "flood";
  readonly job: Job;
  readonly inFlight: number;
  /** In milliseconds. Requests in flight at the end are waited for. */
  readonly time: number;
}

/** A number of requests, after which the process tells its size. */
export interface MemoryCommand {
  readonly type: "memory";
  readonly job: Job;
  readonly inFlight: number;
  readonly requests: number;
}

/** Any line after the first. */
export type Command = FloodCommand | MemoryCommand;

/** What a flood measured. */
export interface FloodResult {
  /** Requests a second. */
  readonly rate: number;
  /** The latency's median and 99th percentile, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** The process's CPU time a request, in microseconds. Other load on the machine changes it less. */
  readonly cpu: number;
}

/** The resident set size after the requests, in bytes. */
export interface MemoryResult {
  readonly rss: number;
}

/** A child's answer to one command. */
export type Answer<T> = { readonly result: T } | { readonly error: string };

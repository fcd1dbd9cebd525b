/**
 * The patched worlds, and the promise for each on each runtime.
 *
 * @module
 */
import type { Promised } from "./worlds_judge.ts";

/** Program of `examples/worlds`. */
export interface Row {
  readonly name: string;
  /** The name of the file, without its ending. */
  readonly file: string;
  /** The environment variables of the program, besides the server's. */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * The time when the globals are replaced: before or after the library is loaded. Default is both.
   */
  readonly when?: readonly ("before" | "after")[];
  /** The promise for each runtime that has this world. */
  readonly promises: Readonly<Record<string, Promised>>;
}

const NODE = { Node: "works" } as const;

/** Deno and Bun need `fetch`, which may already be a wrapper when the library is loaded. */
const EVERYWHERE = { ...NODE, Deno: "works or rejects", Bun: "works or rejects" } as const;

/** The globals are replaced after the library is loaded, and the library has kept the originals. */
const AFTER = {
  when: ["after"],
  promises: { Node: "works", Deno: "works", Bun: "works" },
} as const;

function makeClassesRow(kind: string, names: string): Row {
  const name = `classes that are ${kind === "like" ? "polyfills" : "unusable"}: ${names}`;
  return { name, file: "classes", env: { KIND: kind, CLASSES: names }, ...AFTER };
}

const BEFORE = { when: ["before"], promises: EVERYWHERE } as const;

const MAYBE_ON_NODE = { ...AFTER.promises, Node: "works or rejects" } as const;
const MAYBE = { ...EVERYWHERE, Node: "works or rejects" } as const;

/** All worlds except Next.js, which is a separate application. */
export const rows: readonly Row[] = [
  { name: "a wrapper with new Request", file: "wrapper", ...BEFORE },
  { name: "a wrapper with new Request", file: "wrapper", ...AFTER },
  { name: "a wrapper that picks members", file: "picking_wrapper", ...BEFORE },
  { name: "a wrapper that picks members", file: "picking_wrapper", ...AFTER },
  { name: "createMcFetch of a copy as the global", file: "own_fetch", ...BEFORE },
  { name: "createMcFetch as the global", file: "own_fetch", ...AFTER },
  { name: "happy-dom", file: "happy_dom", when: ["before"], promises: MAYBE },
  { name: "happy-dom", file: "happy_dom", ...AFTER },
  makeClassesRow("like", "Request,Response,Headers,AbortController,URL"),
  makeClassesRow("like", "ReadableStream"),
  makeClassesRow("throwing", "Request"),
  makeClassesRow("throwing", "Response"),
  makeClassesRow("throwing", "Headers"),
  makeClassesRow("throwing", "AbortController"),
  // The built-in `Response` of Node 20 and 22 makes a stream with the global class.
  { ...makeClassesRow("throwing", "ReadableStream"), promises: MAYBE_ON_NODE },
  { name: "web-streams-polyfill", file: "polyfill", when: ["before"], promises: MAYBE_ON_NODE },
  { name: "web-streams-polyfill", file: "polyfill", when: ["after"], promises: MAYBE_ON_NODE },
  { name: "frozen globals", file: "frozen", promises: AFTER.promises },
  // If replaced before the load, the library mistakes node-fetch's `Response` for the runtime's.
  {
    name: "node-fetch",
    file: "node_fetch",
    when: ["before"],
    promises: { Node: "works or rejects" },
  },
  { name: "node-fetch", file: "node_fetch", when: ["after"], promises: NODE },
  { name: "zone.js", file: "zone", when: ["before"], promises: EVERYWHERE },
  { name: "zone.js", file: "zone", ...AFTER },
  { name: "fake timers", file: "fake_timers", ...AFTER },
  {
    name: "fake timers, with the clock as it is",
    file: "fake_timers",
    env: { TIMERS: "setTimeout,setInterval,setImmediate" },
    ...AFTER,
  },
  { name: "MSW without a handler", file: "msw", promises: NODE },
  { name: "MSW with a mock", file: "msw", env: { HANDLER: "mock" }, promises: NODE },
  { name: "MSW with a pass-through", file: "msw", env: { HANDLER: "passthrough" }, promises: NODE },
  { name: "OpenTelemetry", file: "opentelemetry", promises: NODE },
  { name: "undici's install()", file: "undici_install", promises: NODE },
  { name: "undici's MockAgent", file: "mock_agent", promises: NODE },
  { name: "nock", file: "nock", promises: NODE },
  { name: "Datadog's tracer", file: "dd_trace", promises: NODE },
  { name: "Sentry", file: "sentry", promises: NODE },
];

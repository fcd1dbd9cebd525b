/**
 * The patched worlds, and what each has to do on each runtime.
 *
 * @module
 */
import type { Promised } from "./worlds_judge.ts";

/** A program of `examples/worlds`. */
export interface Row {
  readonly name: string;
  /** Its file, without the ending. */
  readonly file: string;
  /** What the program reads besides the server's variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** When the globals are replaced, as seen from the load of the library. Default is both. */
  readonly when?: readonly ("before" | "after")[];
  /** What it has to do, by the runtimes that it is for. */
  readonly promises: Readonly<Record<string, Promised>>;
}

const NODE = { Node: "works" } as const;

/** Deno and Bun have nothing but `fetch`, which may be a wrapper when the library is loaded. */
const EVERYWHERE = { ...NODE, Deno: "works or rejects", Bun: "works or rejects" } as const;

/** Replaced after the library is loaded: it has what it needs. */
const AFTER = {
  when: ["after"],
  promises: { Node: "works", Deno: "works", Bun: "works" },
} as const;

function classes(kind: string, names: string): Row {
  const name = `classes that are ${kind === "like" ? "polyfills" : "unusable"}: ${names}`;
  return { name, file: "classes", env: { KIND: kind, CLASSES: names }, ...AFTER };
}

const BEFORE = { when: ["before"], promises: EVERYWHERE } as const;

const MAYBE_ON_NODE = { ...AFTER.promises, Node: "works or rejects" } as const;
const MAYBE = { ...EVERYWHERE, Node: "works or rejects" } as const;

/** All worlds but Next.js, which is an application of its own. */
export const rows: readonly Row[] = [
  { name: "a wrapper with new Request", file: "wrapper", ...BEFORE },
  { name: "a wrapper with new Request", file: "wrapper", ...AFTER },
  { name: "a wrapper that picks members", file: "picking_wrapper", ...BEFORE },
  { name: "a wrapper that picks members", file: "picking_wrapper", ...AFTER },
  { name: "createMcFetch of a copy as the global", file: "own_fetch", ...BEFORE },
  { name: "createMcFetch as the global", file: "own_fetch", ...AFTER },
  { name: "happy-dom", file: "happy_dom", when: ["before"], promises: MAYBE },
  { name: "happy-dom", file: "happy_dom", ...AFTER },
  classes("like", "Request,Response,Headers,AbortController,URL"),
  classes("like", "ReadableStream"),
  classes("throwing", "Request"),
  classes("throwing", "Response"),
  classes("throwing", "Headers"),
  classes("throwing", "AbortController"),
  // The built-in `Response` of Node 20 and 22 makes a stream of the global's class.
  { ...classes("throwing", "ReadableStream"), promises: MAYBE_ON_NODE },
  { name: "web-streams-polyfill", file: "polyfill", when: ["before"], promises: MAYBE_ON_NODE },
  { name: "web-streams-polyfill", file: "polyfill", when: ["after"], promises: MAYBE_ON_NODE },
  { name: "frozen globals", file: "frozen", promises: AFTER.promises },
  // Before the load: what the library takes for the runtime's `Response` is node-fetch's.
  {
    name: "node-fetch",
    file: "node_fetch",
    when: ["before"],
    promises: { Node: "works or rejects" },
  },
  { name: "node-fetch", file: "node_fetch", when: ["after"], promises: NODE },
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

/**
 * The runtime's own classes and functions, as they were when this module was loaded. Programs
 * replace the globals later, and a replaced `fetch` would lose the certificate.
 *
 * @module
 */

/** The runtime's globals at load. */
export const native: {
  readonly fetch: typeof fetch;
  readonly Request: typeof Request;
  readonly Response: typeof Response;
  readonly Headers: typeof Headers;
  readonly URL: typeof URL;
  readonly ReadableStream: typeof ReadableStream;
  readonly Blob: typeof Blob;
  readonly FormData: typeof FormData;
  readonly AbortController: typeof AbortController;
  readonly AbortSignal: typeof AbortSignal;
  /** Node's own. A test may replace it by one that waits for the test. */
  readonly setImmediate: ((run: () => void) => unknown) | undefined;
  /** True if `fetch` accepts a stream as body without `duplex`, as on Deno and Bun. */
  readonly isDuplexOptional: boolean;
} = {
  fetch: globalThis.fetch,
  Request: globalThis.Request,
  Response: globalThis.Response,
  Headers: globalThis.Headers,
  URL: globalThis.URL,
  ReadableStream: globalThis.ReadableStream,
  Blob: globalThis.Blob,
  FormData: globalThis.FormData,
  AbortController: globalThis.AbortController,
  AbortSignal: globalThis.AbortSignal,
  setImmediate: (globalThis as { setImmediate?: (run: () => void) => unknown }).setImmediate,
  isDuplexOptional: "Deno" in globalThis || "Bun" in globalThis,
};

/** The classes that no request can do without. */
const NEEDED = [
  ...["Request", "Response", "Headers", "URL", "ReadableStream", "Blob", "FormData"] as const,
  ...["AbortController", "AbortSignal"] as const,
];

/** Returns the name of a class that the runtime lacks, if it lacks one. */
export function findMissingClass(): string | undefined {
  return NEEDED.find((name) => typeof native[name] !== "function");
}

/**
 * True for a promise. Programs replace the global class, as zone.js does. The promises of `async`
 * functions are not of the new class.
 */
export function isPromise<Value>(value: Value | Promise<Value>): value is Promise<Value> {
  return typeof (value as Partial<Promise<Value>> | null | undefined)?.then === "function";
}

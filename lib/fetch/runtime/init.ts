/**
 * A request as the `init` of the runtime's own `fetch`.
 *
 * @module
 */
import { type HopRequest, isStream } from "./client.ts";
import { native } from "./native.ts";
import { reasonOf } from "./signal.ts";

/** RFC 9110, section 9.2.2: methods with the same effect whether they arrive once or twice. */
export const IDEMPOTENT: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "OPTIONS",
  "TRACE",
  "PUT",
  "DELETE",
]);

/** Returns the `init` of one hop, which follows no redirect. */
export function toInit(request: Omit<HopRequest, "url" | "owner">): RequestInit {
  const { method, headers, body, signal, extras } = request;
  const init: RequestInit & { duplex?: "half" } = { method, redirect: "manual" };
  if (extras !== undefined) Object.assign(init, extras);
  if (headers.length > 0) init.headers = headers as [string, string][];
  if (body !== null) init.body = body as BodyInit;
  if (isStream(body)) init.duplex = "half";
  if (signal !== undefined) init.signal = toNative(signal);
  return init;
}

/** Returns a signal that the runtime accepts, which follows one of another implementation. */
function toNative(signal: AbortSignal): AbortSignal {
  const isNative: boolean = signal instanceof native.AbortSignal;
  if (isNative) return signal;
  const controller = new native.AbortController();
  const abort = () => controller.abort(reasonOf(signal));
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { once: true });
  return controller.signal;
}

/**
 * The errors of a request of `node:http`, as this library's.
 *
 * @module
 */
import type { ClientRequest } from "node:http";
import { McFetchError } from "../errors.ts";

/**
 * Replaces the error that a request emits. Finding out what it means takes a moment: the events
 * after it wait. An error with which the client itself ended the request stays as it is. A request
 * emits only one error.
 */
export function mapErrors(
  request: ClientRequest,
  toError: (error: Error) => Promise<Error>,
): void {
  const emit = request.emit.bind(request) as (...event: unknown[]) => boolean;
  const destroy = request.destroy.bind(request);
  let isEnded = request.destroyed;
  let hasFailed = false;
  let held: unknown[][] | undefined;
  Object.assign(request, {
    destroy(error?: Error) {
      isEnded = true;
      return destroy(error);
    },
    emit(...event: unknown[]): boolean {
      const [name, error] = event;
      if (name === "error" && hasFailed) return true;
      if (held !== undefined) {
        held.push(event);
        return true;
      }
      hasFailed ||= name === "error";
      const isKept = isEnded || error instanceof McFetchError || !(error instanceof Error) ||
        error.name === "AbortError"; // Deno ends an aborted request without `destroy`
      if (name !== "error" || isKept) return emit(...event);
      const events: unknown[][] = held = [];
      const flush = (mapped: unknown) => {
        held = undefined;
        emit("error", mapped);
        for (const event of events) emit(...event);
      };
      toError(error).then(flush, () => flush(error));
      return true;
    },
  });
}
